import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModerationService } from '#libs/chat';
import { UserType } from '#libs/contracts';
import { startRedisProxy, until, type RedisProxy, type ToldClient } from '#libs/testing';
import { DispatcherActions } from '#libs/trips';
import {
  chatter,
  enterChat,
  join,
  rideTogether,
  say,
  textsTold,
  versionsTold,
} from './chat-scene.js';
import { TestCluster } from './cluster.js';

/** The second instance reaches Redis by a wire that is cut. */
const CUT_OFF = 1;

describe('conversations of an instance that is cut off from Redis', () => {
  let cluster: TestCluster;
  let wire: RedisProxy;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: {
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        CHAT_HISTORY_LENGTH: '20',
        CHAT_MESSAGES: '1000',
        REDIS_COMMAND_TIMEOUT: '1s',
        DISPATCH_RETRY_INTERVAL: '100ms',
      },
    });
    wire = await startRedisProxy(cluster.environment.REDIS_URL);
    await cluster.addInstance({ REDIS_URL: wire.url });
  });
  afterAll(async () => {
    await cluster?.close();
    await wire?.close();
  });

  const isTold = (client: ToldClient, id: string, text: string) =>
    until(`${text} is told`, () => textsTold(client, id).includes(text));

  it('[CHAT1] refuse what is said there, and tell what was missed once and in order', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, CUT_OFF)]);
    const id = 'room:outage';
    for (const { client } of [ada, bo]) await join(client, id);
    await say(ada.client, id, 'before');
    await isTold(bo.client, id, 'before');
    wire.cut();
    const missed = ['one', 'two', 'three'];
    for (const text of missed) await say(ada.client, id, text);
    const request = { conversationId: id, clientMessageId: 'mine', text: 'mine' };
    expect(await bo.client.request('chat:send', request)).toMatchObject({
      ok: false,
      error: { code: 'REDIS_UNAVAILABLE', retryable: true },
    });
    expect(textsTold(bo.client, id)).toEqual(['before']);
    wire.mend();
    await isTold(bo.client, id, 'three');
    await until(
      'it may write again',
      async () => (await bo.client.request('chat:send', request)).ok,
    );
    await isTold(ada.client, id, 'mine');
    await isTold(bo.client, id, 'mine');
    for (const { client } of [ada, bo]) {
      expect(textsTold(client, id)).toEqual(['before', ...missed, 'mine']);
      const versions = versionsTold(client, id);
      expect(versions).toEqual(versions.map((_, i) => versions[0]! + i));
    }
  });

  it('[CHAT11] tell a driver who was replaced meanwhile nothing that was said after it', async () => {
    const ride = await rideTogether(cluster);
    const { conversationId: id, tripId } = ride;
    const passenger = await enterChat(cluster, ride.passenger, 0);
    const driver = await enterChat(cluster, ride.driver, CUT_OFF);
    const desk = await chatter(cluster, CUT_OFF, UserType.admin);
    await join(desk.client, id);
    await say(passenger, id, 'for all');
    for (const client of [driver, desk.client]) await isTold(client, id, 'for all');
    wire.cut();
    const actions = cluster.instances[0]!.app.get(DispatcherActions, { strict: false });
    const actor = { kind: 'admin', id: 'desk' } as const;
    await actions.override(actor, tripId, { target: 'assigning', reason: 'breakdown' });
    await say(passenger, id, 'not for the driver');
    wire.mend();
    await isTold(desk.client, id, 'not for the driver');
    await say(passenger, id, 'nor this');
    await isTold(desk.client, id, 'nor this');
    expect(textsTold(driver, id)).toEqual(['for all']);
  });

  it('[CHAT1] tell nothing to whoever was removed meanwhile, also when that is not kept any more', async () => {
    const [ada, bo, cy] = await Promise.all([
      chatter(cluster, 0),
      chatter(cluster, CUT_OFF),
      chatter(cluster, CUT_OFF),
    ]);
    const dee = await cluster.addUser(UserType.admin);
    const id = 'room:lost';
    for (const { client } of [ada, bo, cy]) await join(client, id);
    await say(ada.client, id, 'before');
    for (const { client } of [bo, cy]) await isTold(client, id, 'before');
    wire.cut();
    const moderation = cluster.instances[0]!.app.get(ModerationService, { strict: false });
    await moderation.remove(
      { userId: dee.userId, userType: UserType.admin },
      { conversationId: id, userId: bo.user.userId },
    );
    for (let i = 1; i <= 25; i += 1) await say(ada.client, id, `not for bo ${i}`);
    wire.mend();
    for (const { client } of [bo, cy])
      await client.waitFor<{ conversationId: string }>(
        'chat:snapshot',
        (snapshot) => snapshot.conversationId === id,
      );
    await say(ada.client, id, 'not for bo either');
    await isTold(cy.client, id, 'not for bo either');
    expect(cy.client.payloads('chat:snapshot')).toMatchObject([
      { reason: 'events_gone', conversation: { memberCount: 2 } },
    ]);
    expect(bo.client.payloads('chat:snapshot')).toMatchObject([
      { reason: 'conversation_gone', messages: [] },
    ]);
    expect(JSON.stringify(bo.client.received)).not.toContain('not for bo');
  });
});
