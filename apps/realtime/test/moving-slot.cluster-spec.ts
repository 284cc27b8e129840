import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelKeys } from '#libs/channels';
import { channelOf } from '#libs/chat';
import { slotOf } from '#libs/redis';
import { RedisCluster, until } from '#libs/testing';
import { chatter, join, say, textsTold, versionsTold } from './chat-scene.js';
import { TestCluster } from './cluster.js';

const MOVES = 3;
const MESSAGES_A_MOVE = 40;

describe('a busy room on a cluster of Redis', () => {
  let servers: RedisCluster;
  let cluster: TestCluster;

  beforeAll(async () => {
    servers = await RedisCluster.start();
    cluster = await TestCluster.start({
      env: {
        ...servers.variables,
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        CHAT_MESSAGES: '1000',
      },
    });
  });
  afterAll(async () => {
    await cluster.close();
    await servers.stop();
  });

  it('[CLUS2] whose slot moves from server to server loses nothing and doubles nothing, on any instance', async () => {
    const [ada, bo, cleo] = await Promise.all([0, 1, 1].map((each) => chatter(cluster, each)));
    const id = 'room:busy';
    for (const { client } of [ada!, bo!, cleo!]) await join(client, id);
    const { feed } = cluster.instances[0]!.app.get(ChannelKeys, { strict: false }).of(
      channelOf(id),
    );
    const said: string[] = [];
    const talk = async (move: number) => {
      for (let i = 0; i < MESSAGES_A_MOVE; i += 1) {
        const text = `${move}-${i}`;
        said.push(text);
        await say(ada!.client, id, text);
      }
    };
    for (let move = 0; move < MOVES; move += 1) {
      const from = await servers.primaryOf(feed);
      const to = servers.servers.slice(0, 3).find((server) => server !== from)!;
      await Promise.all([talk(move), servers.moveSlot(slotOf(feed), from, to)]);
    }
    // What is said after the last move is heard by itself: nobody has gone deaf.
    await talk(MOVES);
    for (const { client } of [ada!, bo!, cleo!]) {
      await until('all is told', () => textsTold(client, id).length >= said.length);
      expect(textsTold(client, id)).toEqual(said);
      const versions = versionsTold(client, id);
      expect(versions).toEqual(versions.map((_, i) => versions[0]! + i));
    }
  });
});
