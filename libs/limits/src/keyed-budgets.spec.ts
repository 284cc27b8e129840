import { expect, it } from 'vitest';
import { KeyedBudgets } from './keyed-budgets.js';

it('[LIM7] one address opens so many connections a second, and others are not held up', () => {
  const pace = KeyedBudgets.plain({ ratePerSecond: 10, rateBurst: 10 });
  const allowed = (key: string, now: number, tries: number) =>
    Array.from({ length: tries }, () => pace.take(key, 1, now)).filter((wait) => wait === 0).length;
  expect(allowed('a', 1_000, 50)).toBe(10);
  expect(allowed('a', 1_100, 50)).toBe(1);
  expect(allowed('b', 1_100, 5)).toBe(5);
  expect(allowed('a', 3_000, 50)).toBe(10);
});

it('[LIM8] says how long to wait, and lets whoever waits through', () => {
  const budgets = KeyedBudgets.plain({ ratePerSecond: 10, rateBurst: 20 });
  expect(budgets.take('a', 20, 0)).toBe(0);
  const waitMs = budgets.take('a', 5, 0);
  expect(waitMs).toBeGreaterThanOrEqual(500);
  expect(budgets.take('a', 5, waitMs)).toBe(0);
  // What costs more than a full budget waits for a full one.
  expect(budgets.take('b', 1_000, 0)).toBe(0);
});

it('[LIM8] keeps those that are in use, and forgets the others', () => {
  const budgets = KeyedBudgets.plain({ ratePerSecond: 10, rateBurst: 10 });
  for (let i = 0; i < 5_000; i += 1) budgets.take(`old-${i}`, 1, 10_000);
  budgets.take('busy', 10, 12_000);
  expect(budgets.size).toBe(1);
  expect(budgets.take('busy', 1, 12_000)).toBeGreaterThan(0);
});

it('[LIM8] calls that failed leave nothing, but no debt: whoever waits for the next is let through', () => {
  const budgets = KeyedBudgets.plain({ ratePerSecond: 500, rateBurst: 2_000 });
  // All of them are under way before the first has failed.
  for (let i = 0; i < 2_000; i += 1) expect(budgets.take('office', 1, 0)).toBe(0);
  for (let i = 0; i < 2_000; i += 1) budgets.charge('office', 4, 0);
  expect(budgets.take('office', 1, 0)).toBe(2);
  expect(budgets.take('office', 1, 2)).toBe(0);
  // Where something is left it is taken.
  budgets.charge('office', 4, 1_002);
  expect(budgets.take('office', 497, 1_002)).toBe(2);
});

it('[LIM8] a budget that others have overdrawn is kept until it is full, however many come meanwhile', () => {
  const budgets = KeyedBudgets.plain({ ratePerSecond: 10, rateBurst: 10 });
  expect(budgets.take('debtor', 10, 10_000)).toBe(0);
  budgets.find('debtor')!.budget.lowerTo(-30);
  const crowd = (now: number) => {
    for (let i = 0; i < 2_500; i += 1) budgets.take(`at ${now}, ${i}`, 1, now);
  };
  crowd(10_000);
  crowd(12_000);
  expect(budgets.take('debtor', 1, 12_000)).toBe(1_100);
  crowd(13_500);
  expect(budgets.find('debtor')).toBeDefined();
  crowd(16_000);
  expect(budgets.find('debtor')).toBeUndefined();
});
