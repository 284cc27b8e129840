import { expect, test } from 'vitest';
import { measuredBy } from './driving.js';

test('a fix is never measured in the future, however early its timer fires', () => {
  const fix = { timestamp: 1_795_849_117_568, lat: 41.9, lng: 12.5 };
  expect(measuredBy(fix.timestamp - 1, fix)).toEqual({ ...fix, timestamp: fix.timestamp - 1 });
  expect(measuredBy(fix.timestamp, fix)).toBe(fix);
  expect(measuredBy(fix.timestamp + 40, fix)).toBe(fix);
});
