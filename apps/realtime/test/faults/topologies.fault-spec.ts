import { afterEach, describe, expect, it } from 'vitest';
import { slotOf } from '#libs/redis';
import {
  killCopied,
  openRedis,
  RedisCluster,
  RedisSentinels,
  startTcpProxy,
  until,
  WebhookReceiver,
  type ClusterServer,
} from '#libs/testing';
import { FaultLoad, STATE_MS } from './fault-load.js';
import { CALM_RIDES, FaultScene } from './fault-scene.js';
import { pause } from './fault-app.js';
import { printFigures, seconds } from './figures.js';

/** How long a server may say nothing until another takes its place. */
const PATIENCE_MS = 2_000;
/** How late a replica has everything, there as well as back. */
const LINK_LAG_MS = 100;
/** The replica is there, however slow the machine: only its death ends the waiting. */
const WAITS_FOR_REPLICA = { REDIS_REPLICAS_TO_WAIT_FOR: '1', REDIS_REPLICATION_TIMEOUT: '10s' };

describe('a Redis of several servers under load', () => {
  let receiver: WebhookReceiver;
  let topology: RedisCluster | RedisSentinels;
  let scene: FaultScene;
  let load: FaultLoad;

  const begin = async (
    on: RedisCluster | RedisSentinels,
    settings: Record<string, string> = {},
  ): Promise<void> => {
    topology = on;
    receiver = await WebhookReceiver.start();
    scene = await FaultScene.start({
      topology: on,
      env: { ...CALM_RIDES, WEBHOOK_URL: receiver.url, ...settings },
    });
    load = await FaultLoad.open(scene, { receiver, pairs: 3 });
    load.begin();
    await load.untilRides(3);
  };
  afterEach(async () => {
    load?.close();
    await scene?.close();
    await receiver?.close();
    await topology?.stop();
  });

  const untilRecovered = async (): Promise<{ ridingAfterS: number }> => {
    const since = performance.now();
    // The first ride may have ended just before the fault.
    for (let ride = 0; ride < 2; ride += 1) await load.untilEverybodyRides();
    await scene.untilReady();
    return { ridingAfterS: seconds(performance.now() - since) };
  };
  const expectRight = async (what: string, figures: object): Promise<void> => {
    await load.end();
    const faults = await load.faults();
    printFigures(what, { ...figures, ...load.figures() });
    expect(faults).toEqual([]);
    expect(scene.complaints()).toEqual([]);
  };
  /** Of trips, and of all that is kept of the conversation. */
  const slotsOfLoad = async (cluster: RedisCluster): Promise<Set<number>> => {
    const prefix = scene.environment.REDIS_KEY_PREFIX;
    const slots = new Set<number>([slotOf(keyOf('dispatch'))]);
    for (const server of cluster.servers) {
      const keys = await server.admin.keys(`${prefix}*${load.talks[0]!.conversationId}*`);
      for (const key of keys) slots.add(slotOf(key));
    }
    return slots;
  };
  /** How much a server has of trips and of the conversation. */
  const writtenAt = async (
    redis: ReturnType<typeof openRedis>,
  ): Promise<{ facts: number; messages: number }> => {
    const { conversationId } = load.talks[0]!;
    const [facts, version] = await Promise.all([
      redis.xlen(keyOf('dispatch').replace(/x$/, 'exports')),
      redis.hget(
        `${scene.environment.REDIS_KEY_PREFIX}{ch:chat:${conversationId}}:head`,
        'version',
      ),
    ]);
    return { facts, messages: Number(version) };
  };
  const keyOf = (tag: string) => `${scene.environment.REDIS_KEY_PREFIX}{${tag}}:x`;

  it('[REDIS1] the primary behind sentinels is killed: its replica takes over, nothing acknowledged is lost or doubled', async () => {
    const sentinels = await RedisSentinels.start({ patienceMs: PATIENCE_MS });
    await begin(sentinels);
    await killCopied(await sentinels.primary());
    await expectRight('primary behind sentinels killed', await untilRecovered());
  });

  it('[REDIS3] the primary behind sentinels is killed while its replica is late: where replicas are waited for, nothing is lost that anybody was told', async () => {
    const sentinels = await RedisSentinels.start({ patienceMs: PATIENCE_MS });
    const [primary, replica] = sentinels.servers;
    await begin(sentinels, WAITS_FOR_REPLICA);
    const link = await startTcpProxy(primary.port, LINK_LAG_MS);
    await sentinels.copyBy(link.port);
    const [here, there] = [openRedis(primary.url), openRedis(replica.url)];
    here.on('error', () => undefined);
    let written = await writtenAt(here);
    let copied = written;
    await until('it has a step of a trip and a message that its replica has not', async () => {
      [written, copied] = await Promise.all([writtenAt(here), writtenAt(there)]);
      return written.facts > copied.facts && written.messages > copied.messages;
    });
    await primary.kill();
    for (const redis of [here, there]) redis.disconnect();
    await sentinels.replaceReplica(primary);
    const figures = await untilRecovered();
    await link.close();
    await expectRight('primary behind sentinels killed, its replica behind', {
      linkLagMs: LINK_LAG_MS,
      lostFacts: written.facts - copied.facts,
      lostMessages: written.messages - copied.messages,
      ...figures,
    });
  });

  it('[REDIS1] the primary of trips in a cluster is killed: its replica takes over, nothing acknowledged is lost or doubled', async () => {
    const cluster = await RedisCluster.start({ patienceMs: PATIENCE_MS });
    await begin(cluster);
    const primary = await cluster.primaryOf(keyOf('dispatch'));
    await killCopied(primary.redis);
    await expectRight('primary of a cluster killed', await untilRecovered());
  });

  it('[REDIS1] a primary of a cluster is gone without a replica: requests are refused with a code, readiness tells it, everything comes back with it', async () => {
    const cluster = await RedisCluster.start({ patienceMs: PATIENCE_MS, appendOnly: true });
    await begin(cluster);
    const primary = await cluster.primaryOf(keyOf('dispatch'));
    await (await cluster.replicaOf(primary)).redis.kill();
    await primary.redis.kill();
    const noticedAfterS = seconds(await scene.untilReady(false));
    await pause(10_000);
    await primary.redis.restart();
    await expectRight('primary of a cluster gone for 10 s', {
      noticedAfterS,
      ...(await untilRecovered()),
    });
  });

  it('[REDIS1] the slots of trips and of a busy conversation move to another primary and back: nobody misses anything', async () => {
    const cluster = await RedisCluster.start();
    await begin(cluster);
    const slots = await slotsOfLoad(cluster);
    let moves = 0;
    for (const slot of [...slots, ...slots]) {
      const { from, to } = await placesOf(cluster, slot);
      await cluster.moveSlot(slot, from, to);
      moves += 1;
      await load.untilRides(1);
    }
    await expectRight('slots moved', { moves, slots: slots.size, ...(await untilRecovered()) });
  });

  it('[REDIS1] half of the keys of trips and of conversations have moved (ASK, TRYAGAIN): requests wait or are refused with a code, and nothing acknowledged is lost or doubled', async () => {
    const cluster = await RedisCluster.start();
    await begin(cluster);
    const slots = await slotsOfLoad(cluster);
    const halves = [];
    for (const slot of slots) {
      const { from, to } = await placesOf(cluster, slot);
      halves.push({ slot, from, to, ...(await cluster.beginMove(slot, from, to, 0.5)) });
    }
    const since = performance.now();
    for (const error of ['ASK', 'TRYAGAIN'])
      await until(`it has answered ${error}`, async () => (await cluster.answersWith(error)) > 0);
    await pause(STATE_MS);
    for (const { slot, from, to } of halves) await cluster.endMove(slot, from, to);
    const halfMovedS = seconds(performance.now() - since);
    await expectRight('slots half moved', {
      slots: slots.size,
      moved: halves.reduce((sum, { moved }) => sum + moved, 0),
      of: halves.reduce((sum, { of }) => sum + of, 0),
      halfMovedS,
      ask: await cluster.answersWith('ASK'),
      tryAgain: await cluster.answersWith('TRYAGAIN'),
      ...(await untilRecovered()),
    });
  });

  it('[REDIS1] the slot of trips has no primary (CLUSTERDOWN): requests are refused with a code, readiness tells it, and nothing acknowledged is lost or doubled', async () => {
    const cluster = await RedisCluster.start();
    await begin(cluster);
    const slot = slotOf(keyOf('dispatch'));
    const { from } = await placesOf(cluster, slot);
    await cluster.unassign(slot, from);
    const noticedAfterS = seconds(await scene.untilReady(false));
    await until('it has answered so', async () => (await cluster.answersWith('CLUSTERDOWN')) > 0);
    await pause(STATE_MS);
    await cluster.assign(slot, from);
    await expectRight('a slot without a primary', {
      noticedAfterS,
      clusterDown: await cluster.answersWith('CLUSTERDOWN'),
      ...(await untilRecovered()),
    });
  });
});

/** The primary that has a slot, and another one. */
async function placesOf(
  cluster: RedisCluster,
  slot: number,
): Promise<{ from: ClusterServer; to: ClusterServer }> {
  const primaries = cluster.servers.slice(0, 3);
  const owners = await Promise.all(
    primaries.map(async (server) => ({
      server,
      line: String(await server.admin.cluster('NODES'))
        .split('\n')
        .find((each) => each.includes('myself'))!,
    })),
  );
  const from = owners.find(({ line }) => ownsSlot(line, slot))!.server;
  return { from, to: primaries.find((server) => server !== from)! };
}

/** Whether a line of CLUSTER NODES has the slot. */
function ownsSlot(line: string, slot: number): boolean {
  return line
    .split(' ')
    .slice(8)
    .some((range) => {
      const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
      return first !== undefined && slot >= Number(first) && slot <= Number(last);
    });
}
