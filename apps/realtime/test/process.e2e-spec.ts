import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { type ConnectionClosing, type DriverOffline } from '#libs/contracts';
import { AppClient, BareSocket, until } from '#libs/testing';
import { TestCluster } from './cluster.js';
import { InstanceProcess } from './instance-process.js';

const SECRETS = {
  JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
  JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
};

describe('an instance as a process', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'ridewire-'));
  const running: InstanceProcess[] = [];
  let cluster: TestCluster | undefined;

  const start = (env: Record<string, string>) => {
    const instance = new InstanceProcess(env);
    running.push(instance);
    return instance;
  };
  const environment = (env: Record<string, string> = {}): Record<string, string> => ({
    PORT: '0',
    HOST: '127.0.0.1',
    REDIS_URL: inject('redisUrl'),
    ...SECRETS,
    ...env,
  });

  afterAll(() => rmSync(directory, { recursive: true }));
  afterEach(async () => {
    await Promise.all(running.splice(0).map((instance) => instance.end('SIGKILL')));
    await cluster?.close();
    cluster = undefined;
  });

  it('[CONF1] a wrong configuration names every wrong variable and stops the start', async () => {
    const instance = start({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DRIVER_LEASE: 'soon',
      JWT_ACCESS_SECRET: 'short',
    });
    expect(await instance.exited()).toBe(1);
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'DRIVER_LEASE',
      'JWT_ACCESS_SECRET',
      'JWT_REFRESH_SECRET',
      'REDIS_URL',
    ]) {
      expect(instance.output).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(instance.output).not.toContain('short');
  });

  it('[CONF1] there is no default secret: production without secrets does not start', async () => {
    const instance = start({ NODE_ENV: 'production', REDIS_URL: inject('redisUrl') });
    expect(await instance.exited()).toBe(1);
    expect(instance.output).toMatch(/JWT_ACCESS_SECRET is required/);
    expect(instance.output).toMatch(/JWT_REFRESH_SECRET is required/);
  });

  it('[CONF3] the settings of an instance may be in a file, and the environment counts before it', async () => {
    const file = path.join(directory, 'settings.env');
    writeFileSync(
      file,
      [
        '\uFEFF# settings of a test',
        `REDIS_URL=${inject('redisUrl')}`,
        "JWT_ACCESS_SECRET='a secret with # and $HOME in 32 characters'",
        'export JWT_REFRESH_SECRET="another secret of \\"32\\" characters"',
        'HOST=127.0.0.1',
        'PORT=70000',
      ].join('\r\n'),
    );
    const wrong = start({ ENV_FILE: file });
    expect(await wrong.exited()).toBe(1);
    expect(wrong.output).toBe(
      `The configuration is wrong:\n  PORT must be a whole number from 0 to 65535 (${file}, line 6)\n`,
    );
    const right = start({ ENV_FILE: file, PORT: '0' });
    await right.url();
    expect(await right.end('SIGTERM')).toBe(0);
  });

  it('[CONF1] a Redis that does not answer, or another number of shards, is said plainly', async () => {
    const prefix = { REDIS_KEY_PREFIX: `shards-${process.pid}:` };
    const first = start(environment({ ...prefix, LOCATION_SHARDS: '2' }));
    await first.url();
    const second = start(environment({ ...prefix, LOCATION_SHARDS: '3' }));
    expect(await second.exited()).toBe(1);
    expect(second.output).toMatch(/LOCATION_SHARDS is 3 here, but the data was written with 2/);
    expect(await first.end('SIGTERM')).toBe(0);
  });

  it('[DRAIN1] SIGTERM ends an instance that still waits for its Redis, in order', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const isAsked = once(silent, 'connection');
    const { port } = silent.address() as AddressInfo;
    const starting = start(environment({ REDIS_URL: `redis://127.0.0.1:${port}` }));
    await isAsked;
    expect(await starting.end('SIGTERM')).toBe(0);
    silent.close();
  });

  it('[LOC2] the drivers of an instance that is killed leave the map of the others within the lease', async () => {
    const env = {
      DRIVER_LEASE: '2s',
      DRIVER_GRACE: '1s',
      WS_PING_INTERVAL: '500ms',
      REAPER_INTERVAL: '100ms',
    };
    cluster = await TestCluster.start({ instances: 1, env });
    const doomed = start(
      environment({ ...env, REDIS_KEY_PREFIX: cluster.environment.REDIS_KEY_PREFIX }),
    );
    const url = await doomed.url();
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 0);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser('driver');
    const driver = await AppClient.open(url, '/drivers', { token: user.token });
    await driver.ask('driver:location:ping', { lat: 41.9, lng: 12.5 });
    await dispatcher.waitFor('driver:location:update');

    await doomed.end('SIGKILL');
    const killedAt = Date.now();
    await dispatcher.waitFor<DriverOffline>(
      'driver:offline',
      ({ driverId }) => driverId === user.userId,
    );
    // The lease, one round of the reaper and one tick; the rest is room for a busy machine.
    expect(Date.now() - killedAt).toBeLessThan(2_000 + 100 + 75 + 10_000);
    driver.close();
  });

  it('[DRAIN1] SIGTERM tells the clients to come back, answers what it took, and ends with code 0', async () => {
    cluster = await TestCluster.start({ instances: 1 });
    const leaving = start(
      environment({
        REDIS_KEY_PREFIX: cluster.environment.REDIS_KEY_PREFIX,
        DRAIN_PERIOD: '200ms',
      }),
    );
    const url = await leaving.url();
    const user = await cluster.addUser('driver');
    const driver = BareSocket.open(url, '/drivers', { token: user.token });
    await driver.waitFor('hello');
    const answers = Array.from({ length: 10 }, (_, i) =>
      driver.request('driver:location:ping', { lat: 41.9 + i * 0.0001, lng: 12.5 }),
    );
    await Promise.all(answers);
    expect(await leaving.end('SIGTERM')).toBe(0);
    const closing = await driver.waitFor<ConnectionClosing>('connection:closing');
    expect(closing).toMatchObject({ code: 'SERVER_DRAINING', retryable: true });
    // A reason after which a Socket.IO client reconnects by itself.
    await until('the socket is closed', () => driver.disconnectReason !== undefined);
    expect(driver.disconnectReason).toBe('transport close');
  });
});
