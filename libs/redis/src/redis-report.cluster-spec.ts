import { afterEach, expect, it } from 'vitest';
import { type TestingModule } from '@nestjs/testing';
import { Metrics } from '#libs/observability';
import { RedisCluster, RedisSentinels, startModules, testEnvironment, until } from '#libs/testing';
import { RedisCommands } from './redis-commands.js';
import { RedisReports, type RedisReport } from './redis-report.js';

let topology: RedisCluster | RedisSentinels | undefined;
let modules: TestingModule | undefined;
afterEach(async () => {
  await modules?.close();
  await topology?.stop();
});

it('[SYS1] of a cluster every primary is told of, and their sums; one that is gone is shown so beside the others', async () => {
  const servers = await RedisCluster.start({
    // Those that are left answer for what they have, and nobody takes the place of the one that is gone.
    settings: { 'cluster-require-full-coverage': 'no', maxmemory: '200mb' },
  });
  topology = servers;
  modules = await startModules(testEnvironment(servers.variables), []);
  const reports = modules.get(RedisReports);
  const addresses = servers.servers.slice(0, 3).map(({ redis }) => `127.0.0.1:${redis.port}`);
  const report = await reports.read();
  expect(report.mode).toBe('cluster');
  expect(report.servers.map(({ address }) => address)).toEqual(addresses.toSorted());
  for (const { role, replicas, figures } of report.servers) {
    expect({ role, replicas }).toEqual({ role: 'master', replicas: 1 });
    expect(figures!.usedMemoryBytes).toBeGreaterThan(0);
  }
  expect(report.maxMemoryBytes).toBe(3 * 200 * 1024 * 1024);
  const sumOf = (of: 'usedMemoryBytes' | 'clients') =>
    report.servers.reduce((sum, { figures }) => sum + figures![of], 0);
  expect(report.usedMemoryBytes).toBe(sumOf('usedMemoryBytes'));
  expect(report.clients).toBe(sumOf('clients'));
  const [, share] = /^ridewire_redis_memory_used_ratio (\S+)$/m.exec(
    await modules.get(Metrics).text(),
  )!;
  expect(Number(share)).toBeGreaterThan(0);
  expect(Number(share)).toBeLessThan(1);

  const gone = servers.servers[2]!;
  for (const { redis } of [servers.servers[5]!, gone]) await redis.kill();
  let later: RedisReport | undefined;
  await until('the one that is gone is shown so', async () => {
    later = await reports.read().catch(() => undefined);
    const shown = later?.servers.find(({ address }) => address === addresses[2]);
    return shown?.figures === null;
  });
  expect(later!.servers.map(({ address }) => address)).toEqual(addresses.toSorted());
  expect(later!.servers.filter(({ figures }) => figures !== null)).toHaveLength(2);
  expect(later!.maxMemoryBytes).toBe(2 * 200 * 1024 * 1024);
});

it('[SYS1] of sentinels the primary is told of, also after another took its place', async () => {
  const sentinels = await RedisSentinels.start();
  topology = sentinels;
  modules = await startModules(testEnvironment(sentinels.variables), []);
  const reports = modules.get(RedisReports);
  const [first, second] = sentinels.servers.map(({ port }) => `127.0.0.1:${port}`);
  const report = await reports.read();
  expect(report.mode).toBe('sentinel');
  expect(report.servers).toMatchObject([{ address: first, role: 'master', replicas: 1 }]);
  await sentinels.failOver();
  const commands = modules.get(RedisCommands);
  await until('the other one is told of', async () => {
    // A command finds out that the one before takes no writes any more.
    await commands.do((redis) => redis.set('key', 'value')).catch(() => undefined);
    const [server] = (await reports.read().catch(() => undefined))?.servers ?? [];
    return server?.address === second && server?.role === 'master';
  });
});
