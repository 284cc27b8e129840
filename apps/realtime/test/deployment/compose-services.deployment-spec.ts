import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Namespace } from '#libs/contracts';
import { BareSocket, until } from '#libs/testing';
import { findRedis } from '../../../../scripts/redis.mjs';
import { BalancerProcess } from './balancer-process.js';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
/** Three instances load all of their modules at once, on a machine that others use. */
const START_TIMEOUT_MS = 180_000;

interface Service {
  environment?: Record<string, string>;
  env_file?: string;
}
const { services } = parse(readFileSync(path.join(ROOT, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { services: Record<string, Service> };
const instanceNames = Object.keys(services).filter((name) => name.startsWith('realtime-'));

/** A process that stands for a container. */
interface Container {
  child: ChildProcess;
  output: string;
}

/** No engine runs here: each service is its own command with the environment and the files that it is given. */
describe('the services of docker-compose.yml, started by hand', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-compose-'));
  const secrets = path.join(directory, 'secrets');
  const running: Container[] = [];
  let balancer: BalancerProcess;
  let certificate: { cert: string; key: string };
  let url: string;
  let ports: number[];

  function run(command: string, args: string[], env: NodeJS.ProcessEnv): Container {
    const child = spawn(command, args, { env, cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const container: Container = { child, output: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (container.output += chunk.toString()));
    running.push(container);
    return container;
  }
  async function says(container: Container, what: RegExp): Promise<void> {
    await until(
      `it says ${what.source}`,
      () => {
        if (container.child.exitCode !== null) throw new Error(`It ended: ${container.output}`);
        return what.test(container.output);
      },
      START_TIMEOUT_MS,
    ).catch((error: unknown) => {
      throw new Error(`It said no more than: ${container.output}`, { cause: error });
    });
  }
  const end = async ({ child }: Container, signal: NodeJS.Signals = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };

  async function startRedis(port: number): Promise<Container> {
    const data = path.join(directory, 'redis');
    mkdirSync(data, { recursive: true });
    const file = path.join(directory, 'redis.conf');
    const shipped = readFileSync(path.join(ROOT, 'deploy/redis/redis.conf'), 'utf8');
    writeFileSync(
      file,
      shipped
        .replace('port 6379', `port ${port}\nbind 127.0.0.1`)
        .replace('dir /data', `dir ${data}`)
        .replace('/run/secrets/redis_password', path.join(secrets, 'redis-password.conf')),
    );
    const found = await findRedis();
    if (found.kind === 'js') throw new Error('This test needs a real Redis.');
    const redis = run(found.program, [file], found.env);
    await says(redis, /Ready to accept connections/);
    return redis;
  }

  /** Addresses are other ones than between containers; everything else is as the file has it. */
  async function startInstance(name: string, port: number, redisPort: number): Promise<Container> {
    const { environment = {}, env_file: envFile = '' } = services[name]!;
    const given = {
      ...variablesOf(path.join(secrets, path.basename(envFile))),
      ...Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [
          key,
          value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
        ]),
      ),
    };
    const instance = run(process.execPath, ['scripts/container/start.mjs'], {
      ...given,
      NODE_ENV: 'production',
      REDIS_URL: given['REDIS_URL']!.replace('@redis:6379', `@127.0.0.1:${redisPort}`),
      PORT: String(port),
      METRICS_PORT: '0',
    });
    await says(instance, /"msg":"listening"/);
    return instance;
  }

  async function startAll(): Promise<{ redis: Container; instances: Container[] }> {
    const [redisPort, ...instancePorts] = ports as [number, ...number[]];
    const redis = await startRedis(redisPort);
    const instances = await Promise.all(
      instanceNames.map((name, i) => startInstance(name, instancePorts[i]!, redisPort)),
    );
    return { redis, instances };
  }

  beforeAll(async () => {
    const launcher = path.join(ROOT, 'scripts/run.mjs');
    const made = spawnSync(process.execPath, [launcher, 'secrets', '--dir', secrets], {
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(made.stderr);
    certificate = {
      cert: readFileSync(path.join(secrets, 'tls-certificate.pem'), 'utf8'),
      key: readFileSync(path.join(secrets, 'tls-key.pem'), 'utf8'),
    };
    ports = await freePorts(1 + instanceNames.length);
    const [balancerPort] = (await freePorts(1)) as [number];
    balancer = await BalancerProcess.nginx({
      directory: path.join(directory, 'nginx'),
      port: balancerPort,
      ports: ports.slice(1),
      certificate,
    });
    url = `https://localhost:${balancerPort}`;
  });
  afterAll(async () => {
    await balancer?.stop();
    await Promise.all(running.map((container) => end(container, 'SIGKILL')));
    rmSync(directory, { recursive: true, force: true });
  });

  async function login(): Promise<string> {
    const { FIRST_ADMIN_EMAIL, FIRST_ADMIN_PASSWORD } = variablesOf(
      path.join(secrets, 'instance.env'),
    );
    const answer = await post(`${url}/api/auth/login`, certificate.cert, {
      email: FIRST_ADMIN_EMAIL,
      password: FIRST_ADMIN_PASSWORD,
      appAudience: 'admin_panel',
    });
    return (answer as { data: { accessToken: string } }).data.accessToken;
  }

  it('[OPS5] are one service over https and wss, end in order, and know everything after they are started again', async () => {
    const first = await startAll();
    const token = await login();
    const clients = instanceNames.map(() =>
      BareSocket.open(url, Namespace.admin, { token }, { ca: certificate.cert }),
    );
    for (const client of clients) {
      await client.waitFor('hello');
      expect(client.socket.io.engine.transport.name).toBe('websocket');
    }
    const codes = await Promise.all(first.instances.map((instance) => end(instance)));
    expect(codes).toEqual(instanceNames.map(() => 0));
    await until('all are away', () => clients.every(({ socket }) => !socket.connected));
    await end(first.redis);

    await startAll();
    // The session of before is there: the log of writes was read.
    const again = BareSocket.open(url, Namespace.admin, { token }, { ca: certificate.cert });
    await again.waitFor('hello');
    for (const client of [...clients, again]) client.close();
    expect(await login()).not.toBe('');
  }, 420_000);
});

function variablesOf(file: string): Record<string, string> {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) server.close();
  return ports;
}

async function post(address: string, ca: string, body: object): Promise<unknown> {
  const sent = request(address, {
    method: 'POST',
    ca,
    headers: { 'content-type': 'application/json', origin: 'https://localhost:8443' },
  });
  sent.end(JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [
    NodeJS.ReadableStream & { statusCode: number },
  ];
  const said = await text(answer);
  if (answer.statusCode >= 300) throw new Error(`${answer.statusCode}: ${said}`);
  return JSON.parse(said);
}
