import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Namespace,
  UserType,
  type ChatConversation,
  type ChatFact,
  type ChatList,
  type ChatMarksFact,
  type ChatMessageFact,
  type ChatPage,
} from '#libs/contracts';
import { RedisCommands } from '#libs/redis';
import { until } from '#libs/testing';
import { chatter, enterChat, join, say, textsTold, type Chatter } from './chat-scene.js';
import { TestCluster } from './cluster.js';

/** Longer than a busy machine takes for what an author changes in time. */
const EDIT_WINDOW_MS = 8_000;
const ROOMS = 20;

describe('messages on two instances', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        WS_QUEUE_LENGTH: '200',
        CHAT_EDIT_WINDOW: `${EDIT_WINDOW_MS}ms`,
        CHAT_ROOMS: String(ROOMS),
        CHAT_MESSAGES: '100',
        // Longer than a busy machine takes for all messages of a test, which ends it itself.
        CHAT_MESSAGES_WINDOW: '10m',
        CHAT_ATTACHMENT_HOSTS: 'files.example.com',
        CHAT_MAX_TEXT: '50',
      },
    });
  });
  afterAll(() => cluster.close());

  const seenIn = async ({ client }: Chatter, id: string): Promise<ChatConversation> => {
    const { conversations } = await client.ask<ChatList>('chat:list', {});
    return conversations.find((conversation) => conversation.id === id)!;
  };
  const room = async (name: string, ...members: Chatter[]) => {
    const id = `room:${name}`;
    for (const { client } of members) await join(client, id);
    return id;
  };
  const historyOf = async ({ client }: Chatter, conversationId: string) =>
    (await client.ask<ChatPage>('chat:history', { conversationId })).messages;

  it('[CHAT7] unread messages and mentions of all conversations come in one call, without own and deleted ones', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
    const [one, two] = [await room('unread one', ada, bo), await room('unread two', ada, bo)];
    await say(ada.client, one, 'a');
    const named = await say(ada.client, one, '@bo', { mentions: [bo.user.userId, 'nobody'] });
    expect(named.mentions).toEqual([bo.user.userId]);
    await say(bo.client, one, 'own');
    const last = await say(ada.client, one, 'b');
    await say(ada.client, two, 'c');
    const before = await bo.client.ask<ChatList>('chat:list', {});
    expect(before).toMatchObject({ unread: 4, mentions: 1 });
    expect(
      before.conversations.slice(0, 2).map(({ id, unread, mentions }) => [id, unread, mentions]),
    ).toEqual([
      [two, 1, 0],
      [one, 3, 1],
    ]);
    expect(before.conversations[1]).toMatchObject({ lastMessage: { id: last.id, text: 'b' } });
    expect(await ada.client.ask('chat:list', {})).toMatchObject({ unread: 1, mentions: 0 });

    await ada.client.ask('chat:delete', { conversationId: one, version: named.version });
    expect(await bo.client.ask('chat:list', {})).toMatchObject({ unread: 3, mentions: 0 });
    await bo.client.ask('chat:mark', { conversationId: one, read: last.version - 1 });
    expect(await seenIn(bo, one)).toMatchObject({ unread: 1 });
    await bo.client.ask('chat:mark', { conversationId: one, read: last.version });
    expect(await bo.client.ask('chat:list', {})).toMatchObject({ unread: 1 });
  });

  it('[CHAT8] marks only rise, never beyond what was said, and are told to the other members', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
    const phone = await enterChat(cluster, bo.user, 0);
    const id = await room('marks', ada, bo);
    await join(phone, id);
    const { version } = await say(ada.client, id, 'read me');
    const mark = (marks: object) => bo.client.ask('chat:mark', { conversationId: id, ...marks });
    expect(await mark({ delivered: version })).toMatchObject({ delivered: version });
    expect(await mark({ read: version })).toEqual({ delivered: version, read: version });
    expect(await mark({ read: 1, delivered: 2 })).toEqual({ delivered: version, read: version });
    const next = await say(ada.client, id, 'and me');
    expect(await mark({ read: 1_000_000 })).toEqual({
      delivered: next.version,
      read: next.version,
    });
    for (const client of [ada.client, phone]) {
      await client.waitFor<ChatMarksFact>('chat:marks', ({ read }) => read === next.version);
      const told = client.payloads<ChatMarksFact>('chat:marks');
      expect(told.map(({ userId, delivered, read }) => [userId, delivered, read])).toEqual([
        [bo.user.userId, version, version - 1],
        [bo.user.userId, version, version],
        [bo.user.userId, next.version, next.version],
      ]);
    }
    expect((await seenIn(ada, id)).marks[bo.user.userId]).toEqual({
      delivered: next.version,
      read: next.version,
    });
  });

  it('[CHAT9] an author edits and deletes within the window, admins always; a tombstone stays and the text is nowhere', async () => {
    const [ada, bo, admin] = await Promise.all([
      chatter(cluster, 0),
      chatter(cluster, 1),
      chatter(cluster, 1, UserType.admin),
    ]);
    const id = await room('edits', ada, bo);
    const message = await say(ada.client, id, 'secret one');
    const at = { conversationId: id, version: message.version };
    const edited = await ada.client.ask('chat:edit', { ...at, text: 'secret two' });
    expect(edited).toMatchObject({
      id: message.id,
      text: 'secret two',
      editedAt: expect.any(Number),
    });
    await ada.client.ask('chat:edit', { ...at, text: 'secret three' });
    const fact = await bo.client.waitFor<ChatMessageFact>(
      'chat:message:edited',
      (each) => each.message.text === 'secret three',
    );
    expect(fact).toMatchObject({
      version: message.version + 2,
      message: { version: message.version },
    });
    expect((await historyOf(bo, id)).map(({ text }) => text)).toEqual(['secret three']);

    expect(await bo.client.request('chat:edit', { ...at, text: 'mine' })).toMatchObject({
      error: { code: 'NOT_FOUND', message: 'You have no such message.' },
    });
    await until('the window is over', () => Date.now() > message.sentAt + EDIT_WINDOW_MS + 100);
    expect(await ada.client.request('chat:delete', at)).toMatchObject({
      error: { code: 'CONFLICT' },
    });
    expect(await admin.client.ask('chat:delete', at)).toMatchObject({
      text: '',
      deletedAt: expect.any(Number),
    });
    await bo.client.waitFor('chat:message:deleted');
    expect(await historyOf(bo, id)).toMatchObject([
      { id: message.id, text: '', deletedAt: expect.any(Number) },
    ]);
    // Whoever comes back is told of neither of the three.
    const back = await enterChat(cluster, bo.user, 0, { chats: { [id]: 1 } });
    await back.waitFor<ChatFact>('chat:message:deleted');
    expect(JSON.stringify(back.received)).not.toContain('secret');
  });

  it('[CHAT10] a message has text or a reference to a file on an allowed host, within limits, and says what it answers', async () => {
    const ada = await chatter(cluster, 0);
    const id = await room('shapes', ada);
    const file = {
      url: 'https://files.example.com/a.jpg',
      type: 'image/jpeg',
      size: 1_000,
      name: 'A',
    };
    const sent = await say(ada.client, id, '', { attachment: { ...file, more: 'x' } });
    expect(sent).toMatchObject({ text: '', attachment: file });
    expect(await say(ada.client, id, '  nice\u0000  ', { replyTo: sent.version })).toMatchObject({
      text: 'nice',
      replyTo: sent.version,
    });
    for (const odd of [
      {},
      { text: ' \u200b ' },
      { text: 'x'.repeat(51) },
      { text: 5 },
      { text: 'x', clientMessageId: '' },
      { text: 'x', clientMessageId: 'with blank' },
      { text: 'x', mentions: ['no id!'] },
      { text: 'x', replyTo: -1 },
      { attachment: { ...file, url: 'http://files.example.com/a.jpg' } },
      { attachment: { ...file, url: 'https://evil.example.com/a.jpg' } },
      { attachment: { ...file, url: 'https://a:b@files.example.com/a.jpg' } },
      { attachment: { ...file, url: 'javascript:alert(1)' } },
      { attachment: { ...file, size: -1 } },
      { attachment: { ...file, type: 'text' } },
      { attachment: 'file' },
      { text: 'x', conversationId: 'room:' },
      { text: 'x', conversationId: 'trip:a b' },
      { text: 'x', conversationId: 5 },
    ]) {
      const request = { conversationId: id, clientMessageId: 'odd', ...odd };
      expect([odd, await ada.client.request('chat:send', request)]).toMatchObject([
        odd,
        { ok: false, error: { code: 'VALIDATION_FAILED' } },
      ]);
    }
    expect(await historyOf(ada, id)).toHaveLength(2);
  });

  it('[MOD4] a user who writes too much waits, whatever conversation and instance it writes in', async () => {
    const ada = await chatter(cluster, 0);
    const [one, two] = [await room('flood one', ada), await room('flood two', ada)];
    // Clients that ask once: one that asks again on a busy machine spends again.
    const { userId, token } = ada.user;
    const floods = [0, 1].map((i) => cluster.openBare(Namespace.chat, i, { token }));
    for (const flood of floods) await flood.waitFor('hello');
    const answers = await Promise.all(
      Array.from({ length: 140 }, (_, i) =>
        floods[i % 2]!.request<unknown>('chat:send', {
          conversationId: i % 3 ? one : two,
          clientMessageId: `f${i}`,
          text: 'x',
        }),
      ),
    );
    const refused = answers.filter((answer) => !answer.ok);
    // By their codes: a machine that is too busy for all of them says so here.
    expect(refused.map(({ error }) => error.code)).toEqual(Array(40).fill('RATE_LIMITED'));
    expect(refused[0]).toMatchObject({
      error: { code: 'RATE_LIMITED', retryable: true, retryAfterMs: expect.any(Number) },
    });
    const other = await chatter(cluster, 1);
    await join(other.client, one);
    await say(other.client, one, 'I may');
    const again = { conversationId: one, clientMessageId: 'again', text: 'y' };
    expect(await ada.client.request('chat:send', again)).toMatchObject({
      error: { code: 'RATE_LIMITED' },
    });
    const spent = `${cluster.environment.REDIS_KEY_PREFIX}{chatter:${userId}}:spent:messages`;
    const commands = cluster.instances[0]!.app.get(RedisCommands, { strict: false });
    // The window is over.
    expect(await commands.do((redis) => redis.pexpire(spent, 0))).toBe(1);
    await ada.client.ask('chat:send', again);
    await until('it is told', () => textsTold(other.client, one).length === 2);
    expect(textsTold(other.client, one)).toEqual(['I may', 'y']);
  });

  it('[MOD4] a user begins so many rooms, and joins those of others all the same', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
    const begin = (i: number) =>
      (i % 2 ? ada.client : bo.client).request('chat:join', { conversationId: `room:begun ${i}` });
    const mine = Array.from({ length: ROOMS }, (_, i) => 2 * i + 1);
    for (const i of mine) expect(await begin(i)).toMatchObject({ ok: true });
    expect(await begin(2 * ROOMS + 1)).toMatchObject({
      error: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
    });
    expect(await begin(0)).toMatchObject({ ok: true });
    for (const name of ['begun 0', 'begun 1']) await join(ada.client, `room:${name}`);
  });
});
