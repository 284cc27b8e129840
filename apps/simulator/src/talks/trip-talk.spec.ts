import { beforeEach, expect, test } from 'vitest';
import { TalkTally } from './talk-tally.js';
import { TripTalk, UNHEARD_AFTER_MS, type Listener } from './trip-talk.js';

let tally: TalkTally;
let talk: TripTalk;
const [passenger, driver] = [{ readySince: 0 }, { readySince: 0 }] as [
  { readySince: number | undefined },
  { readySince: number | undefined },
];

beforeEach(() => {
  tally = new TalkTally();
  talk = new TripTalk('trip:1', tally);
  for (const each of [passenger, driver]) each.readySince = 0;
  for (const each of [passenger, driver] as Listener[]) talk.enter(each, 3);
});

test('a message that the other one hears is heard, before its ack as well', () => {
  talk.show(driver, [2, 4]);
  talk.said(passenger, 4, 100);
  talk.said(passenger, 5, 100);
  expect(talk.onTheWay).toBe(1);
  talk.show(driver, [2, 4, 5]);
  expect(tally).toMatchObject({ trips: 1, said: 2, heard: 2, lost: 0 });
});

test('an acknowledged message that nobody hears is lost, once its hearer was there long enough', () => {
  talk.said(passenger, 4, 100);
  driver.readySince = undefined;
  talk.look(100_000);
  expect(tally.lost).toBe(0);
  driver.readySince = 100_000;
  talk.look(100_000 + UNHEARD_AFTER_MS);
  expect(tally.lost).toBe(0);
  talk.look(100_001 + UNHEARD_AFTER_MS);
  talk.look(100_002 + UNHEARD_AFTER_MS);
  expect(tally).toMatchObject({ lost: 1, heard: 0 });
});

test('what comes twice or late is a violation', () => {
  for (const shown of [[4], [4, 6], [4, 5, 6], [4, 5, 5, 6]]) talk.show(driver, shown);
  expect(Object.fromEntries(tally.violations)).toEqual({
    'a message came after a later one': 1,
    'messages are shown twice or out of order': 1,
  });
});

test('who has left need not hear anything, and who came later was shown it', () => {
  talk.said(passenger, 4, 100);
  talk.leave(driver);
  talk.look(1_000_000);
  talk.said(passenger, 5, 150);
  expect(tally.early).toBe(1);
  const next = { readySince: 0 };
  talk.enter(next, 5);
  talk.said(passenger, 6, 200);
  talk.show(next, [5, 6]);
  expect(tally).toMatchObject({ said: 3, heard: 1, lost: 0 });
});
