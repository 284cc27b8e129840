import { expect, test } from 'vitest';
import { seededRandom } from '#libs/testing';
import { GpsReceiver } from './gps-receiver.js';
import { distanceMeters } from './geography.js';

const fixAt = (i: number) => ({ timestamp: i * 3_000, lat: -34.9 + i * 0.0003, lng: -56.2 });

test('GPS is off by about what it says, more where reception is poor, and the same seed is off alike', () => {
  const errorsOf = (isPoor: boolean): number[] => {
    const gps = new GpsReceiver(seededRandom(5), isPoor);
    return Array.from({ length: 400 }, (_, i) => {
      const measured = gps.measure(fixAt(i));
      const error = distanceMeters(measured, fixAt(i));
      expect(measured.accuracy).toBeGreaterThan(2);
      expect(error).toBeLessThan(200);
      return error;
    });
  };
  const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const [good, poor] = [errorsOf(false), errorsOf(true)];
  expect(mean(good)).toBeGreaterThan(0.5);
  expect(mean(good)).toBeLessThan(6);
  expect(mean(poor)).toBeGreaterThan(2 * mean(good));
  expect(errorsOf(true)).toEqual(poor);
});

test('the first fix after the satellites were lost is poor, the next ones are not', () => {
  const gps = new GpsReceiver(seededRandom(5), false);
  const accuracies = Array.from({ length: 200 }, (_, i) => {
    if (i % 20 === 10) gps.lose();
    return gps.measure(fixAt(i)).accuracy!;
  });
  for (const [i, accuracy] of accuracies.entries())
    if (i % 20 === 10) expect(accuracy).toBeGreaterThan(12);
  const others = accuracies.filter((_, i) => i % 20 !== 10);
  expect(others.filter((accuracy) => accuracy > 12).length).toBeLessThan(20);
});

test('frozen GPS says the same place with new times', () => {
  const gps = new GpsReceiver(seededRandom(5), false);
  const last = gps.measure(fixAt(1));
  expect(gps.measure(fixAt(2), true)).toEqual({ ...last, timestamp: 6_000 });
  expect(gps.measure(fixAt(3)).lat).not.toBe(last.lat);
});
