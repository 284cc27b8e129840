import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { startTcpProxy, uniquePrefix, until, type TcpProxy } from '#libs/testing';
import { ensureCity } from '../../../../scripts/prepare/city.mjs';
import { ensureDashboard } from '../../../../scripts/prepare/dashboard.mjs';
import { InstanceProcess } from '../instance-process.js';

const SIMULATOR = fileURLToPath(
  new URL('../../../../dist/apps/simulator/src/main.js', import.meta.url),
);
const API_KEY = 'an-api-key-of-a-test-with-32-characters';
const CITY_TIMEOUT_MS = 90_000;

/** Two instances with cars and passengers on the streets, and a way to one of them for the page. */
export interface City {
  /** Leads to one instance, as a load balancer that sends everything to one. */
  url: string;
  login: { email: string; password: string };
  /** Opens the admin routes of REST. */
  apiKey: string;
  /** Of drivers who are online. */
  driverIds: string[];
  untilGone(driverId: string): Promise<void>;
  /** Kills the instance that the page is on; the way leads to the other one from then on. */
  killInstance(): Promise<void>;
  /** Stops the instance that the page is on as a paused machine is; the way leads to the other one. */
  freezeInstance(): void;
  /** The way of all instances to Redis. */
  redis: TcpProxy;
  stop(): Promise<void>;
}

interface CityOptions {
  /** With 0 the streets are empty. */
  drivers?: number;
  passengers?: number;
  /** Of the instances, beside what every city has. */
  env?: Record<string, string>;
}

export async function startCity({
  drivers = 40,
  passengers = 6,
  env: extraEnv = {},
}: CityOptions = {}): Promise<City> {
  await ensureDashboard();
  const login = { email: 'desk@example.com', password: 'password-of-the-desk' };
  const redis = await startTcpProxy(Number(new URL(inject('redisUrl')).port));
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    REDIS_KEY_PREFIX: uniquePrefix(),
    JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
    JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
    FIRST_ADMIN_EMAIL: login.email,
    FIRST_ADMIN_PASSWORD: login.password,
    ADMIN_API_KEY: API_KEY,
    COOKIE_SECURE: 'false',
    // Each test signs the same dispatcher in.
    MAX_SESSIONS_PER_USER: '100',
    ...extraEnv,
  };
  const instances = [new InstanceProcess(env), new InstanceProcess(env)];
  const urls = await Promise.all(instances.map((instance) => instance.url()));
  let reached = 0;
  const proxy = await startTcpProxy(() => Number(new URL(urls[reached]!).port));
  const endSimulator =
    drivers > 0 ? await simulate(urls, login, drivers, passengers) : () => undefined;

  const online = async (): Promise<string[]> => {
    const response = await fetch(`${urls[reached]}/api/driver-availability?limit=100`, {
      headers: { 'x-api-key': API_KEY },
    });
    const { data } = (await response.json()) as { data: { driverId: string }[] };
    return data.map(({ driverId }) => driverId);
  };
  return {
    url: `http://127.0.0.1:${proxy.port}`,
    login,
    apiKey: API_KEY,
    driverIds: await online(),
    untilGone: async (driverId) => {
      await until(
        'the driver is offline',
        async () => !(await online()).includes(driverId),
        60_000,
      );
    },
    killInstance: async () => {
      const killed = reached;
      reached = 1 - reached;
      await instances[killed]!.end('SIGKILL');
    },
    freezeInstance: () => {
      instances[reached]!.freeze();
      reached = 1 - reached;
    },
    redis,
    stop: async () => {
      await endSimulator();
      await Promise.all(instances.map((instance) => instance.end('SIGKILL')));
      await Promise.all([proxy.close(), redis.close()]);
    },
  };
}

/** Cars and passengers on the streets; resolves when trips are under way. @returns what ends it */
async function simulate(
  urls: readonly string[],
  login: City['login'],
  drivers: number,
  passengers: number,
): Promise<() => Promise<void>> {
  const simulator = spawn(
    process.execPath,
    [
      SIMULATOR,
      'demo',
      `--instances=${urls.join(',')}`,
      `--admin-email=${login.email}`,
      `--city=${await ensureCity('montevideo')}`,
      `--drivers=${drivers}`,
      `--passengers=${passengers}`,
      '--troubles=off',
    ],
    { env: { ...process.env, ADMIN_PASSWORD: login.password }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [simulator.stdout, simulator.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(
    'the cars drive and the first trips are under way',
    () => new RegExp(`live +${drivers} .*requested [1-9]`).test(said),
    CITY_TIMEOUT_MS,
  );
  return () => end(simulator);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
