import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '#libs/testing';
import { ensureCity } from '../../../scripts/prepare/city.mjs';
import { TestCluster } from './cluster.js';

const PROGRAM = fileURLToPath(new URL('../../../dist/apps/simulator/src/main.js', import.meta.url));
/** It loads the streets of a city first, where others use the machine. */
export const CITY_START_TIMEOUT_MS = 100_000;
/** The admin by whom the simulator makes its people. */
export const CITY_LOGIN = { email: 'admin@demo.invalid', password: 'printed-password' };

/** Two instances that the simulator may drive on. */
export function startCityCluster(): Promise<TestCluster> {
  return TestCluster.start({
    env: {
      FIRST_ADMIN_EMAIL: CITY_LOGIN.email,
      FIRST_ADMIN_PASSWORD: CITY_LOGIN.password,
      // Whoever says nothing is seen to soon.
      QUALITY_DELAYED_AFTER: '12s',
      QUALITY_STALE_AFTER: '16s',
    },
  });
}

/** What the simulator says and ends with, and what somebody does once it is under way. */
export async function runSimulator(
  cluster: TestCluster,
  args: string,
  isUnderWay: RegExp,
  meanwhile: (program: ChildProcess) => Promise<void> = async () => {},
): Promise<{ code: number; said: string }> {
  const servers = `--instances=${cluster.url(0)},${cluster.url(1)}`;
  const city = `--city=${await ensureCity('montevideo')}`;
  const program = spawn(
    process.execPath,
    [PROGRAM, ...args.split(' '), servers, city, `--admin-email=${CITY_LOGIN.email}`],
    { env: { ...process.env, ADMIN_PASSWORD: CITY_LOGIN.password } },
  );
  let said = '';
  for (const stream of [program.stdout, program.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(program, 'close') as Promise<[number]>;
  await until(
    'it is under way',
    () => {
      if (program.exitCode && !isUnderWay.test(said)) throw new Error(`It ended: ${said}`);
      return isUnderWay.test(said);
    },
    CITY_START_TIMEOUT_MS,
  );
  await meanwhile(program);
  const [code] = await ended;
  return { code, said };
}
