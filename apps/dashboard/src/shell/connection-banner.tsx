import { useEffect, useState, useSyncExternalStore } from 'react';
import { type RidewireClient } from '#libs/client';
import { useWords } from '../words/words.js';

/** Says that what is shown grows old, until it does not any more. */
export function ConnectionBanner({ client }: { client: RidewireClient }) {
  const { connection } = useWords();
  const { status, retryAt } = useSyncExternalStore(client.subscribe, client.getState);
  const secondsLeft = useSecondsUntil(retryAt);
  if (status === 'ready' || status === 'closed') return <div role="status" />;
  const text =
    status === 'connecting'
      ? connection.connecting
      : status === 'resuming' || retryAt === null
        ? connection.resuming
        : `${connection.offline} ${secondsLeft} ${connection.seconds}`;
  return (
    <div role="status" className="banner" data-connection={status}>
      {text}
    </div>
  );
}

function useSecondsUntil(at: number | null): number {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (at === null) return undefined;
    const timer = setInterval(() => setTick((tick) => tick + 1), 500);
    return () => clearInterval(timer);
  }, [at]);
  return at === null ? 0 : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}
