import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type FeedCheck } from '#libs/contracts';
import { startTcpProxy, until, type TcpProxy, type ToldClient } from '#libs/testing';
import { TestCluster } from './cluster.js';

describe('how far a dispatcher is behind', () => {
  let redis: TcpProxy;
  let cluster: TestCluster;
  let dispatcher: ToldClient;

  beforeAll(async () => {
    const { port } = new URL(inject('redisUrl'));
    redis = await startTcpProxy(Number(port));
    cluster = await TestCluster.start({
      instances: 1,
      env: { REDIS_URL: `redis://127.0.0.1:${redis.port}` },
    });
    dispatcher = await cluster.connect(await cluster.addUser('admin'), 0, {
      viewport: { bbox: [-57, -36, -55, -34], zoom: 12 },
    });
  });
  afterAll(async () => {
    await cluster.close();
    await redis.close();
  });

  const check = () => dispatcher.request<FeedCheck>('admin:feed:check', {});
  const untilInSync = async (name: string): Promise<FeedCheck> => {
    let last: FeedCheck | undefined;
    await until(name, async () => {
      const answer = await check();
      last = answer.ok ? answer.data : undefined;
      return last?.behindMs === 0;
    });
    return last!;
  };

  it('[PAGE5] is told: nothing while changes come through, refused without Redis, and nothing again once it has caught up', async () => {
    const before = Date.now();
    const { at } = await untilInSync('the feed is complete');
    expect(at).toBeGreaterThanOrEqual(before);
    redis.cut();
    await until('it is refused', async () => {
      const refused = await check();
      return !refused.ok && refused.error.code === 'REDIS_UNAVAILABLE';
    });
    redis.mend();
    await untilInSync('the feed is complete again');
  });

  it('[PAGE5] the first who comes where nobody has watched for a while has missed nothing of that', async () => {
    const alone = await TestCluster.start({ instances: 1 });
    try {
      const startedAt = Date.now();
      await until('nobody has watched for a while', () => Date.now() - startedAt > 2_000);
      const user = await alone.addUser('admin');
      const since = Date.now();
      const first = await alone.connect(user, 0);
      // At once: before the feed is complete.
      const { behindMs } = await first.ask<FeedCheck>('admin:feed:check', {});
      expect(behindMs).toBeLessThanOrEqual(Date.now() - since);
    } finally {
      await alone.close();
    }
  });
});
