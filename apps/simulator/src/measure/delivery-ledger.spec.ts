import { expect, test } from 'vitest';
import { DeliveryLedger, LOST_AFTER_MS } from './delivery-ledger.js';

test('the delay runs from the first emit to the sight', () => {
  const ledger = new DeliveryLedger();
  ledger.emitted(1, 100);
  ledger.emitted(1, 150);
  ledger.stored(1, 160);
  expect(ledger.seen(1, 180)).toBe(80);
  expect(ledger.seen(1, 190)).toBeUndefined();
});

test('a position that nobody saw is lost, one that a newer one replaced is not', () => {
  const ledger = new DeliveryLedger();
  for (const timestamp of [1, 2, 3]) {
    ledger.emitted(timestamp, 0);
    ledger.stored(timestamp, 10);
  }
  ledger.seen(2, 50);
  expect(ledger.waiting).toBe(1);
  expect(ledger.takeLost(LOST_AFTER_MS, 0)).toBe(0);
  expect(ledger.takeLost(LOST_AFTER_MS + 10, 0)).toBe(1);
  expect(ledger.takeLost(LOST_AFTER_MS + 10, 0)).toBe(0);
});

test('a dispatcher that came back has its time anew', () => {
  const ledger = new DeliveryLedger();
  ledger.emitted(1, 0);
  ledger.stored(1, 10);
  expect(ledger.takeLost(LOST_AFTER_MS + 100, 1_000)).toBe(0);
  expect(ledger.takeLost(LOST_AFTER_MS + 1_000, 1_000)).toBe(1);
});

test('a refused fix is not waited for, an unanswered one is forgotten and not lost', () => {
  const ledger = new DeliveryLedger();
  ledger.emitted(1, 0);
  ledger.emitted(2, 0);
  ledger.dropped(1);
  expect(ledger.takeLost(1_000_000, 0)).toBe(0);
  expect(ledger.seen(2, 1_000_001)).toBeUndefined();
});
