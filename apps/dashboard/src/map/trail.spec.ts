import { expect, test } from 'vitest';
import { summaryOf } from './trail.js';

const AT = 1_700_000_000_000;
/** 0.001 degrees of latitude are 111 m. */
const drive = [0, 1, 2, 3].map((i) => ({
  lat: -34.9 + i / 1_000,
  lng: -56.2,
  timestamp: AT + i * 10_000,
}));

test('[MAP3] a trail says how far, how fast on average and how fast at most the driver drove', () => {
  const summary = summaryOf(drive)!;
  expect(summary.meters).toBeCloseTo(333.6, 0);
  expect(summary.meanKmh).toBeCloseTo(40, 0);
  const measured = drive.map((fix, i) => ({ ...fix, speed: i === 2 ? 20 : 5 }));
  expect(summaryOf(measured)!.topKmh).toBeCloseTo(72);
});

test('[MAP3] one fix, or none, is no trail', () => {
  expect(summaryOf([])).toBeUndefined();
  expect(summaryOf(drive.slice(0, 1))).toBeUndefined();
});
