import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchEnvironment } from './bench-environment.js';
import { isOurs, ServerKind } from './server-kind.js';
import { ServerProcess, type ServerProgram } from './server-process.js';

const RIDEWIRE = new URL('../../../realtime/src/main.js', import.meta.url);
const READY_DEADLINE_MS = 30_000;
const LOOK_MS = 50;
const SCRAPE_INTERVAL_MS = 2_000;

export interface RunningServer {
  kind: ServerKind;
  port: number;
  process: ServerProcess;
}

/** Starts a server and resolves when it takes connections. */
export async function startServer(
  kind: ServerKind,
  environment: BenchEnvironment,
  core?: number,
): Promise<RunningServer> {
  const place = core === undefined ? {} : { core };
  if (isOurs(kind)) return startRidewire(kind, environment, place);
  const server = new ServerProcess({ ...peerOf(kind, environment), ...place });
  return { kind, process: server, port: await server.announcedPort() };
}

function peerOf(kind: ServerKind, { variables }: BenchEnvironment): ServerProgram {
  const redisUrl = variables['REDIS_URL']!;
  const at = (file: string) => new URL(`../peers/${file}`, import.meta.url);
  const env = { NODE_ENV: 'production' };
  switch (kind) {
    case ServerKind.stockNest:
      return { name: kind, entry: at('stock-nest.js'), args: ['--redis', redisUrl], env };
    case ServerKind.stockNestAlone:
      return { name: kind, entry: at('stock-nest.js'), args: [], env };
    case ServerKind.plainSocketIo:
      return { name: kind, entry: at('plain-socket-io.js'), args: [], env };
    default:
      return { name: kind, entry: at('bare-ws.js'), args: [], env };
  }
}

async function startRidewire(
  kind: ServerKind,
  { variables }: BenchEnvironment,
  place: { core?: number },
): Promise<RunningServer> {
  const port = await freePort();
  const metricsPort = kind === ServerKind.ridewireMetered ? String(await freePort()) : undefined;
  const server = new ServerProcess({
    name: ServerKind.ridewire,
    entry: RIDEWIRE,
    args: [],
    env: {
      ...variables,
      PORT: String(port),
      ...(metricsPort ? { METRICS_PORT: metricsPort } : {}),
    },
    ...place,
  });
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!(await isReady(port))) {
    if (server.hasEnded) throw new Error(`Ridewire ended instead of starting: ${server.lastWords}`);
    if (performance.now() > deadline) throw new Error(`Ridewire is not ready: ${server.lastWords}`);
    await sleep(LOOK_MS);
  }
  if (metricsPort !== undefined) scrape(`http://127.0.0.1:${metricsPort}/metrics`, server);
  return { kind, process: server, port };
}

/** As Prometheus does, more often than by its default. */
function scrape(url: string, server: ServerProcess): void {
  const timer = setInterval(() => {
    if (server.hasEnded) clearInterval(timer);
    else
      fetch(url)
        .then((response) => response.arrayBuffer())
        .catch(() => undefined);
  }, SCRAPE_INTERVAL_MS);
  timer.unref();
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
