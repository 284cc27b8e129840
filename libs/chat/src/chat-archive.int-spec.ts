import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { ExportsModule, ExportStream } from '#libs/exports';
import { openRedis, startModules, testEnvironment, until } from '#libs/testing';
import { BroadcastsService } from './broadcasts.service.js';
import { ChatKeys } from './chat-keys.js';
import { ChatModule } from './chat.module.js';
import { ChatStore } from './chat.store.js';
import { ConversationsService } from './conversations.service.js';
import { MessagesService } from './messages.service.js';
import { ModerationService } from './moderation.service.js';

const ADA = { userId: 'ada', userType: 'passenger' } as const;
const BO = { userId: 'bo', userType: 'driver' } as const;
const DEE = { userId: 'dee', userType: 'admin' } as const;
/** An area where nobody is. */
const AREA = [
  { lat: 10, lng: 10 },
  { lat: 10, lng: 10.1 },
  { lat: 10.1, lng: 10.1 },
];

describe('what is kept of conversations, and what leaves', () => {
  let instances: TestingModule[];
  let redis: ReturnType<typeof openRedis>;
  let names = 0;

  beforeAll(async () => {
    const environment = testEnvironment({
      CHAT_EXPORT: 'true',
      CHAT_EXPORT_INTERVAL: '50ms',
      CHAT_HISTORY_LENGTH: '20',
      CHAT_HISTORY_AGE: '1500ms',
      CHAT_MESSAGES: '1000',
      EXPORT_TRIM_INTERVAL: '1h',
    });
    redis = openRedis(environment.REDIS_URL);
    instances = await Promise.all(
      [0, 1].map(() => startModules(environment, [ChatModule, ExportsModule])),
    );
    const accounts = instances[0]!.get(AccountsService, { strict: false });
    for (const { userId, userType } of [ADA, BO, DEE])
      await accounts.create({ id: userId, userType, name: userId.toUpperCase() });
  });
  afterAll(async () => {
    redis?.disconnect();
    await Promise.all((instances ?? []).map((instance) => instance.close()));
  });

  const messages = (instance = 0) => instances[instance]!.get(MessagesService, { strict: false });
  const conversations = (instance = 0) =>
    instances[instance]!.get(ConversationsService, { strict: false });
  const say = (caller: typeof ADA | typeof BO, conversationId: string, text: string) =>
    messages().send(caller, { conversationId, clientMessageId: text, text });
  const room = async () => {
    const id = `room:kept ${(names += 1)}`;
    await conversations().enter(ADA, id);
    await conversations(1).enter(BO, id);
    return id;
  };
  const factsOf = async (subject: string) => {
    const { key } = instances[0]!.get(ExportStream, { strict: false });
    const entries = await redis.xrange(key, '-', '+');
    return entries
      .map(
        ([, fields]) =>
          Object.fromEntries(
            fields.flatMap((name, i) => (i % 2 ? [] : [[name, fields[i + 1]!]])),
          ) as Record<string, string>,
      )
      .filter((fact) => fact['subject'] === subject);
  };
  const keysOf = (id: string) => instances[0]!.get(ChatKeys, { strict: false }).conversation(id);
  /** The keys of a conversation that are there and would stay for ever. */
  const lastingOf = async (id: string) => {
    const keys = keysOf(id);
    expect(await redis.exists(...keys)).toBeGreaterThan(0);
    const left = await Promise.all(keys.map((key) => redis.pttl(key)));
    return keys.filter((_, i) => left[i] === -1);
  };
  const textsOf = async (id: string) =>
    (await messages(1).history(BO, { conversationId: id })).messages.map(({ text }) => text);

  it('[CHAT13] everything leaves through the stream of facts, in order, with what it is then', async () => {
    const id = await room();
    const message = await say(ADA, id, 'hello');
    await messages().edit(ADA, { conversationId: id, version: message.version, text: 'hello!' });
    await conversations(1).leave(BO, id);
    await until('all has left', async () => (await factsOf(id)).at(-1)?.['type'] === 'chat.left');
    const newest = new Map((await factsOf(id)).map((fact) => [Number(fact['version']), fact]));
    expect([...newest].map(([version, { type }]) => [version, type])).toEqual([
      [1, 'chat.joined'],
      [2, 'chat.joined'],
      [3, 'chat.message'],
      [4, 'chat.edited'],
      [5, 'chat.left'],
    ]);
    expect(JSON.parse(newest.get(4)!['data']!)).toMatchObject({
      target: 3,
      message: { text: 'hello!', from: { userId: 'ada', name: 'ADA' } },
    });
    expect(Number(newest.get(3)!['at'])).toBe(message.sentAt);
  });

  it('[CHAT14] the newest are kept, so many, and what is not kept is not counted as unread', async () => {
    const id = await room();
    for (let i = 1; i <= 40; i += 1) await say(ADA, id, `${i}`);
    const kept = Array.from({ length: 20 }, (_, i) => `${i + 21}`);
    expect(await textsOf(id)).toEqual(kept);
    const { conversations: listed } = await conversations().list(BO);
    expect(listed.find((each) => each.id === id)).toMatchObject({ unread: 20 });
    // A message that is not kept is not known any more either.
    expect(await say(ADA, id, '1')).toMatchObject({ version: 43 });
    expect(await say(ADA, id, '40')).toMatchObject({ version: 42 });
  });

  it('[CHAT14] they are kept for so long, whether or not somebody writes; then the room is gone', async () => {
    const id = await room();
    await say(ADA, id, 'old');
    await until('it is old', async () => {
      const texts = await textsOf(id);
      if (texts.includes('old')) await say(BO, id, `still here ${Date.now()}`);
      return !texts.includes('old');
    });
    expect((await textsOf(id)).length).toBeGreaterThan(0);
    await until('nothing is left', async () => (await redis.exists(...keysOf(id))) === 0);
    await expect(conversations().look(ADA, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { conversations: listed } = await conversations().list(ADA);
    expect(listed.map((each) => each.id)).not.toContain(id);
  });

  it('[CHAT14] nothing of a conversation stays for ever, whoever wrote first in it', async () => {
    const moderation = instances[0]!.get(ModerationService, { strict: false });
    const id = `room:kept ${(names += 1)}`;
    await conversations().enter(BO, id);
    expect(await lastingOf(id)).toEqual([]);
    await say(BO, id, 'first');
    expect(await lastingOf(id)).toEqual([]);
    await moderation.remove(DEE, { conversationId: id, userId: 'ada' });
    expect(await lastingOf(id)).toEqual([]);
    const person = { userId: 'bo', userType: 'driver', name: 'BO' } as const;
    await instances[0]!
      .get(ChatStore, { strict: false })
      .followTrip('trip:kept', { version: 1, people: [person] }, { entries: 20, ageMs: 1_500 });
    expect(await lastingOf('trip:kept')).toEqual([]);
    const { message } = await instances[0]!
      .get(BroadcastsService, { strict: false })
      .toDriversIn(DEE, AREA, 'road closed', 'kept');
    await messages().mark(DEE, { conversationId: message.conversationId, read: 1 });
    expect(await lastingOf(message.conversationId)).toEqual([]);
  });

  it('[MOD1] nobody is in a room because there was one of the same name', async () => {
    const moderation = instances[0]!.get(ModerationService, { strict: false });
    const id = `room:kept ${(names += 1)}`;
    await conversations().enter(BO, id);
    // A part that outlived the room lets nobody in either.
    await redis.persist(keysOf(id)[5]!);
    await until('it is gone', async () => (await redis.exists(keysOf(id)[4]!)) === 0);
    await moderation.create(DEE, { name: id.slice('room:'.length) });
    await expect(conversations().look(BO, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('[BCAST1] what is said in an area does not go to all drivers, whatever its key', async () => {
    const broadcasts = instances[0]!.get(BroadcastsService, { strict: false });
    await broadcasts.toAll(DEE, 'drivers', 'for all', 'all-1');
    for (const key of ['drivers', 'x'.repeat(64)]) {
      const said = await broadcasts.toDriversIn(DEE, AREA, 'for few', key);
      expect(await broadcasts.toDriversIn(DEE, AREA, 'for few', key)).toEqual(said);
    }
    expect(await textsOf('broadcast:drivers')).toEqual(['for all']);
  });

  it('[BCAST1] nobody is shown who has read what is said to all, also not an admin', async () => {
    const conversationId = 'broadcast:drivers';
    const broadcasts = instances[0]!.get(BroadcastsService, { strict: false });
    const { message } = await broadcasts.toAll(DEE, 'drivers', 'read this', 'all-2');
    await messages().mark(BO, { conversationId, read: message.version });
    const { conversation } = await conversations().look(DEE, conversationId);
    expect(Object.keys(conversation.marks)).toEqual(['dee']);
  });
});
