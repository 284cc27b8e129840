import { afterEach, expect, it, vi } from 'vitest';
import { toServerTime, toPageTime, noteServerTime, serverNow } from './server-clock.js';

afterEach(() => {
  vi.useRealTimers();
});

it('[PAGE35] how long ago something was does not depend on the clock of the device', () => {
  const HOUR_MS = 3_600_000;
  const truth = Date.parse('2026-11-28T12:00:00Z');
  vi.useFakeTimers({ now: truth + HOUR_MS });
  noteServerTime(truth);
  expect(serverNow()).toBe(truth);
  expect(Date.now() - toPageTime('2026-11-28T11:59:50Z')).toBe(10_000);
  expect(toServerTime(Date.now())).toBe(truth);
  // An answer that was long on its way, or that names no time, changes nothing.
  noteServerTime(truth - 4_000);
  noteServerTime(NaN);
  expect(serverNow()).toBe(truth);
  // The clock was set right, but for what nobody notices.
  vi.setSystemTime(truth + 900);
  noteServerTime(truth);
  expect(serverNow()).toBe(truth + 900);
});
