import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstanceDirectory } from '#libs/instances';
import { until } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';
import { InstanceProcess } from './instance-process.js';

interface Listed {
  id: string;
  port: number;
  isLive: boolean;
  silentMs: number;
  version: string;
  draining: boolean;
  connections: number;
  figures: {
    connections: number;
    requestsPerSecond: number;
    messagesPerSecond: number;
    deliveryP50Ms: number | null;
    redisP50Ms: number | null;
    loopBusy: number;
    memoryBytes: number;
    refusals: Record<string, number>;
  } | null;
}

interface System {
  answeredBy: string;
  instances: Listed[];
  redis: {
    version: string;
    mode: string;
    usedMemoryBytes: number;
    commandsPerSecond: number;
    servers: unknown[];
  };
  webhooks: unknown[];
  deadLetters: number;
}

/** So long an instance that says nothing counts as live. */
const LEASE_MS = 10_000;

describe('how the service does, for people who run it', () => {
  let cluster: TestCluster;
  let admin: TestUser;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    admin = await cluster.addUser('admin');
  });
  afterAll(() => cluster.close());

  async function call<T>(
    instance: number,
    path: string,
    { user = admin, method = 'GET' }: { user?: TestUser; method?: string } = {},
  ): Promise<{ status: number; data: T }> {
    const response = await fetch(`${cluster.url(instance)}/api/admin/system${path}`, {
      method,
      headers: { authorization: `Bearer ${user.token}` },
    });
    const { data } = (await response.json()) as { data: T };
    return { status: response.status, data };
  }

  it('[SYS1] each instance tells of all of them: what runs there, how much it does, and how fast', async () => {
    const driver = await cluster.connect(await cluster.addUser('driver'), 1);
    const dispatcher = await cluster.connect(admin, 1);
    const ids = cluster.instances.map(
      ({ app }) => app.get(InstanceDirectory, { strict: false }).id,
    );
    let system: System | undefined;
    await until('both tell what they do', async () => {
      // Some are refused: it asks more often than a phone.
      await driver.request('driver:location:ping', { latitude: 41.9, longitude: 12.5 });
      void driver.requestAnything('driver:no-such-event', {});
      ({ data: system } = await call<System>(0, ''));
      const busy = system.instances.find(({ id }) => id === ids[1])?.figures;
      return (
        system.instances.length === 2 &&
        (busy?.requestsPerSecond ?? 0) > 0 &&
        (busy?.messagesPerSecond ?? 0) > 0 &&
        busy?.deliveryP50Ms !== null &&
        busy?.refusals['UNKNOWN_EVENT'] !== undefined &&
        busy.connections === 2 &&
        system.instances.every(({ figures }) => (figures?.redisP50Ms ?? 0) > 0)
      );
    });
    expect(system!.answeredBy).toBe(ids[0]);
    expect(system!.instances.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    for (const each of system!.instances) {
      expect(each).toMatchObject({ isLive: true, draining: false });
      expect(each.version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(each.silentMs).toBeLessThan(10_000);
      expect(each.figures!.redisP50Ms).toBeGreaterThan(0);
      expect(each.figures!.memoryBytes).toBeGreaterThan(10_000_000);
      expect(each.figures!.loopBusy).toBeLessThanOrEqual(1);
    }
    const busy = system!.instances.find(({ id }) => id === ids[1])!;
    expect(busy.figures!.connections).toBe(2);
    expect(system!.redis.mode).toBe('standalone');
    expect(system!.redis.version).toMatch(/^\d+\./);
    const { port } = new URL(cluster.environment.REDIS_URL);
    expect(system!.redis.servers).toMatchObject([
      { address: `127.0.0.1:${port}`, role: 'master', replicas: 0 },
    ]);
    expect(system!.redis.usedMemoryBytes).toBeGreaterThan(0);
    expect(system).toMatchObject({ webhooks: [], deadLetters: 0 });
    expect(dispatcher.isConnected).toBe(true);
  });

  it('[SYS1] is for admins only', async () => {
    const driver = await cluster.addUser('driver');
    for (const [path, method] of [
      ['', 'GET'],
      ['/history', 'GET'],
      ['/instances/some-instance/drain', 'POST'],
    ] as const) {
      expect((await call(0, path, { user: driver, method })).status, path).toBe(403);
    }
  });

  it('[SYS2] the samples of each instance are read on every instance', async () => {
    const ids = cluster.instances.map(
      ({ app }) => app.get(InstanceDirectory, { strict: false }).id,
    );
    type Histories = { id: string; samples: { at: number; connections: number }[] }[];
    let histories: Histories = [];
    await until('each has a sample', async () => {
      histories = (await call<Histories>(1, '/history')).data;
      return ids.every((id) => histories.find((each) => each.id === id)?.samples.length);
    });
    const newest = Math.max(...histories.flatMap(({ samples }) => samples.map(({ at }) => at)));
    const { data: later } = await call<Histories>(0, `/history?since=${newest}`);
    expect(later.flatMap(({ samples }) => samples.filter(({ at }) => at <= newest))).toEqual([]);
    expect((await call(0, '/history?since=yesterday')).status).toBe(400);
  });

  it('[SYS1] an instance that was killed is shown as gone within its lease, and one that drains as draining', async () => {
    const { REDIS_URL, REDIS_KEY_PREFIX, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } =
      cluster.environment;
    const env = {
      PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL,
      REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
      DRAIN_PERIOD: '0ms',
    };
    const [killed, drained] = [new InstanceProcess(env), new InstanceProcess(env)];
    const portOf = async (instance: InstanceProcess) => Number(new URL(await instance.url()).port);
    const [killedPort, drainedPort] = [await portOf(killed), await portOf(drained)];
    const find = async (port: number) =>
      (await call<System>(0, '')).data.instances.find((each) => each.port === port);
    await until('both are listed', async () =>
      [await find(killedPort), await find(drainedPort)].every((each) => each?.isLive),
    );
    await killed.end('SIGKILL');
    const { id } = (await find(drainedPort))!;
    expect((await call(0, '/instances/nobody/drain', { method: 'POST' })).status).toBe(404);
    expect((await call(1, `/instances/${id}/drain`, { method: 'POST' })).status).toBe(202);
    expect(await drained.exited()).toBe(0);
    let gone: Listed | undefined;
    await until('it is shown as gone', async () => {
      const found = (await find(killedPort))!;
      if (found.isLive) expect(found.silentMs).toBeLessThan(LEASE_MS);
      else gone = found;
      return gone !== undefined;
    });
    expect(gone!.silentMs).toBeGreaterThanOrEqual(LEASE_MS);
  });
});
