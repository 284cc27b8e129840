import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { socketsConfig } from '#libs/config';
import { BudgetsStore, LimitsModule } from '#libs/limits';
import { startModules, testEnvironment } from '#libs/testing';
import { SharedBudgets } from './shared-budgets.js';

const environment = testEnvironment({
  WS_RATE_PER_SECOND: '1',
  WS_RATE_BURST: '10',
  WS_RATE_FACTOR_PER_USER: '1',
  WS_RATE_FACTOR_PER_ADDRESS: '1',
});
let instance: TestingModule;
beforeAll(async () => {
  instance = await startModules(environment, [LimitsModule]);
});
afterAll(() => instance.close());

it('[LIM8] a user pays nothing for what is refused because of others behind the same address', async () => {
  const store = instance.get(BudgetsStore);
  const budgets = new SharedBudgets(socketsConfig(environment), store);
  // Behind whatever was told before it.
  const leftInRedis = () =>
    store.settle('sockets', 'quiet', 0, { ratePerSecond: 1, rateBurst: 10 });
  expect(budgets.take({ userId: 'loud', network: 'cafe' }, 10, 0)).toBe(0);
  for (let i = 0; i < 5; i += 1) {
    expect(budgets.take({ userId: 'quiet', network: 'cafe' }, 5, 0)).toBeGreaterThan(0);
    // The first is told before it is given back; the others are set off against it.
    expect(await leftInRedis()).toBeGreaterThanOrEqual(5);
  }
  expect(budgets.take({ userId: 'quiet', network: 'home' }, 10, 0)).toBe(0);
});
