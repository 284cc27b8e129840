import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace, UserType } from '#libs/contracts';
import { BareSocket, until } from '#libs/testing';
import { NAMESPACE_OF, type TestUser } from '../cluster.js';
import { pause } from './fault-app.js';
import { FaultScene } from './fault-scene.js';
import { printFigures } from './figures.js';
import { type Flood, type FloodOutcome } from './flooder.js';

const FLOODER = fileURLToPath(new URL('./flooder.ts', import.meta.url));
const ABUSER = { 'X-Forwarded-For': '203.0.113.66' };
const HONEST = { 'X-Forwarded-For': '198.51.100.1' };
const PLACE = { lat: -34.9, lng: -56.2 };
const LEAST_FLOOD_MS = 1_500;
const ASK_INTERVAL_MS = 50;
const MIB = 1_048_576;
/** What the heap of a process may grow by under load; without limits it was a thousand. */
const MOST_GROWTH_MIB = 300;

/** Those of production, but fewer new connections of an address, and more time for requests and commands. */
const LIMITS = {
  TRUST_PROXY_HOPS: '1',
  WS_RATE_PER_SECOND: '20',
  WS_RATE_BURST: '60',
  WS_MAX_CONNECTIONS_PER_USER: '10',
  // A busy machine does not get to the 200 of production.
  WS_CONNECTS_PER_SECOND_PER_ADDRESS: '20',
  REST_RATE_PER_SECOND: '20',
  REST_RATE_BURST: '100',
  REST_RATE_PER_SECOND_PER_ADDRESS: '500',
  REST_RATE_BURST_PER_ADDRESS: '2000',
  WS_REQUEST_DEADLINE: '60s',
  REDIS_COMMAND_TIMEOUT: '30s',
};

/** One who asks, waits for the answer, and asks again. */
class Honest {
  readonly delays: number[] = [];
  refused = 0;
  private isOver = false;
  private readonly done: Promise<void>;

  constructor(private readonly ask: () => Promise<boolean>) {
    this.done = this.run();
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const startedAt = performance.now();
      if (!(await this.ask())) this.refused += 1;
      this.delays.push(performance.now() - startedAt);
      await pause(ASK_INTERVAL_MS);
    }
  }
}

