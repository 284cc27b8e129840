import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentSchema } from '#libs/config';
import { Namespace } from '#libs/contracts';
import { BareSocket, until } from '#libs/testing';
import { TestCluster } from '../cluster.js';
import { InstanceProcess } from '../instance-process.js';
import { BalancerProcess, makeCertificate, type Certificate } from './balancer-process.js';

const DEPLOY = path.resolve(import.meta.dirname, '../../../../deploy');
const CLIENTS_EACH = 6;
const kinds = ['nginx', 'haproxy'] as const;
type Kind = (typeof kinds)[number];
const PING_MS = 2_000;
/** A client of this test tries again after a tenth to a fifth of a second. */
const RETRY = { reconnection: true, reconnectionDelay: 100, reconnectionDelayMax: 200 };
/** How long clients may be away, as OPERATIONS.md says it, with room for a busy machine. */
const MARGIN_MS = 10_000;

interface Answer {
  status: number;
  text: string;
}

/** What docker-compose.yml gives an instance. */
const composeEnvironment = (
  parse(readFileSync(path.resolve(DEPLOY, '../docker-compose.yml'), 'utf8'), { merge: true }) as {
    services: Record<string, { environment: Record<string, string> }>;
  }
).services['realtime-1']!.environment;

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(
    servers.map((server) => new Promise<void>((done) => server.once('listening', () => done()))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

describe('nginx and HAProxy with their shipped configuration, before the same three instances', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-balancers-'));
  /** Makes users; no client comes to it. */
  let desk: TestCluster;
  let certificate: Certificate;
  const balancers = new Map<Kind, { balancer: BalancerProcess; url: string }>();
  let ports: number[];
  const running = new Map<number, InstanceProcess>();
  const clients: { client: BareSocket; awayMs: number[] }[] = [];

  const start = async (port: number): Promise<void> => {
    const { REDIS_URL, REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } = desk.environment;
    const instance = new InstanceProcess({
      ...composeEnvironment,
      CORS_ORIGINS: '*',
      WS_CORS_ORIGIN: '*',
      METRICS_PORT: '0',
      PORT: String(port),
      HOST: '127.0.0.1',
      REDIS_URL,
      REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
      WS_PING_INTERVAL: `${PING_MS}ms`,
      WS_PING_TIMEOUT: `${PING_MS}ms`,
      DRAIN_PERIOD: '500ms',
    });
    running.set(port, instance);
    await instance.url();
  };
  const connectionsAt = async (port: number): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
    return ((await answer.json()) as { connections: number }).connections;
  };
  const urlOf = (kind: Kind): string => balancers.get(kind)!.url;
  const open = async (
    kind: Kind,
    options: Parameters<typeof BareSocket.open>[3] = {},
  ): Promise<BareSocket> => {
    const { token } = await desk.addUser('passenger');
    const client = BareSocket.open(
      urlOf(kind),
      Namespace.passengers,
      { token },
      { ca: certificate.cert, ...RETRY, timeout: 8_000, ...options },
    );
    const entry = { client, awayMs: [] as number[] };
    clients.push(entry);
    let leftAt = 0;
    client.socket.on('disconnect', () => (leftAt = performance.now()));
    client.socket.on('connect', () => {
      if (leftAt > 0) entry.awayMs.push(performance.now() - leftAt);
      leftAt = 0;
    });
    await client.waitFor('hello');
    return client;
  };
  const ask = (
    kind: Kind,
    where: string,
    options: {
      method?: string;
      headers?: Record<string, string>;
      body?: string;
      from?: string;
    } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers = {}, body, from } = options;
      const sent = request(
        `${urlOf(kind)}${where}`,
        { method, headers, ca: certificate.cert, ...(from ? { localAddress: from } : {}) },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  const areAllBack = (): boolean => clients.every(({ client }) => client.socket.connected);
  const leftAndBack = (): number => clients.filter(({ awayMs }) => awayMs.length > 0).length;
  /** The longest that a client was away since the last call. */
  const longestAwayMs = (): number =>
    Math.max(0, ...clients.flatMap(({ awayMs }) => awayMs.splice(0)));

  beforeAll(async () => {
    desk = await TestCluster.start({ instances: 1 });
    certificate = await makeCertificate();
    const [nginxPort, haproxyPort, ...others] = await freePorts(5);
    ports = others;
    await Promise.all(ports.map(start));
    const options = { ports, certificate };
    const nginx = await BalancerProcess.nginx({
      ...options,
      directory: path.join(directory, 'nginx'),
      port: nginxPort!,
      changes: [
        // As far above the ping interval of this test as the file is above the default.
        ['proxy_read_timeout 30s', 'proxy_read_timeout 4s'],
        [/fail_timeout=10s/g, 'fail_timeout=5s'],
        [
          '    location / {',
          `    include ${path.join(DEPLOY, 'nginx/path-prefix.conf')};\n    location / {`,
        ],
      ],
    });
    balancers.set('nginx', { balancer: nginx, url: `https://127.0.0.1:${nginxPort}` });
    const haproxy = await BalancerProcess.haproxy({
      ...options,
      directory: path.join(directory, 'haproxy'),
      port: haproxyPort!,
    });
    balancers.set('haproxy', { balancer: haproxy, url: `https://127.0.0.1:${haproxyPort}` });
    for (const kind of kinds) {
      await until(`${kind} knows its instances`, async () => {
        const answer = await ask(kind, '/health/ready').catch(() => ({ status: 0 }));
        return answer.status === 200;
      });
      for (let i = 0; i < CLIENTS_EACH; i += 1) await open(kind);
    }
  });
  afterAll(async () => {
    for (const { client } of clients) client.close();
    for (const { balancer } of balancers.values()) await balancer.stop();
    for (const instance of running.values()) {
      instance.thaw();
      await instance.end('SIGKILL');
    }
    await desk?.close();
    rmSync(directory, { recursive: true });
  });

  it('[LB1] take wss and spread clients evenly; polling first works on any instance', async () => {
    const counts = await Promise.all(ports.map(connectionsAt));
    expect(counts).toEqual(ports.map(() => (kinds.length * CLIENTS_EACH) / ports.length));
    expect(clients[0]!.client.socket.io.engine.transport.name).toBe('websocket');
    for (const kind of kinds) {
      const polling = await open(kind, { transports: ['polling', 'websocket'] });
      await until('it is upgraded', () => polling.socket.io.engine.transport.name === 'websocket');
      clients.pop();
      polling.close();
    }
  });

  it.each(kinds)(
    '[LB2] %s hands on the true address of the client, whatever the client writes',
    async (kind) => {
      const { environment } = desk;
      const made = await ask(kind, '/api/auth/login', {
        method: 'POST',
        from: '127.0.0.7',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': '203.0.113.9',
          forwarded: 'for=203.0.113.10',
        },
        body: JSON.stringify({
          email: environment.FIRST_ADMIN_EMAIL,
          password: environment.FIRST_ADMIN_PASSWORD,
          appAudience: 'admin_panel',
        }),
      });
      expect(made.status, made.text).toBe(200);
      const { accessToken } = (JSON.parse(made.text) as { data: { accessToken: string } }).data;
      const sessions = await ask(kind, '/api/auth/sessions', {
        headers: { authorization: `Bearer ${accessToken}` },
      });
      expect(sessions.text).toContain('127.0.0.7');
      expect(sessions.text).not.toContain('203.0.113.');
    },
  );

  it.each(kinds)(
    '[LB2] %s refuses a body that no instance would take, and logs no query',
    async (kind) => {
      const large = await ask(kind, '/api/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'x'.repeat(200_000) }),
      }).catch(() => ({ status: 413 }));
      expect(large.status).toBe(413);
      await ask(kind, '/health/live?token=a-secret-in-a-query');
      const log = () =>
        kind === 'nginx'
          ? readFileSync(path.join(directory, 'nginx/access.log'), 'utf8')
          : balancers.get(kind)!.balancer.output;
      await until('the request is in the log', () => log().includes('/health/live'));
      expect(log()).not.toContain('a-secret-in-a-query');
    },
  );

  it('[LB2] nginx serves below a path prefix', async () => {
    expect((await ask('nginx', '/rides/health/live')).status).toBe(200);
    const client = await open('nginx', { path: '/rides/socket.io' });
    expect(client.socket.connected).toBe(true);
    clients.pop();
    client.close();
  });

  it('[LB3] one instance is killed: its clients are back at once, on the others', async () => {
    const count = await connectionsAt(ports[0]!);
    expect(count).toBeGreaterThan(0);
    longestAwayMs();
    await running.get(ports[0]!)!.end('SIGKILL');
    await until('its clients are back', () => leftAndBack() >= count && areAllBack());
    expect(longestAwayMs()).toBeLessThan(2_000 + MARGIN_MS);
    await until('the others have all of them', async () => {
      const counts = await Promise.all(ports.slice(1).map(connectionsAt));
      return counts.reduce((sum, each) => sum + each, 0) === clients.length;
    });
  });

  it('[LB3] one is added: new clients go to it', async () => {
    await start(ports[0]!);
    for (const kind of kinds) {
      await until('a new client comes to it', async () => {
        const before = await connectionsAt(ports[0]!);
        const client = await open(kind);
        clients.pop();
        const after = await connectionsAt(ports[0]!);
        client.close();
        return after > before;
      });
    }
  });

  it('[LB3] one drains: its clients are moved, and no request of others fails meanwhile', async () => {
    longestAwayMs();
    const leaving = running.get(ports[1]!)!;
    const failures: Answer[] = [];
    const state = { isOver: false };
    const asking = (async () => {
      while (!state.isOver) {
        for (const kind of kinds) {
          const answer = await ask(kind, '/api/docs-json');
          if (answer.status !== 200) failures.push(answer);
        }
      }
    })();
    const count = await connectionsAt(ports[1]!);
    expect(await leaving.end('SIGTERM')).toBe(0);
    await until('its clients are back', () => leftAndBack() >= count && areAllBack());
    state.isOver = true;
    await asking;
    const awayMs = longestAwayMs();
    expect(failures).toEqual([]);
    // Clients are asked to spread their return over 2 s.
    expect(awayMs).toBeLessThan(2_000 + MARGIN_MS);
  });

  it('[LB4] one is frozen: its clients find out by their pings, and are back on the others', async () => {
    const count = await connectionsAt(ports[2]!);
    expect(count).toBeGreaterThan(0);
    longestAwayMs();
    const frozen = running.get(ports[2]!)!;
    frozen.freeze();
    const frozenAt = performance.now();
    await until('its clients are back', () => leftAndBack() >= count && areAllBack());
    const foundOutMs = performance.now() - frozenAt;
    expect(foundOutMs).toBeLessThan(2 * PING_MS + 4_000 + MARGIN_MS);
    frozen.thaw();
  });

  it.each(kinds)('[LB2] %s waits longer than pings are apart by default', (kind) => {
    const { WS_PING_INTERVAL, WS_PING_TIMEOUT, HTTP_KEEP_ALIVE_TIMEOUT } = environmentSchema.parse({
      REDIS_URL: 'redis://redis',
    });
    const file = kind === 'nginx' ? 'nginx/nginx.conf' : 'haproxy/haproxy.cfg';
    const text = readFileSync(path.join(DEPLOY, file), 'utf8');
    const secondsOf = (name: string) => Number(new RegExp(`${name} (\\d+)s`).exec(text)?.[1]);
    const names =
      kind === 'nginx'
        ? (['proxy_read_timeout', 'proxy_send_timeout', 'keepalive_timeout'] as const)
        : (['timeout server', 'timeout tunnel', 'timeout http-keep-alive'] as const);
    // The server pings; both hear of it, and the client answers.
    expect(secondsOf(names[0]) * 1_000).toBeGreaterThan(WS_PING_INTERVAL);
    expect(secondsOf(names[1]) * 1_000).toBeGreaterThan(WS_PING_INTERVAL + WS_PING_TIMEOUT);
    expect(secondsOf(names[2]) * 1_000).toBeLessThan(HTTP_KEEP_ALIVE_TIMEOUT);
  });
});
