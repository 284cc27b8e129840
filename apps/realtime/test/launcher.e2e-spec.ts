import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { until } from '#libs/testing';
import { startInstance, untilReady } from '../../../scripts/demo/instance.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const START_TIMEOUT_MS = 100_000;
const STOP_TIMEOUT_MS = 30_000;

/** Something that uses a port of this machine. */
async function listening(host: string): Promise<Server> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  return server;
}

describe('npm scripts', () => {
  const started: number[] = [];

  const npm = (...args: string[]) => {
    const child = spawn('npm', args, {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env['PATH'] ?? ''}`,
        HOME: process.env['HOME'],
        // A file in this folder is not for tests.
        ENV_FILE: '',
        PORT: '0',
        HOST: '127.0.0.1',
        REDIS_URL: inject('redisUrl'),
        REDIS_KEY_PREFIX: `launcher-${process.pid}:`,
        JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
        JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
        FIRST_ADMIN_EMAIL: 'first.admin@example.com',
        FIRST_ADMIN_PASSWORD: 'first-admin-password',
        DRAIN_PERIOD: '0ms',
      },
    });
    started.push(child.pid!);
    const run = { child, output: '' };
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (run.output += chunk.toString()));
    }
    return run;
  };

  afterEach(() => {
    const left = aliveOf(started.splice(0).flatMap(familyOf));
    for (const pid of left) process.kill(pid, 'SIGKILL');
  });

  it('[CONF2] SIGTERM to npm start ends the instance in order and leaves no process behind', async () => {
    const run = npm('start');
    const hasEnded = () => run.child.exitCode !== null || run.child.signalCode !== null;
    await until(
      'the instance listens',
      () => {
        if (hasEnded()) throw new Error(`npm start ended: ${run.output}`);
        return run.output.includes('"listening"');
      },
      START_TIMEOUT_MS,
    );
    const family = familyOf(run.child.pid!);
    // npm, the launcher, its watchdog and the instance at least.
    expect(family.length).toBeGreaterThanOrEqual(4);
    started.push(...family);
    const closed = once(run.child, 'close');
    run.child.kill('SIGTERM');
    await until(
      'npm and all that it started ends',
      () => aliveOf(family).length === 0,
      STOP_TIMEOUT_MS,
    );
    expect((await closed)[0]).toBe(0);
    expect(run.output).toContain('"stopping"');
    expect(run.output).not.toContain('"stopping failed"');
  });

  it('[DEMO3] npm run simulate says what to start, and refuses what it cannot do before anything is prepared', async () => {
    for (const [args, said] of [
      [[], 'npm run simulate -- --instances http://127.0.0.1:3000'],
      [['--instances', 'http://a', '--city', 'atlantis'], 'not of "atlantis"'],
      [['--instances', 'http://a', '--replay', 'no-such.gpx'], 'no-such.gpx cannot be read'],
    ] as const) {
      const run = npm('run', '-s', 'simulate', '--', ...args);
      const [code] = (await once(run.child, 'close')) as [number | null];
      expect(run.output).toContain(said);
      expect(code).toBe(2);
    }
    const help = npm('run', '-s', 'simulate', '--', '--help');
    await once(help.child, 'close');
    for (const option of ['--people FILE', '--admin-email X', '--seed N', '--replay FILE'])
      expect(help.output).toContain(option);
  });

  it('[DEMO3] npm run demo names each port that is taken, and two that are free, before anything is prepared', async () => {
    const taken = await Promise.all([listening('127.0.0.1'), listening('0.0.0.0')]);
    const [first, second] = taken.map((server) => (server.address() as AddressInfo).port);
    const run = npm('run', 'demo', '--', '--ports', `${first},${second}`);
    const [code] = (await once(run.child, 'close')) as [number];
    expect(code).toBe(1);
    for (const port of [first, second])
      expect(run.output).toContain(`Port ${port} is taken by another program.`);
    expect(run.output).toMatch(/choose two other ports: npm run demo -- --ports \d+,\d+\n/);
    expect(run.output).not.toMatch(/Redis|starting/);
    for (const server of taken) server.close();
  });

  it('[DEMO3] an instance that has ended is not taken for ready because another program answers at its port', async () => {
    const stranger = createHttpServer((_request, response) => void response.end());
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
    const { port } = stranger.address() as AddressInfo;
    const instance = startInstance(port, { HOST: '127.0.0.1', JWT_ACCESS_SECRET: '' });
    await once(instance.child, 'exit');
    await expect(untilReady(instance, new AbortController().signal)).rejects.toThrow(
      'ended instead of starting',
    );
    stranger.close();
  });

  it('[ACC7] npm run admin:create takes the password of a pipe and creates this one admin only', async () => {
    const run = npm('run', '-s', 'admin:create', '--', '--email', 'piped.admin@example.com');
    run.child.stdin!.end('a piped password\n');
    const [code] = (await once(run.child, 'close')) as [number | null];
    expect(run.output).toMatch(/^Admin \S+ is created\.$/m);
    expect(run.output).not.toContain('the first admin');
    // Nothing went wrong, and nothing says so.
    expect(run.output).not.toContain('"level":40');
    expect(code).toBe(0);
  });
});

interface Listed {
  pid: number;
  parent: number;
}

/** Without the dead that nobody has asked after yet. */
function listProcesses(): Listed[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

function aliveOf(pids: readonly number[]): number[] {
  return listProcesses().flatMap(({ pid }) => (pids.includes(pid) ? pid : []));
}

function familyOf(ancestor: number): number[] {
  const processes = listProcesses();
  const family = [ancestor];
  for (const member of family) {
    family.push(...processes.flatMap(({ pid, parent }) => (parent === member ? pid : [])));
  }
  return family;
}
