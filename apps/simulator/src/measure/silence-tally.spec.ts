import { expect, test } from 'vitest';
import { SilenceTally } from './silence-tally.js';

test('what is shown of a silent phone counts once for each silence, and of others not at all', () => {
  const tally = new SilenceTally();
  tally.show('standing', 'stale');
  tally.begin('a', 'silent');
  tally.show('a', 'live');
  for (const shown of ['delayed', 'stale', 'stale', 'lost'] as const) tally.show('a', shown);
  tally.begin('b', 'frozen');
  tally.show('b', 'delayed');
  tally.show('b', 'gone');
  expect(Object.fromEntries(tally.begun)).toEqual({ silent: 1, frozen: 1 });
  expect(Object.fromEntries(tally.shown)).toEqual({ delayed: 2, stale: 1, lost: 1, gone: 1 });
  expect(tally.noticed).toBe(2);
  expect(tally.back).toBe(0);
});

test('who was shown as silent and is live again has come back, once', () => {
  const tally = new SilenceTally();
  tally.begin('a', 'silent');
  tally.show('a', 'delayed');
  tally.end('a');
  tally.show('a', 'live');
  tally.show('a', 'live');
  expect(tally.back).toBe(1);
  // A silence that nobody noticed.
  tally.begin('a', 'silent');
  tally.end('a');
  tally.show('a', 'live');
  expect(tally.back).toBe(1);
});
