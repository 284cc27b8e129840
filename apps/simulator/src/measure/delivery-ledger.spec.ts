import { expect, test } from 'vitest';
import { DeliveryLedger, LOST_AFTER_MS } from './delivery-ledger.js';

test('what waited on a phone that was stopped is timed from when it could go out', () => {
  const ledger = new DeliveryLedger();
  ledger.emitted(1, 100);
  ledger.postponed(40_000);
  ledger.stored(1, 40_050);
  expect(ledger.seen(1, 40_100).delayMs).toBe(100);
  // What is stored already has gone out before.
  ledger.emitted(2, 41_000);
  ledger.stored(2, 41_010);
  ledger.postponed(50_000);
  expect(ledger.seen(2, 41_030).delayMs).toBe(30);
});

test('the delay runs from the first emit to the sight', () => {
  const ledger = new DeliveryLedger();
  ledger.emitted(1, 100);
  ledger.emitted(1, 150);
  ledger.stored(1, 160);
  expect(ledger.seen(1, 180)).toEqual({ delayMs: 80, superseded: 0 });
  expect(ledger.seen(1, 190)).toEqual({ delayMs: undefined, superseded: 0 });
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
  expect(ledger.seen(2, 1_000_001).delayMs).toBeUndefined();
});

test('every acknowledged fix was seen, superseded, unseen, lost or is on its way', () => {
  const ledger = new DeliveryLedger();
  const became = { seen: 0, superseded: 0, unseen: 0, lost: 0 };
  const see = (timestamp: number, now: number) => {
    const { delayMs, superseded } = ledger.seen(timestamp, now);
    if (delayMs !== undefined) became.seen += 1;
    became.superseded += superseded;
  };
  const acknowledge = (timestamp: number, now: number) => {
    if (ledger.stored(timestamp, now)) became.superseded += 1;
  };
  for (let timestamp = 1; timestamp <= 10; timestamp += 1) ledger.emitted(timestamp, 0);
  for (const timestamp of [1, 2, 4]) acknowledge(timestamp, 1);
  // 3 and 5 are acknowledged after a newer one, and after they themselves were seen.
  see(5, 2);
  for (const timestamp of [3, 5, 6, 7, 8]) acknowledge(timestamp, 3);
  // The dispatcher is away: a snapshot would show 8 and neither 6 nor 7.
  became.unseen += ledger.takeUnseen();
  see(8, 4);
  acknowledge(9, 5);
  became.lost += ledger.takeLost(5 + LOST_AFTER_MS, 0);
  acknowledge(10, 6);
  became.unseen += ledger.takeUnseen(true);
  expect(became).toEqual({ seen: 2, superseded: 4, unseen: 3, lost: 1 });
  expect(ledger.waiting).toBe(0);
});

test('the fix of a phone with a wrong clock is known by a time that is about right', () => {
  const ledger = new DeliveryLedger({ aheadMs: -90_000, toleranceMs: 1_400 });
  for (const timestamp of [10_000, 13_000]) {
    ledger.emitted(timestamp, 100);
    ledger.stored(timestamp, 110);
  }
  expect(ledger.seen(10_120, 180)).toEqual({ delayMs: 80, superseded: 0 });
  expect(ledger.seen(10_120, 190).delayMs).toBeUndefined();
  expect(ledger.waiting).toBe(1);
  // Before the server knows better it shows the time of the phone.
  expect(ledger.seen(13_000 - 90_000, 200).delayMs).toBe(100);
});
