import { expect, it } from 'vitest';
import { AddressRate, type CountedRequest } from './address-rate.js';

/** So slow that nothing comes back during a test. */
const NEXT_TO_NOTHING = 0.000_001;
const rateOf = (rateBurst: number) =>
  new AddressRate({ ofAddress: { ratePerSecond: NEXT_TO_NOTHING, rateBurst } });
const to = (path: string, { method = 'GET', headers = {} } = {}): CountedRequest => ({
  method,
  path,
  headers,
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

it('[HEALTH1] however often somebody asks, whoever comes from there is told that the process lives and has started', () => {
  const rate = rateOf(10);
  const refusals = (request: CountedRequest) => {
    // Far more than comes back meanwhile.
    const waits = Array.from({ length: 20_000 }, () => rate.takeRequest(request));
    return waits.filter((waitMs) => waitMs > 0).length;
  };
  expect(refusals(to('/health/ready'))).toBeGreaterThan(0);
  expect(refusals(to('/api/auth/sessions'))).toBeGreaterThan(0);
  expect(refusals(to('/health/live'))).toBe(0);
  expect(refusals(to('/health/startup'))).toBe(0);
  // What has to be read costs something, and so does what no route is for.
  expect(refusals(to('/health/live', { headers: { 'content-length': '2' } }))).toBeGreaterThan(0);
  expect(refusals(to('/health/live', { method: 'POST' }))).toBeGreaterThan(0);
  expect(refusals(to('/health/live/long'))).toBeGreaterThan(0);
});