describe('floods', () => {
  let scene: FaultScene;
  let urls: string[];
  const clients: BareSocket[] = [];

  beforeAll(async () => {
    scene = await FaultScene.start({ env: LIMITS });
    urls = await Promise.all(scene.instances.map((instance) => instance.url()));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await scene?.close();
  });

  const enter = async (user: TestUser, instance: number): Promise<BareSocket> => {
    const options = { extraHeaders: HONEST };
    const { token, userType } = user;
    const client = BareSocket.open(urls[instance]!, NAMESPACE_OF[userType], { token }, options);
    clients.push(client);
    await client.waitFor('hello');
    return client;
  };
  const overSockets = (
    { token }: { token: string },
    namespace: Namespace,
    messages: string[],
    more: Partial<Flood> = {},
  ): Flood => ({
    urls,
    headers: ABUSER,
    connections: 10,
    perTick: 5,
    hello: [`40${namespace},${JSON.stringify({ token })}`],
    messages: messages.map((message) => `42${namespace},${message}`),
    ...more,
  });
  const overRest = (messages: string[], token?: string): Flood => ({
    urls,
    headers: { ...ABUSER, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
    connections: 20,
    perTick: 1,
    messages,
  });
  /** Said no to: by a code, or by the end of its connections. */
  const isRefused = ({ answers, closed, refusedConnections }: FloodOutcome): boolean =>
    closed + refusedConnections > 0 || ['429', 'RATE_LIMITED'].some((answer) => answer in answers);

  const begin = (flood: Flood) => {
    const program = fork(FLOODER, {
      execArgv: ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'],
    });
    program.send(flood);
    const look = async (): Promise<FloodOutcome> => {
      program.send('look');
      const [outcome] = (await once(program, 'message')) as [FloodOutcome];
      return outcome;
    };
    const end = async (): Promise<void> => {
      program.send('end');
      await once(program, 'exit');
    };
    return { look, end };
  };

  it('[LIM8] whoever floods, over sockets or REST, is refused; honest people are served on the same instances, and memory stays bounded', async () => {
    const [driver, passenger, abuser, badDriver] = [
      await scene.addUser(UserType.driver),
      await scene.addUser(UserType.passenger),
      await scene.addUser(UserType.passenger),
      await scene.addUser(UserType.driver),
    ];
    const [driving, riding] = [await enter(driver, 0), await enter(passenger, 1)];
    let steps = 0;
    const honestPeople = () => [
      new Honest(async () => {
        const fix = { ...PLACE, lat: PLACE.lat + (steps++ % 2) * 1e-6 };
        return (await driving.request('driver:location:ping', fix)).ok;
      }),
      new Honest(async () => (await riding.request('nearby:unsubscribe', {})).ok),
    ];
    const measure = async (flood?: Flood) => {
      const cpuBefore = scene.instances.map((instance) => instance.cpuMs());
      const startedAt = performance.now();
      const honest = honestPeople();
      const program = flood && begin(flood);
      await pause(LEAST_FLOOD_MS);
      let outcome: FloodOutcome | undefined;
      if (program) {
        await until('it is refused', async () => isRefused((outcome = await program.look())));
        await program.end();
      }
      await Promise.all(honest.map((person) => person.end()));
      const tookMs = performance.now() - startedAt;
      expect(honest.map(({ refused }) => refused)).toEqual([0, 0]);
      return {
        p50: atQuantile(0.5, honest),
        p99: atQuantile(0.99, honest),
        cpu: scene.instances.map((instance, i) =>
          Math.round(((instance.cpuMs() - cpuBefore[i]!) / tookMs) * 100),
        ),
        ...(outcome && { sent: outcome.sent, opened: outcome.opened, ...outcome.answers }),
      };
    };

    const wrong = `${abuser.token.slice(0, -4)}AAAA`;
    const tries = [Namespace.drivers, Namespace.passengers, Namespace.chat, Namespace.admin];
    const floods: Record<string, Flood> = {
      pings: overSockets(badDriver, Namespace.drivers, [
        `1["driver:location:ping",${JSON.stringify(PLACE)}]`,
      ]),
      volatile: overSockets(abuser, Namespace.chat, [
        '["chat:typing",{"conversationId":"lobby","isTyping":true}]',
        '["cursor:move",{"conversationId":"lobby","x":1,"y":2}]',
      ]),
      dear: overSockets(abuser, Namespace.chat, [
        '1["chat:list",{}]',
        '2["chat:history",{"conversationId":"lobby"}]',
      ]),
      joins: overSockets(abuser, Namespace.chat, [
        '1["chat:join",{"conversationId":"lobby"}]',
        '2["chat:leave",{"conversationId":"lobby"}]',
      ]),
      packets: { ...overSockets(abuser, Namespace.chat, []), hello: [], messages: ['3'] },
      connects: {
        ...overSockets(abuser, Namespace.chat, []),
        connections: 50,
        perTick: 1,
        hello: tries.map((name) => `40${name},${JSON.stringify({ token: wrong })}`),
        messages: ['3'],
        lifeMs: 20,
      },
      deaf: overSockets(abuser, Namespace.chat, ['1["chat:list",{}]'], { isDeaf: true }),
      restOfUser: overRest(['GET /api/trips/history', 'GET /api/auth/sessions'], abuser.token),
      failedRest: overRest(
        [
          'GET /api/trips/active',
          `POST /api/auth/refresh {"refreshToken":"${wrong}"}`,
          'POST /api/auth/login {"email":"nobody@example.com","password":"long enough","appAudience":"driver_app"}',
          'GET /nothing',
        ],
        wrong,
      ),
      restOfAll: overRest(['GET /health/ready', 'GET /api/docs-json', 'GET /ride']),
    };
    await measure();
    const figures: Record<string, unknown> = { nobody: await measure() };
    const bytesBefore = scene.instances.map((instance) => instance.residentBytes());
    for (const [name, flood] of Object.entries(floods)) figures[name] = await measure(flood);
    const grownMib = scene.instances.map((instance, i) =>
      Math.round((instance.residentBytes() - bytesBefore[i]!) / MIB),
    );
    printFigures('floods', { ...figures, grownMib });
    for (const grown of grownMib) expect(grown).toBeLessThan(MOST_GROWTH_MIB);
    expect([driving, riding].map(({ isConnected }) => isConnected)).toEqual([true, true]);
    expect(scene.complaints()).toEqual([]);
  });
});

/** Of the delays of all, ms. */
function atQuantile(quantile: number, people: readonly Honest[]): number {
  const delays = people.flatMap(({ delays: each }) => each).toSorted((a, b) => a - b);
  return Math.round(delays[Math.floor(delays.length * quantile)]!);
}
