import { ask } from '../session/rest.js';
import { toPageTime } from '../session/server-clock.js';
import { ConfirmedAction } from '../shell/confirmed-action.js';
import { numberOf, useWords } from '../words/words.js';
import { Ago } from '../words/ago.js';
import { type Words } from '../words/english.js';
import { type Instance } from './system-answer.js';

interface InstancesProps {
  instances: readonly Instance[];
  /** When they were read, by the clock of this page, epoch ms. */
  readAt: number;
  again: () => void;
}

/** The instances, one a row; those that have gone stand below for an hour. */
export function Instances({ instances, readAt, again }: InstancesProps) {
  const words = useWords();
  const { system } = words;
  const drain = async (id: string): Promise<void> => {
    await ask('POST', `admin/system/instances/${id}/drain`);
    again();
  };
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={system.instances}>
      <table className="instances">
        <thead>
          <tr>
            <th scope="col">{system.instance}</th>
            <th scope="col">{system.state}</th>
            <th scope="col">{system.version}</th>
            <th scope="col">{system.runsFor}</th>
            <th scope="col" className="number">
              {system.connections}
            </th>
            <th scope="col" className="number">
              {system.requests}
            </th>
            <th scope="col" className="number">
              {system.messages}
            </th>
            <th scope="col" className="number">
              {system.delivery}
            </th>
            <th scope="col" className="number">
              {system.redisDelay}
            </th>
            <th scope="col" className="number">
              {system.busy}
            </th>
            <th scope="col" className="number">
              {system.memory}
            </th>
            <th scope="col">
              <span className="visually-hidden">{words.trips.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {instances.map((instance) => (
            <tr key={instance.id} data-instance={instance.port} data-state={stateOf(instance)}>
              <th scope="row" title={instance.id}>
                {instance.host}:{instance.port}
              </th>
              <td>
                <span className={`state state-${stateOf(instance)}`}>
                  {system.states[stateOf(instance)]}
                </span>{' '}
                {!instance.isLive && (
                  <span className="muted">
                    <Ago at={readAt - instance.silentMs} />
                  </span>
                )}
              </td>
              <td>{instance.version}</td>
              <td>{instance.isLive ? <Ago at={toPageTime(instance.startedAt)} isSpan /> : '–'}</td>
              {instance.isLive ? <LiveFigures instance={instance} /> : <td colSpan={7} />}
              <td>
                {instance.isLive && !instance.draining && (
                  <ConfirmedAction
                    label={system.drain}
                    explanation={`${system.drainMeans} (${instance.host}:${instance.port})`}
                    isDangerous
                    run={() => drain(instance.id)}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LiveFigures({ instance: { connections, figures } }: { instance: Instance }) {
  const unknown = '–';
  const cells = [
    numberOf(connections),
    figures ? numberOf(figures.requestsPerSecond, 1) : unknown,
    figures ? numberOf(figures.messagesPerSecond, 1) : unknown,
    figures ? delays(figures.deliveryP50Ms, figures.deliveryP99Ms) : unknown,
    figures ? delays(figures.redisP50Ms, figures.redisP99Ms) : unknown,
    figures ? `${numberOf(figures.loopBusy * 100)} %` : unknown,
    figures ? megabytes(figures.memoryBytes) : unknown,
  ];
  return cells.map((cell, at) => (
    <td key={at} className="number">
      {cell}
    </td>
  ));
}

function stateOf({ isLive, draining, pressure }: Instance): keyof Words['system']['states'] {
  if (!isLive) return 'gone';
  if (draining) return 'draining';
  return pressure === null ? 'live' : 'pressure';
}

function delays(p50: number | null, p99: number | null): string {
  if (p50 === null || p99 === null) return '–';
  const digits = p99 < 10 ? 1 : 0;
  return `${numberOf(p50, digits)} / ${numberOf(p99, digits)} ms`;
}

export function megabytes(bytes: number): string {
  return `${numberOf(bytes / 1_000_000)} MB`;
}
