import { durationInWords, numberOf, useWords } from '../words/words.js';
import { megabytes } from './instances.js';
import { type SystemAnswer } from './system-answer.js';

/** How Redis is, as it says itself. */
export function RedisState({ redis }: { redis: SystemAnswer['redis'] }) {
  const words = useWords();
  const { system } = words;
  const { usedMemoryBytes: used, maxMemoryBytes: most } = redis;
  const share = most === null ? '' : ` / ${megabytes(most)} (${numberOf((100 * used) / most)} %)`;
  const lines: [label: string, value: string, isBad?: boolean][] = [
    [system.version, `${redis.version}, ${redis.mode}`],
    [system.runsFor, durationInWords(redis.uptimeMs, words)],
    [system.memory, megabytes(used) + share, most !== null && used / most > 0.9],
    [system.clients, numberOf(redis.clients)],
    [system.commands, numberOf(redis.commandsPerSecond)],
    [system.logged, redis.isLogged ? system.on : system.off, !redis.isLogged],
    [system.saved, redis.isSaved ? system.good : system.failed, !redis.isSaved],
    [system.evicted, numberOf(redis.evictedKeys), redis.evictedKeys > 0],
  ];
  return (
    <section aria-labelledby="redis">
      <h2 id="redis">{system.redis}</h2>
      <dl className="facts">
        {lines.map(([label, value, isBad]) => (
          <div key={label} className={isBad ? 'bad' : ''}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
