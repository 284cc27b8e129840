import { useEffect, useState } from 'react';
import { ask } from '../session/rest.js';
import { serverNow } from '../session/server-clock.js';
import { useAnswer, type Asked } from '../session/use-answer.js';
import { newestOf, withNewer, type Hour } from './hour.js';
import { type History, type SystemAnswer } from './system-answer.js';

/** As often as instances say how they do. */
const REFRESH_MS = 2_000;
const HISTORY_REFRESH_MS = 10_000;

/** How the service does now; asked again and again while it is looked at. */
export function useSystem(): Asked<SystemAnswer> {
  const asked = useAnswer<SystemAnswer>('admin/system');
  const { again } = asked;
  useEffect(() => {
    const timer = setInterval(again, REFRESH_MS);
    return () => clearInterval(timer);
  }, [again]);
  return asked;
}

/** The last hour, read once and then only what is new. What cannot be read comes the next time. */
export function useHour(): Hour {
  const [hour, setHour] = useState<Hour>(new Map());
  useEffect(() => {
    const shown = new AbortController();
    const { signal } = shown;
    let known: Hour = new Map();
    const read = (): void => {
      const query = { since: newestOf(known) || undefined };
      ask<History[]>('GET', 'admin/system/history', { query, signal }).then(
        ({ data }) => {
          if (signal.aborted) return;
          known = withNewer(known, data, serverNow());
          setHour(known);
        },
        () => undefined,
      );
    };
    read();
    const timer = setInterval(read, HISTORY_REFRESH_MS);
    return () => {
      clearInterval(timer);
      shown.abort();
    };
  }, []);
  return hour;
}
