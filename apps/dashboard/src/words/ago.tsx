import { useSyncExternalStore } from 'react';
import { toServerTime } from '../session/server-clock.js';
import { ageInWords, durationInWords, timeOf, useWords } from './words.js';

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all ages on the page; it stands still while none is shown. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (!timer) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const each of listeners) each();
    }, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, epoch ms; whoever uses it is shown anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

interface AgoProps {
  /** By the clock of this page, epoch ms; see `here` for what the server names. */
  at: number;
  /** Says "4 min" instead of "4 min ago". */
  isSpan?: boolean;
}

/** How long ago something was, growing as one looks; the moment itself in the zone of the viewer beside it. */
export function Ago({ at, isSpan = false }: AgoProps) {
  const words = useWords();
  const ageMs = Math.max(0, useNow() - at);
  const iso = new Date(toServerTime(at)).toISOString();
  return (
    <time dateTime={iso} title={timeOf(iso)}>
      {isSpan ? durationInWords(ageMs, words) : ageInWords(ageMs, words)}
    </time>
  );
}
