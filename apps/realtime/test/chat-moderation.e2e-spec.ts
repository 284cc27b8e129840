import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConversationsService, ModerationService } from '#libs/chat';
import {
  UserType,
  type ChatClosed,
  type ChatConversation,
  type ChatMemberLeft,
  type ChatList,
  type ChatMuted,
  type ChatMuteState,
} from '#libs/contracts';
import { RedisCommands } from '#libs/redis';
import { until } from '#libs/testing';
import { ConversationDelivery } from '../src/chat/conversation-delivery.js';
import { lobbyDialect } from '../src/chat/old-dialects.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import {
  chatter,
  enterChat,
  join,
  rideTogether,
  say,
  textsTold,
  type Chatter,
} from './chat-scene.js';
import { TestCluster } from './cluster.js';

const NOT_FOUND = {
  ok: false,
  error: { code: 'NOT_FOUND', message: 'You have no such conversation.' },
};

describe('order in conversations on two instances', () => {
  let cluster: TestCluster;
  let admin: Chatter;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        CHAT_MESSAGES: '1000',
        DISPATCH_RETRY_INTERVAL: '100ms',
      },
    });
    admin = await chatter(cluster, 1, UserType.admin);
  });
  afterAll(() => cluster.close());

  const isTold = ({ client }: Pick<Chatter, 'client'>, id: string, text: string) =>
    until(`${text} is told`, () => textsTold(client, id).includes(text));
  const people = () => Promise.all([chatter(cluster, 0), chatter(cluster, 1), chatter(cluster, 0)]);
  const trySay = ({ client }: Chatter, conversationId: string, text: string) =>
    client.request('chat:send', {
      conversationId,
      clientMessageId: text.replaceAll(' ', '-'),
      text,
    });

  it('[MOD1] a room by invitation is for those whom an admin has put into it', async () => {
    const [ada, bo, eve] = await people();
    const created = await admin.client.ask<ChatConversation>('chat:create', {
      name: 'Night Shift',
      userIds: [ada.user.userId],
    });
    const { id } = created;
    expect(created).toMatchObject({
      id: 'room:night shift',
      title: 'Night Shift',
      isOpen: false,
      memberCount: 2,
    });
    await ada.client.waitFor<ChatConversation>('chat:conversation', (each) => each.id === id);
    await say(ada.client, id, 'who drives tonight?');
    await isTold(admin, id, 'who drives tonight?');
    for (const [event, more] of [
      ['chat:join', {}],
      ['chat:history', {}],
      ['chat:send', { clientMessageId: 'x', text: 'x' }],
      ['chat:mark', { read: 1 }],
    ] as const)
      expect(await bo.client.request(event, { conversationId: id, ...more })).toMatchObject(
        NOT_FOUND,
      );
    await admin.client.ask('chat:invite', { conversationId: id, userId: bo.user.userId });
    await bo.client.waitFor<ChatConversation>('chat:conversation', (each) => each.id === id);
    await say(bo.client, id, 'I do');
    await isTold(ada, id, 'I do');
    expect(await admin.client.request('chat:create', { name: 'night  SHIFT' })).toMatchObject({
      error: { code: 'CONFLICT' },
    });

    for (const [event, more] of [
      ['chat:create', { name: 'mine' }],
      ['chat:invite', { conversationId: id, userId: eve.user.userId }],
      ['chat:remove', { conversationId: id, userId: bo.user.userId }],
      ['chat:mute', { conversationId: id, userId: bo.user.userId, seconds: 5 }],
      ['chat:close', { conversationId: id }],
    ] as const)
      expect(await ada.client.request(event, more)).toMatchObject({ error: { code: 'FORBIDDEN' } });
  });

  it('[MOD2] a member who is removed gets nothing from then on, on any instance, and does not come back uninvited', async () => {
    const [ada, bo, eve] = await people();
    const id = 'room:removal';
    const phone = await enterChat(cluster, bo.user, 0);
    for (const client of [ada.client, bo.client, phone, eve.client]) await join(client, id);
    await admin.client.ask('chat:remove', { conversationId: id, userId: bo.user.userId });
    await say(ada.client, id, 'is he gone?');
    await isTold(eve, id, 'is he gone?');
    for (const client of [bo.client, phone, eve.client])
      await client.waitFor<ChatMemberLeft>(
        'chat:member:left',
        ({ member, reason }) => member.userId === bo.user.userId && reason === 'removed',
      );
    expect(await trySay(bo, id, 'hello')).toMatchObject(NOT_FOUND);
    for (const client of [bo.client, phone]) {
      expect(await client.request('chat:join', { conversationId: id })).toMatchObject(NOT_FOUND);
      expect(await client.request('chat:history', { conversationId: id })).toMatchObject(NOT_FOUND);
      expect(textsTold(client, id)).toEqual([]);
    }
    await admin.client.ask('chat:invite', { conversationId: id, userId: bo.user.userId });
    await join(bo.client, id);
    await say(ada.client, id, 'welcome back');
    await isTold(bo, id, 'welcome back');
  });

  it('[MOD2] a member who is removed while it joins is told so; one who is invited again meanwhile stays', async () => {
    const { app } = cluster.instances[0]!;
    const delivery = app.get(ConversationDelivery);
    const [conversations, moderation] = [
      app.get(ConversationsService, { strict: false }),
      app.get(ModerationService, { strict: false }),
    ];
    const boss = { userId: admin.user.userId, userType: UserType.admin };
    const conversationId = 'room:haste';
    const ada = await chatter(cluster, 0);
    await join(ada.client, conversationId);
    const { user } = await chatter(cluster, 0);
    const [socket] = app.get(ConnectionRegistry).ofUser(user.userId);
    const caller = { userId: user.userId, userType: UserType.passenger };
    const ref = { conversationId, userId: user.userId };
    const hasLeft = (times: number) =>
      until('others have heard of it', () => {
        const facts = ada.client.payloads<ChatMemberLeft>('chat:member:left');
        return facts.filter(({ member }) => member.userId === user.userId).length === times;
      });

    const joining = delivery.follow(socket!, conversationId, async () => {
      const entered = await conversations.enter(caller, conversationId);
      await moderation.remove(boss, ref);
      await hasLeft(1);
      return entered;
    });
    await expect(joining).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(delivery.follows(socket!, conversationId)).toBe(false);

    await moderation.invite(boss, ref);
    const again = async () => {
      await moderation.remove(boss, ref);
      await moderation.invite(boss, ref);
      const entered = await conversations.enter(caller, conversationId);
      await hasLeft(2);
      return entered;
    };
    await delivery.follow(socket!, conversationId, again, lobbyDialect);
    expect(delivery.follows(socket!, conversationId, lobbyDialect)).toBe(true);
  });

  it('[MOD3] a mute holds on every instance at once, in one conversation or in all; a closed one takes nothing new', async () => {
    const [ada, bo] = await people();
    const [id, other] = ['room:quiet', 'room:loud'];
    for (const { client } of [ada, bo]) for (const each of [id, other]) await join(client, each);
    const untilThen = await admin.client.ask<ChatMuteState>('chat:mute', {
      conversationId: id,
      userId: bo.user.userId,
      seconds: 600,
    });
    expect(await trySay(bo, id, 'me too')).toMatchObject({
      error: { code: 'CHAT_MUTED', details: { mutedUntil: untilThen.mutedUntil } },
    });
    await bo.client.waitFor<ChatMuted>('chat:muted', (fact) => fact.until === untilThen.mutedUntil);
    const typeAs = ({ client }: Chatter) => client.request('chat:typing', { conversationId: id });
    expect(await typeAs(bo)).toMatchObject({ error: { code: 'CHAT_MUTED' } });
    expect(untilThen.mutedBy).toBe(admin.user.userId);
    const seenBy = async ({ client }: Chatter) => {
      const { mutes, mutedBy, mutedEverywhere, mutedUntil } = await join(client, id);
      return { mutes, mutedBy, mutedEverywhere, mutedUntil };
    };
    const [boId, adminId] = [bo.user.userId, admin.user.userId];
    const muted = { mutes: { [boId]: untilThen.mutedUntil }, mutedBy: { [boId]: adminId } };
    expect(await seenBy(admin)).toMatchObject({ ...muted, mutedEverywhere: {} });
    expect(await seenBy(ada)).toMatchObject({ ...muted, mutedUntil: null });
    await say(bo.client, other, 'but here');
    await say(ada.client, id, 'peace');
    await isTold(bo, id, 'peace');
    await admin.client.ask('chat:mute', { conversationId: id, userId: bo.user.userId, seconds: 0 });
    const sorry = await say(bo.client, id, 'sorry');
    expect(await seenBy(admin)).toMatchObject({ mutes: {}, mutedBy: {} });

    const moderation = cluster.instances[0]!.app.get(ModerationService, { strict: false });
    const boss = { userId: adminId, userType: UserType.admin };
    // One of another identity service, who has no account here.
    const guest = { userId: 'of-elsewhere', userType: UserType.passenger };
    await cluster.instances[0]!.app.get(ConversationsService, { strict: false }).enter(
      guest,
      other,
    );
    const guestRef = { conversationId: other, userId: guest.userId };
    for (const mute of [
      await moderation.mute(boss, { ...guestRef, seconds: 600 }),
      await moderation.muteEverywhere(boss, guest.userId, 600),
    ])
      expect(mute).toMatchObject({ mutedUntil: expect.any(Number), mutedBy: adminId });
    await moderation.remove(boss, guestRef);
    expect(await moderation.mute(boss, { ...guestRef, seconds: 0 })).toMatchObject({
      mutedUntil: null,
    });
    const nowhere = await moderation.muteEverywhere(boss, boId, 600);
    expect(nowhere).toMatchObject({ userId: boId, mutedBy: adminId });
    const everywhere = { [boId]: { until: nowhere.mutedUntil, by: adminId } };
    expect(await seenBy(admin)).toMatchObject({ mutes: {}, mutedEverywhere: everywhere });
    expect(await seenBy(ada)).toMatchObject({ mutes: {}, mutedEverywhere: {} });
    expect(await seenBy(bo)).toMatchObject({ mutedUntil: nowhere.mutedUntil });
    // What was said before is known, and nothing of it is changed now.
    const { version, clientMessageId } = sorry;
    const again = { conversationId: id, clientMessageId, text: 'sorry' };
    expect(await bo.client.request('chat:send', again)).toMatchObject({ data: { version } });
    for (const [event, more] of [
      ['chat:edit', { text: 'not sorry' }],
      ['chat:delete', {}],
    ] as const)
      expect(
        await bo.client.request(event, { conversationId: id, version, ...more }),
      ).toMatchObject({ error: { code: 'CHAT_MUTED' } });
    expect(await typeAs(bo)).toMatchObject({ error: { code: 'CHAT_MUTED' } });
    const { conversations } = await admin.client.ask<ChatList>('chat:list', {});
    expect(conversations.find((each) => each.id === id)?.mutedEverywhere).toEqual({});
    const list = await bo.client.ask<ChatList>('chat:list', {});
    expect(list.conversations.find((each) => each.id === id)).toMatchObject({
      mutedUntil: nowhere.mutedUntil,
    });
    // What the release before has written, beside what this one wrote earlier.
    const ofOlder = nowhere.mutedUntil! + 1_000;
    const prefix = cluster.environment.REDIS_KEY_PREFIX;
    await cluster.instances[0]!.app.get(RedisCommands, { strict: false }).do(async (redis) => {
      await redis.set(`${prefix}{chatter:${boId}}:muted`, ofOlder, 'PX', 601_000);
      await redis.hset(`${prefix}{ch:chat:${id}}:mutes`, boId, ofOlder, `by:${boId}`, '5 somebody');
    });
    expect(await seenBy(admin)).toMatchObject({
      mutes: { [boId]: ofOlder },
      mutedBy: {},
      mutedEverywhere: { [boId]: { until: ofOlder, by: null } },
    });
    await moderation.muteEverywhere(boss, boId, 0);
    await admin.client.ask('chat:mute', { conversationId: id, userId: boId, seconds: 0 });
    expect(await seenBy(admin)).toMatchObject({ mutes: {}, mutedEverywhere: {} });

    expect(
      await admin.client.ask('chat:close', { conversationId: id, reason: 'enough' }),
    ).toMatchObject({ closedAt: expect.any(Number) });
    await ada.client.waitFor<ChatClosed>(
      'chat:closed',
      ({ isClosed, reason }) => isClosed && reason === 'enough',
    );
    expect(await trySay(ada, id, 'one more')).toMatchObject({ error: { code: 'CHAT_CLOSED' } });
    expect(await typeAs(ada)).toMatchObject({ error: { code: 'CHAT_CLOSED' } });
    for (const { client } of [ada, bo]) expect(client.payloads('chat:typing')).toEqual([]);
    expect(await ada.client.ask('chat:history', { conversationId: id })).toMatchObject({
      messages: [{ text: 'peace' }, { text: 'sorry' }],
    });
    await admin.client.ask('chat:close', { conversationId: id, isClosed: false });
    await say(ada.client, id, 'open again');
    await isTold(bo, id, 'open again');
  });

  it('[MOD5] numbers of phones and cards are hidden in the conversation of a trip, and nowhere else', async () => {
    const ride = await rideTogether(cluster);
    const passenger = await enterChat(cluster, ride.passenger, 0);
    const message = await say(passenger, ride.conversationId, 'call +49 151 0001234');
    expect(message.text).toBe('call +** *** *****34');
    const { version, conversationId } = message;
    expect(
      await passenger.ask('chat:edit', { conversationId, version, text: 'or 4111 1111 1111 1111' }),
    ).toMatchObject({
      text: 'or **** **** **** **11',
    });
    await join(passenger, 'lobby');
    expect(await say(passenger, 'lobby', 'call +49 151 0001234')).toMatchObject({
      text: 'call +49 151 0001234',
    });
  });
});
