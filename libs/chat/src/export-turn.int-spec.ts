import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { startModules, testEnvironment, until } from '#libs/testing';
import { ChatArchive } from './chat-archive.js';
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
