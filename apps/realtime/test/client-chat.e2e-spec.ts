import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ConversationsService } from '#libs/chat';
import { type PendingMessage, type Resumed, type RidewireClient } from '#libs/client';
import { Typing } from '#libs/client/chat';
import { UserType } from '#libs/contracts';
import { until } from '#libs/testing';
import { ConversationDelivery } from '../src/chat/conversation-delivery.js';
import { openApp, TestBalancer, untilStatus } from './client-app.js';
import { TestCluster } from './cluster.js';

describe('conversations of a client', () => {
  let cluster: TestCluster;
  let balancer: TestBalancer;
  const clients: RidewireClient[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { CHAT_REPLAY_LENGTH: '20', WS_RATE_BURST: '500', CHAT_MESSAGES: '500' },
    });
    balancer = await TestBalancer.start(cluster.url(0));
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
    balancer.wire.mend();
  });
  afterAll(async () => {
    await balancer.close();
    await cluster.close();
  });

  const open = async (userType: UserType, url: string) => {
    const app = await openApp(cluster, userType, url);
    clients.push(app.client);
    const resumed: Resumed[] = [];
    app.client.onResumed((what) => resumed.push(what));
    const { conversations } = app.client.chat();
    await app.client.connect();
    return { ...app, conversations, resumed };
  };
  /** Two people in a room of their own, on two instances; the first behind the balancer. */
  const openRoom = async (name: string) => {
    const room = `room:${name}`;
    const one = await open(UserType.passenger, balancer.url);
    const other = await open(UserType.driver, cluster.url(1));
    for (const { conversations } of [one, other])
      expect(await conversations.join(room)).toMatchObject({ ok: true, data: { id: room } });
    const textsOf = ({ conversations }: typeof one) =>
      conversations.look(room).messages.map(({ text }) => text);
    return { room, one, other, textsOf };
  };

  it('[CLIENT10] what people say is shown to both in order, with members and what is unread', async () => {
    const { room, one, other, textsOf } = await openRoom('order');
    const said = await Promise.all([
      one.conversations.say(room, 'one'),
      one.conversations.say(room, 'two', { mentions: [other.user.userId] }),
      one.conversations.say(room, 'three'),
    ]);
    const sent = said.flatMap((result) => (result.ok ? [result.data] : []));
    expect(sent).toHaveLength(3);
    for (const each of [one, other]) {
      await until('all has come', () => textsOf(each).length === 3);
      expect(textsOf(each)).toEqual(['one', 'two', 'three']);
    }
    expect(one.conversations.look(room)).toMatchObject({ pending: [] });
    const { conversation } = other.conversations.look(room);
    expect(conversation).toMatchObject({ unread: 3, mentions: 1, memberCount: 2 });
    const [first] = other.conversations.look(room).messages;
    const named = { conversationId: room, version: first!.version };
    const chat = one.client.chat();
    expect(await chat.request('chat:edit', { ...named, text: 'ONE' })).toMatchObject({ ok: true });
    await until('it is shown', () => textsOf(other)[0] === 'ONE');
    expect(await chat.request('chat:delete', named)).toMatchObject({ ok: true });
    await until('only the tombstone is left', () => textsOf(other)[0] === '');
    const seenByOther = () => other.conversations.look(room).conversation!;
    expect(seenByOther()).toMatchObject({ unread: 2, mentions: 1 });
    const [, second, third] = sent.map(({ version }) => ({ conversationId: room, version }));
    await chat.request('chat:edit', { ...third!, text: 'THREE' });
    await until('the newest is shown as it is', () => seenByOther().lastMessage?.text === 'THREE');
    for (const each of [second!, third!]) await chat.request('chat:delete', each);
    await until('the newest is gone', () => seenByOther().lastMessage?.text === '');
    expect(seenByOther()).toMatchObject({ unread: 0, mentions: 0 });
    const fourth = await one.conversations.say(room, 'four', { mentions: [other.user.userId] });
    await until('it is unread', () => seenByOther().unread === 1 && seenByOther().mentions === 1);
    await other.conversations.read(room);
    await until('it is read', () => {
      const { marks } = one.conversations.look(room).conversation!;
      return fourth.ok && marks[other.user.userId]?.read === fourth.data.version;
    });
    await until('nothing is unread', () => {
      const { unread, mentions } = seenByOther();
      return unread === 0 && mentions === 0;
    });
    expect(await other.conversations.leave(room)).toMatchObject({ ok: true });
    await until('the other one has left', () => {
      const left = one.conversations.look(room).conversation;
      return left?.memberCount === 1 && left.members.length === 1;
    });
  });

  it('[CLIENT10] what happens in a room before the answer to its join has come is not forgotten', async () => {
    const room = 'room:early';
    const one = await open(UserType.passenger, balancer.url);
    const other = await open(UserType.driver, cluster.url(1));
    const { app } = cluster.instances[0]!;
    let heard = 0;
    app.get(ConversationDelivery, { strict: false }).watch({
      heard: ({ id }, { version }) => (heard = id === room ? version : heard),
    });
    const service = app.get(ConversationsService, { strict: false });
    const enter = service.enter.bind(service);
    // The answer is older than what it comes behind.
    const entering = vi.spyOn(service, 'enter').mockImplementationOnce(async (...args) => {
      const entered = await enter(...args);
      await other.conversations.join(room);
      const said = await other.conversations.say(room, 'hello');
      await until('it is heard here', () => said.ok && heard === said.data.version);
      return entered;
    });
    expect(await one.conversations.join(room)).toMatchObject({ ok: true, data: { version: 1 } });
    entering.mockRestore();
    await until('all is told', () => one.conversations.look(room).version === heard);
    const { conversation, messages } = one.conversations.look(room);
    expect(conversation).toMatchObject({
      memberCount: 2,
      members: [{ userId: one.user.userId }, { userId: other.user.userId }],
      unread: 1,
      lastMessage: { text: 'hello' },
    });
    expect(messages.map(({ text }) => text)).toEqual(['hello']);
  });

  it('[CLIENT10] without a connection messages wait in order and go out once; what was said meanwhile is told, and that nothing was missed', async () => {
    const { room, one, other, textsOf } = await openRoom('offline');
    await one.conversations.say(room, 'before');
    // The message arrives, its answer does not.
    balancer.wire.stall();
    const said = [one.conversations.say(room, 'a')];
    await until('it is on its way', () => one.conversations.look(room).pending.length === 1);
    balancer.wire.cut();
    await untilStatus(one, 'offline', 'resuming');
    const came: number[] = [];
    one.client.chat().on('chat:message', ({ version }) => came.push(version));
    for (const text of ['b', 'c', 'd']) said.push(one.conversations.say(room, text));
    expect(one.conversations.look(room).pending.map(({ text }) => text)).toEqual([
      'a',
      'b',
      'c',
      'd',
    ]);
    await other.conversations.say(room, 'meanwhile');
    balancer.wire.mend();
    expect((await Promise.all(said)).every(({ ok }) => ok)).toBe(true);
    for (const each of [one, other]) {
      await until('all has come', () => textsOf(each).length >= 6);
      expect(textsOf(each).filter((text) => text !== 'meanwhile')).toEqual([
        'before',
        'a',
        'b',
        'c',
        'd',
      ]);
      expect(textsOf(each)).toHaveLength(6);
    }
    expect(textsOf(one)).toEqual(textsOf(other));
    expect(one.resumed).toEqual([{ nothingMissed: true, trips: {}, chats: { [room]: 'nothing' } }]);
    expect(one.conversations.look(room)).toMatchObject({ missed: 'nothing', pending: [] });
    // The server was not asked for the same again: each came once.
    expect(came.length).toBeGreaterThanOrEqual(4);
    expect(new Set(came).size).toBe(came.length);
  });

  it('[CLIENT10] what is too much to be told one by one is shown as it is, and said to be missed', async () => {
    const { room, one, other, textsOf } = await openRoom('long');
    await one.conversations.say(room, 'first');
    balancer.wire.cut();
    await untilStatus(one, 'offline', 'resuming');
    const texts = Array.from({ length: 60 }, (_, i) => `message ${i}`);
    for (const text of texts) await other.conversations.say(room, text);
    balancer.wire.mend();
    await untilStatus(one, 'ready');
    expect(one.resumed).toEqual([{ nothingMissed: false, trips: {}, chats: { [room]: 'some' } }]);
    expect(textsOf(one)).toEqual(texts.slice(-50));
    expect(one.conversations.look(room)).toMatchObject({ missed: 'some', hasMore: true });
    // The rest is asked for page by page.
    expect(await one.conversations.older(room)).toBe(true);
    expect(textsOf(one)).toEqual(['first', ...texts]);
    expect(one.conversations.look(room).hasMore).toBe(false);
  });

  it('[CLIENT10] a message that the server refuses stays with its reason until it is discarded', async () => {
    const { room, one } = await openRoom('refused');
    expect(await one.conversations.say(room, '')).toMatchObject({
      ok: false,
      error: { code: 'VALIDATION_FAILED' },
    });
    const [failed] = one.conversations.look(room).pending;
    expect(failed).toMatchObject({ text: '', failure: { code: 'VALIDATION_FAILED' } });
    one.conversations.discard(room, failed!.clientMessageId);
    expect(one.conversations.look(room).pending).toEqual([]);
    // What follows is not held back.
    expect(await one.conversations.say(room, 'hello')).toMatchObject({ ok: true });
  });

  it('[CLIENT10] a message that was refused is said again under its name, and is there once', async () => {
    const { room, one, other, textsOf } = await openRoom('again');
    const desk = (await open(UserType.admin, cluster.url(1))).client.chat();
    const mute = (seconds: number) =>
      desk.request('chat:mute', { conversationId: room, userId: one.user.userId, seconds });
    await mute(60);
    expect(await one.conversations.say(room, 'let me')).toMatchObject({
      ok: false,
      error: { code: 'CHAT_MUTED' },
    });
    const [{ failure: _, text, ...named }] = one.conversations.look(room).pending as [
      PendingMessage,
    ];
    await mute(0);
    expect(await one.conversations.say(room, text, named)).toMatchObject({
      ok: true,
      data: { clientMessageId: named.clientMessageId },
    });
    expect(one.conversations.look(room).pending).toEqual([]);
    await until('it is told', () => textsOf(other).includes('let me'));
    expect(textsOf(other)).toEqual(['let me']);
  });

  it('[CLIENT10] that messages have come is told of a conversation that is watched, once a second at most', async () => {
    const { room, one, other } = await openRoom('delivered');
    const silent = await open(UserType.passenger, cluster.url(0));
    silent.conversations.tellsDelivered = false;
    const ends = [other, silent].map(({ conversations }) =>
      conversations.watch(room, () => undefined),
    );
    await until('all are in', () => silent.conversations.look(room).conversation !== null);
    const marksOf = ({ user }: typeof one) =>
      one.conversations.look(room).conversation!.marks[user.userId];
    const marked: string[] = [];
    one.client.chat().on('chat:marks', ({ userId }) => marked.push(userId));
    const startedAt = performance.now();
    let last = 0;
    for (let i = 0; i < 40; i += 1) {
      const said = await one.conversations.say(room, `${i}`);
      if (said.ok) last = said.data.version;
    }
    await until('all of it has come', () => marksOf(other)?.delivered === last);
    const seconds = (performance.now() - startedAt) / 1_000;
    // Timers may be a little early.
    expect(marked.filter((id) => id === other.user.userId).length).toBeLessThan(2 + seconds * 1.1);
    expect(marksOf(other)!.read).toBeLessThan(last);
    expect(marked).not.toContain(silent.user.userId);
    expect(marked).not.toContain(one.user.userId);
    for (const end of ends) end();
  });

  it('[CLIENT10] a message that finds too many requests waiting is refused at once', async () => {
    const { room, one } = await openRoom('crowded');
    balancer.wire.cut();
    await untilStatus(one, 'offline', 'resuming');
    const asked = Array.from({ length: 100 }, () => one.client.chat().request('chat:list', {}));
    expect(await one.conversations.say(room, 'hello')).toMatchObject({
      ok: false,
      error: { code: 'QUEUE_FULL' },
    });
    const [failed] = one.conversations.look(room).pending;
    expect(failed).toMatchObject({ text: 'hello', failure: { code: 'QUEUE_FULL' } });
    one.client.close();
    await Promise.all(asked);
  });

  it('[CLIENT11] who types is shown with the name, to others only, until the message comes or nothing more does', async () => {
    const { room, one, other } = await openRoom('typing');
    const typings = [one, other].map(({ client }) => new Typing(client.chat()));
    const [own, others] = typings as [Typing, Typing];
    const seen = () => [...(others.get().get(room)?.keys() ?? [])];
    let told = 0;
    const end = others.subscribe(() => (told += 1));
    own.note(room);
    await until('it is seen', () => seen()[0] === one.user.userId);
    expect(own.get().size).toBe(0);
    await one.conversations.say(room, 'hello');
    await until('the message ends it', () => seen().length === 0);
    // With each keystroke; the server hears of it once a second.
    const typesUntilSeen = () =>
      until('it is seen again', () => {
        own.note(room);
        return seen().length === 1;
      });
    await typesUntilSeen();
    own.end(room);
    await until('it is taken back', () => seen().length === 0);
    end();
    const before = told;
    await typesUntilSeen();
    expect(told).toBe(before);
    for (const typing of typings) typing.stop();
    expect(seen()).toEqual([]);
  });

  it('[CLIENT10] 200 messages wait at most; one more is refused at once', async () => {
    const { room, one } = await openRoom('full');
    balancer.wire.cut();
    await untilStatus(one, 'offline', 'resuming');
    const said = Array.from({ length: 201 }, (_, i) => one.conversations.say(room, `${i}`));
    expect(await said[200]).toMatchObject({ ok: false, error: { code: 'QUEUE_FULL' } });
    expect(one.conversations.look(room).pending).toHaveLength(200);
    one.client.close();
    for (const result of await Promise.all(said.slice(0, 200)))
      expect(result).toMatchObject({ ok: false, error: { code: 'CLOSED' } });
  });

  it('[CLIENT10] a conversation of others is gone', async () => {
    const one = await open(UserType.passenger, balancer.url);
    const id = 'trip:trip-of-others';
    const end = one.conversations.watch(id, () => undefined);
    await until('it is said', () => one.conversations.look(id).missed === 'gone');
    expect(one.conversations.look(id)).toMatchObject({ conversation: null, messages: [] });
    end();
  });
});
