import { expect, test } from 'vitest';
import { TraceDriver, traceDriver } from './trace-driver.js';
import { type Track } from './track.js';

const track: Track = {
  taxiId: '1',
  fixes: [
    { time: 1_000, lat: 1, lng: 1 },
    { time: 11_000, lat: 2, lng: 2 },
    { time: 31_000, lat: 3, lng: 3 },
  ],
};

test('a track is driven at its real pace and back again, for ever', () => {
  const driver = new TraceDriver(track, 100_000, 0);
  const fixes = Array.from({ length: 6 }, () => driver.next());
  expect(fixes.map(({ lat }) => lat)).toEqual([1, 2, 3, 2, 1, 2]);
  expect(fixes.map(({ timestamp }) => timestamp - 100_000)).toEqual([
    0, 10_000, 30_000, 50_000, 60_000, 70_000,
  ]);
});

test('a driver that starts on the way first says where it was last', () => {
  const driver = new TraceDriver(track, 100_000, 15_000);
  expect(driver.next()).toEqual({ timestamp: 95_000, lat: 2, lng: 2 });
  expect(driver.next()).toEqual({ timestamp: 115_000, lat: 3, lng: 3 });
});

test('a taxi with one position stays where it is, and time goes on', () => {
  const driver = new TraceDriver({ taxiId: '1', fixes: [track.fixes[0]!] }, 100_000, 0);
  expect(driver.next().timestamp).toBeLessThan(driver.next().timestamp);
});

test('drivers of one track start at different places of it', () => {
  const starts = [0, 1, 2].map((index) => traceDriver([track], index, 3, 100_000).next().lat);
  expect(starts).toEqual([1, 2, 2]);
});

test('a track is driven at any speed', () => {
  const driver = new TraceDriver(track, 100_000, 15_000, 10);
  const fixes = Array.from({ length: 4 }, () => driver.next());
  expect(fixes.map(({ timestamp, lat }) => [timestamp - 100_000, lat])).toEqual([
    [-500, 2],
    [1_500, 3],
    [3_500, 2],
    [4_500, 1],
  ]);
});
