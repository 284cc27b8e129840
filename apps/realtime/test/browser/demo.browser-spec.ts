import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { until } from '#libs/testing';
import { PATIENCE, picture, untilCars, Visitors } from './visitors.js';

const LAUNCHER = fileURLToPath(new URL('../../../../scripts/run.mjs', import.meta.url));
const PHONE = { viewport: { width: 390, height: 844 } };
const START_TIMEOUT_MS = 180_000;
const DRIVERS = 12;
/** Below those that the system gives to outgoing connections, which could take one meanwhile. */
const FIRST_PORT = 20_000;

describe('npm run demo', () => {
  let visitors: Visitors;
  let demo: ChildProcess;
  let said = '';

  beforeAll(async () => {
    visitors = await Visitors.start();
    const ports = await freePorts(2);
    demo = spawn(
      process.execPath,
      [LAUNCHER, 'demo', `--drivers=${DRIVERS}`, `--passengers=2`, `--ports=${ports.join(',')}`],
      { env: { ...process.env, REDIS_URL: inject('redisUrl') }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [demo.stdout!, demo.stderr!])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(
      'the demo drives',
      () => {
        if (demo.exitCode !== null) throw new Error(`the demo ended: ${said}`);
        return / live +[1-9]/.test(said);
      },
      START_TIMEOUT_MS,
    );
  });
  afterAll(async () => {
    await visitors?.close();
    if (demo && demo.exitCode === null) demo.kill('SIGTERM');
  });

  const linkTo = (page: string): string => {
    const link = new RegExp(`http://\\S+${page}#sign-in=[\\w-]+`).exec(said)?.[0];
    if (!link) throw new Error(`The demo has printed no link to ${page}: ${said}`);
    return link;
  };

  it('[DEMO4] prints links that sign a browser in as a dispatcher, a passenger and a driver, whom the simulation leaves alone', async () => {
    const desk = await visitors.open(linkTo('/'));
    await untilCars(desk);
    const ride = await visitors.open(linkTo('/ride'), PHONE);
    await ride.getByRole('heading', { name: 'Where are you?' }).waitFor(PATIENCE);
    const drive = await visitors.open(linkTo('/drive'), PHONE);
    // Nobody has gone online in its name.
    await drive.getByRole('heading', { name: 'You are offline' }).waitFor(PATIENCE);
    await drive.getByRole('button', { name: 'Go online' }).click(PATIENCE);
    await drive.locator('.mark-own-car').waitFor({ state: 'attached', ...PATIENCE });
    await picture(desk, 'demo-desk');
    await picture(drive, 'demo-drive');
    for (const page of [desk, ride, drive]) await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[DEMO4] ends with a summary when it is stopped', async () => {
    const ended = once(demo, 'close') as Promise<[number]>;
    demo.kill('SIGINT');
    const [code] = await ended;
    expect(code, said).toBe(0);
    expect(said).toMatch(/Summary\n +drivers +[1-9]/);
    expect(said).toMatch(/ridewire: stopped\n$/);
  });
});

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = FIRST_PORT + (process.pid % 10_000); ports.length < count; port += 1)
    if (await isFree(port)) ports.push(port);
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
