import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRedis, startModules, testEnvironment } from '#libs/testing';
import { ChatKeys } from './chat-keys.js';
import { ChatModule } from './chat.module.js';
import { PeopleStore } from './people.store.js';

const environment = testEnvironment({ CHAT_MESSAGES: '1', CHAT_MESSAGES_WINDOW: '10m' });
let instance: TestingModule;
beforeAll(async () => {
  instance = await startModules(environment, [ChatModule]);
});
afterAll(() => instance.close());

it('[LIM1] whoever has said too much waits no longer than a window, muted or not, also where the clock of Redis has gone back since', async () => {
  const people = instance.get(PeopleStore);
  expect(await people.spendMessage('ada')).toEqual({ kind: 'OK' });
  const redis = openRedis(environment.REDIS_URL);
  await redis.pexpire(instance.get(ChatKeys).spentBy('ada', 'messages'), 3_600_000);
  redis.disconnect();
  const refused = await people.spendMessage('ada');
  expect(refused).toMatchObject({ kind: 'LIMITED' });
  expect(refused).toHaveProperty('retryAfterMs', 600_000);
  await people.muteEverywhere('ada', 600_000, 'boss');
  expect(await people.spendMessage('ada')).toMatchObject({ kind: 'LIMITED' });
  await people.muteEverywhere('eve', 600_000, 'boss');
  expect(await people.spendMessage('eve')).toMatchObject({ kind: 'MUTED' });
});
