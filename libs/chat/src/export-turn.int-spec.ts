import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { RedisCommands, RedisConnections } from '#libs/redis';
import { startModules, testEnvironment, until } from '#libs/testing';
import { ChatArchive } from './chat-archive.js';
import { ChatKeys } from './chat-keys.js';
import { ChatModule } from './chat.module.js';
import { ConversationsService } from './conversations.service.js';

const ADA = { userId: 'ada', userType: 'passenger' } as const;
const ROOM = 'room:exported';

describe('the turns in which instances export conversations', () => {
  let instances: TestingModule[];

  beforeAll(async () => {
    // No instance exports by itself.
    const environment = testEnvironment({ CHAT_EXPORT: 'true', CHAT_EXPORT_INTERVAL: '1h' });
    instances = await Promise.all([0, 1].map(() => startModules(environment, [ChatModule])));
    const accounts = instances[0]!.get(AccountsService, { strict: false });
    await accounts.create({ id: 'ada', userType: 'passenger' });
    await instances[0]!.get(ConversationsService, { strict: false }).enter(ADA, ROOM);
  });
  afterAll(() => Promise.all((instances ?? []).map((instance) => instance.close())));

  const archive = (instance: number) => instances[instance]!.get(ChatArchive, { strict: false });
  const unexported = () => instances[0]!.get(ChatKeys, { strict: false }).unexported;
  const isNoted = async (id: string) =>
    (await instances[1]!
      .get(RedisCommands, { strict: false })
      .do((redis) => redis.zscore(unexported(), id))) !== null;

  it('[CHAT13] a slow one keeps its turn while it renews it, and learns that it has lost it', async () => {
    const slow = await archive(0).claim(20);
    expect(slow.waiting).toEqual([ROOM]);
    if (await archive(0).renew(slow, 60_000)) {
      expect((await archive(1).claim(60_000)).waiting).toEqual([]);
      expect(await archive(0).renew(slow, 20)).toBe(true);
    }
    await until('the other one has a turn', async () => {
      const { waiting } = await archive(1).claim(60_000);
      return waiting.length > 0;
    });
    expect(await archive(0).renew(slow, 60_000)).toBe(false);
    expect((await archive(0).claim(60_000)).waiting).toEqual([]);
  });

  it('[CHAT13] what an instance notes whose clock is an hour behind is kept as any other note', async () => {
    const room = 'room:behind';
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3_600_000 });
    await archive(0)
      .expect(room)
      .finally(() => vi.useRealTimers());
    await archive(1).settle(room);
    expect(await isNoted(room)).toBe(true);
  });

  it('[CHAT13] it is noted anew where Redis may have lost the last note', async () => {
    const room = 'room:lost';
    const own = instances[0]!.get(RedisConnections, { strict: false });
    await archive(0).expect(room);
    await own.commands.zrem(unexported(), room);
    let isLost = false;
    own.onCommandsLost(() => (isLost = true));
    own.commands.disconnect(true);
    await until('the connection is lost', () => isLost);
    await until('it is back', () => own.commands.status === 'ready');
    await archive(0).expect(room);
    expect(await isNoted(room)).toBe(true);
  });

  it('[CHAT13] what is noted as exported does not go back to what a slow one has exported', async () => {
    const before = await archive(0).exportedOf(ROOM);
    await archive(1).note(ROOM, 400, before);
    await archive(0).note(ROOM, 200, before);
    expect(await archive(0).exportedOf(ROOM)).toBe(400);
    // A conversation that counts anew does.
    await archive(0).note(ROOM, 3, 400);
    expect(await archive(0).exportedOf(ROOM)).toBe(3);
  });
});
