import { durationInWords, numberOf, useWords } from '../words/words.js';
import { megabytes } from './instances.js';
import { type RedisFigures, type RedisServer, type SystemAnswer } from './system-answer.js';

const NEARLY_FULL = 0.9;

/** How Redis is, as it says itself: all servers that take writes together, and each where there are several. */
export function RedisState({ redis }: { redis: SystemAnswer['redis'] }) {
  const words = useWords();
  const { system } = words;
  // Of an instance of the release before there are none.
  const servers = (redis.servers as RedisServer[] | undefined) ?? [];
  const lines: [label: string, value: string, isBad?: boolean][] = [
    [system.version, `${redis.version}, ${redis.mode}`],
    [system.runsFor, durationInWords(redis.uptimeMs, words)],
    [system.memory, memoryOf(redis), isNearlyFull(redis)],
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
      {servers.length > 1 && <RedisServers servers={servers} />}
    </section>
  );
}

function RedisServers({ servers }: { servers: readonly RedisServer[] }) {
  const { system } = useWords();
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={system.redisServers}>
      <table className="redis-servers">
        <thead>
          <tr>
            <th scope="col">{system.redisServers}</th>
            <th scope="col" className="number">
              {system.memory}
            </th>
            <th scope="col" className="number">
              {system.commands}
            </th>
            <th scope="col" className="number">
              {system.replicas}
            </th>
          </tr>
        </thead>
        <tbody>
          {servers.map(({ address, replicas, figures }) => (
            <tr key={address} data-server={address}>
              <th scope="row">{address}</th>
              {figures ? (
                <>
                  <td className={`number ${isNearlyFull(figures) ? 'is-bad' : ''}`}>
                    {memoryOf(figures)}
                  </td>
                  <td className="number">{numberOf(figures.commandsPerSecond)}</td>
                  <td className="number">{numberOf(replicas)}</td>
                </>
              ) : (
                <td colSpan={3} className="is-bad">
                  {system.noAnswer}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function memoryOf({ usedMemoryBytes: used, maxMemoryBytes: most }: RedisFigures): string {
  if (most === null) return megabytes(used);
  return `${megabytes(used)} / ${megabytes(most)} (${numberOf((100 * used) / most)} %)`;
}

function isNearlyFull({ usedMemoryBytes, maxMemoryBytes }: RedisFigures): boolean {
  return maxMemoryBytes !== null && usedMemoryBytes / maxMemoryBytes > NEARLY_FULL;
}
