import { useSyncExternalStore } from 'react';
import { useNow } from '../words/ago.js';
import { durationInWords, useWords } from '../words/words.js';
import { type FreshnessWatch } from './freshness.js';

/** Says how old what is shown is, from when that is not certain any more until it is again. */
export function ConnectionBanner({ freshness }: { freshness: FreshnessWatch }) {
  const { status, goodAt, retryAt } = useSyncExternalStore(freshness.subscribe, freshness.get);
  return (
    <div role="status" className={status === 'live' ? '' : 'banner'} data-connection={status}>
      {status !== 'live' && <Text status={status} goodAt={goodAt} retryAt={retryAt} />}
    </div>
  );
}

interface TextProps {
  status: 'connecting' | 'lost' | 'behind';
  goodAt: number | null;
  retryAt: number | null;
}

function Text({ status, goodAt, retryAt }: TextProps) {
  const words = useWords();
  const now = Math.max(useNow(), goodAt ?? 0);
  const { connection } = words;
  if (status === 'connecting') return connection.connecting;
  const span = durationInWords(now - goodAt!, words);
  if (status === 'behind') return connection.behind.replace('{span}', span);
  const waitS = Math.ceil(((retryAt ?? 0) - now) / 1_000);
  const next = waitS > 1 ? connection.next.replace('{n}', String(waitS)) : connection.coming;
  return `${connection.lost.replace('{span}', span)} ${next}`;
}
