import { expect, it } from 'vitest';
import { AddressRate, type CountedRequest } from './address-rate.js';

/** So slow that nothing comes back during a test. */
const NEXT_TO_NOTHING = 0.000_001;
const rateOf = (rateBurst: number) =>
  new AddressRate({ ofAddress: { ratePerSecond: NEXT_TO_NOTHING, rateBurst } });
const to = (path: string): CountedRequest => ({
  path,
  headers: {},
  socket: { remoteAddress: '10.0.0.1' },
  app: { get: () => 0 },
});

it('[LIM8] a dear call is let through by a full budget of its address, however small that is', () => {
  for (const burst of [1, 2, 4, 5]) {
    const rate = rateOf(burst);
    expect(rate.takeRequest(to('/api/trips/history'))).toBe(0);
    expect(rate.takeMore(to('/api/trips/history'), 4)).toBe(0);
    expect(rate.takeRequest(to('/api/trips/history'))).toBeGreaterThan(0);
  }
});

it('[LIM8] a dear call that is refused because of its address costs it nothing', () => {
  const rate = rateOf(4);
  expect(rate.takeRequest(to('/api/auth/sessions'))).toBe(0);
  for (let i = 0; i < 10; i += 1) {
    expect(rate.takeRequest(to('/api/trips/history'))).toBe(0);
    expect(rate.takeMore(to('/api/trips/history'), 4)).toBeGreaterThan(0);
  }
  for (let i = 0; i < 3; i += 1) expect(rate.takeRequest(to('/api/auth/sessions'))).toBe(0);
});
