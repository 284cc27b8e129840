import { useEffect, useMemo, useState } from 'react';
import { Ago } from '../words/ago.js';
import { numberOf, useWords } from '../words/words.js';
import { columnsOf, refusalsOf, type Hour } from './hour.js';
import { Instances } from './instances.js';
import { RedisState } from './redis-state.js';
import { type Instance, type Sample, type SystemAnswer } from './system-answer.js';
import { lineColor, TimeChart } from './time-chart.js';
import { useHour, useSystem } from './use-system.js';
import { WebhookState } from './webhook-state.js';

/** An answer older than this is said to be old. */
const OLD_MS = 6_000;
const MOST_CODES = 12;

/** How the service does: every instance, Redis, the webhooks, and the last hour. */
export function SystemView() {
  const words = useWords();
  const { answer, failure, isLoading, again } = useSystem();
  const hour = useHour();
  const isOld = useIsOlder(answer?.receivedAt, OLD_MS);
  const system = answer?.data;
  return (
    <section className="system">
      <header className="system-head">
        <h1>{words.system.title}</h1>
        {answer && (
          <p className="muted">
            {words.system.asOf} <Ago at={answer.receivedAt} />
          </p>
        )}
      </header>
      {(failure || isOld) && (
        <p className="notice" role="alert">
          {failure?.status === 503 ? words.system.redisAway : words.system.unreachable}{' '}
          {answer && words.system.stays}{' '}
          <button type="button" onClick={again}>
            {words.error.retry}
          </button>
        </p>
      )}
      {!system && isLoading && <p className="muted">{words.loading}</p>}
      {answer && system && (
        <>
          <Summary system={system} />
          <Instances instances={system.instances} readAt={answer.receivedAt} again={again} />
          <Charts hour={hour} instances={system.instances} />
          <div className="system-columns">
            <RedisState redis={system.redis} />
            <Refusals hour={hour} />
            <WebhookState webhooks={system.webhooks} deadLetters={system.deadLetters} />
          </div>
        </>
      )}
    </section>
  );
}

/** The sums that a glance is for. */
function Summary({ system: { instances, webhooks, deadLetters } }: { system: SystemAnswer }) {
  const { system } = useWords();
  const live = instances.filter(({ isLive }) => isLive);
  const sum = (read: (instance: Instance) => number) =>
    live.reduce((total, each) => total + read(each), 0);
  const slowest = Math.max(0, ...live.map(({ figures }) => figures?.deliveryP99Ms ?? 0));
  const waiting = webhooks.reduce((total, each) => total + each.waiting, 0);
  const figures: [label: string, value: string, isBad?: boolean][] = [
    [system.instances, `${live.length}`, live.length === 0],
    [system.connections, numberOf(sum(({ connections }) => connections))],
    [
      system.requests,
      numberOf(
        sum((each) => each.figures?.requestsPerSecond ?? 0),
        1,
      ),
    ],
    [
      system.messages,
      numberOf(
        sum((each) => each.figures?.messagesPerSecond ?? 0),
        1,
      ),
    ],
    [system.slowest, `${numberOf(slowest)} ms`],
    [system.waiting, numberOf(waiting)],
    [system.deadLetters, numberOf(deadLetters), deadLetters > 0],
  ];
  return (
    <dl className="figures">
      {figures.map(([label, value, isBad]) => (
        <div key={label} className={isBad ? 'bad' : ''}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ hour, instances }: { hour: Hour; instances: readonly Instance[] }) {
  const words = useWords();
  const { system } = words;
  const ids = useMemo(() => [...hour.keys()].toSorted(), [hour]);
  const names = ids.map((id) => {
    const instance = instances.find((each) => each.id === id);
    return instance ? addressOf(instance) : id;
  });
  const ms = (value: number) => `${numberOf(value)} ms`;
  const charts: {
    title: string;
    read: (sample: Sample) => number | null;
    format: (value: number) => string;
  }[] = [
    { title: system.connections, read: (each) => each.connections, format: (n) => numberOf(n) },
    { title: system.messages, read: (each) => each.messagesPerSecond, format: (n) => numberOf(n) },
    { title: system.deliveryP99, read: (each) => each.deliveryP99Ms, format: ms },
    { title: system.redisP99, read: (each) => each.redisP99Ms, format: ms },
    {
      title: system.busy,
      read: (each) => each.loopBusy * 100,
      format: (value) => `${numberOf(value)} %`,
    },
    {
      title: system.refusalsEach,
      read: ({ refusals }) => Object.values(refusals).reduce((sum, count) => sum + count, 0),
      format: (n) => numberOf(n),
    },
  ];
  return (
    <section aria-labelledby="last-hour">
      <div className="chart-head">
        <h2 id="last-hour">{system.lastHour}</h2>
        <ul className="chart-names" aria-label={system.lines}>
          {names.map((name, at) => (
            <li key={ids[at]}>
              <span style={{ background: `var(${lineColor(at)})` }} />
              {name}
            </li>
          ))}
        </ul>
      </div>
      {ids.length === 0 && <p className="muted">{system.noSamples}</p>}
      <div className="charts">
        {ids.length > 0 &&
          charts.map(({ title, read, format }) => {
            const columns = columnsOf(hour, ids, read);
            const summary = names
              .map((name, at) => {
                const values = (columns[at + 1] ?? []).filter((value) => value !== null);
                const now = values.at(-1);
                if (now === undefined) return `${name} –`;
                return `${name} ${system.now} ${format(now)}, ${system.most} ${format(Math.max(...values))}`;
              })
              .join('; ');
            return (
              <TimeChart
                key={title}
                title={title}
                columns={columns}
                names={names}
                format={format}
                summary={summary}
              />
            );
          })}
      </div>
    </section>
  );
}

function Refusals({ hour }: { hour: Hour }) {
  const { system } = useWords();
  const refusals = refusalsOf(hour).slice(0, MOST_CODES);
  return (
    <section aria-labelledby="refusals">
      <h2 id="refusals">{system.refusals}</h2>
      {refusals.length === 0 && <p className="muted">{system.noRefusals}</p>}
      <dl className="facts">
        {refusals.map(([code, count]) => (
          <div key={code}>
            <dt>
              <code>{code}</code>
            </dt>
            <dd>{numberOf(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function addressOf({ host, port }: { host: string; port: number }): string {
  return `${host}:${port}`;
}

/** Whether a moment is longer ago than so; looked at each second. */
function useIsOlder(at: number | undefined, thanMs: number): boolean {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return at !== undefined && now - at > thanMs;
}
