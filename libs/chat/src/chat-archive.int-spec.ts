import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { ChannelKeys } from '#libs/channels';
import { ExportsModule, ExportStream } from '#libs/exports';
import { openRedis, startModules, testEnvironment, until } from '#libs/testing';
import { channelOf } from './chat-keys.js';
import { ChatModule } from './chat.module.js';
import { ConversationsService } from './conversations.service.js';
import { MessagesService } from './messages.service.js';

const ADA = { userId: 'ada', userType: 'passenger' } as const;
const BO = { userId: 'bo', userType: 'driver' } as const;

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
    for (const { userId, userType } of [ADA, BO])
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
    const keys = instances[0]!.get(ChannelKeys, { strict: false });
    const parts = ['head', 'log', 'sent', 'info', 'members', 'marks', 'index', 'mutes'];
    await until('nothing is left', async () => {
      const all = parts.map((name) => keys.key(channelOf(id), name));
      return (await redis.exists(...all)) === 0;
    });
    await expect(conversations().look(ADA, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { conversations: listed } = await conversations().list(ADA);
    expect(listed.map((each) => each.id)).not.toContain(id);
  });
});
