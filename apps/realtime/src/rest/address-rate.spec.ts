import { expect, it } from 'vitest';
import { AddressRate, refuseFloods, type CountedRequest } from './address-rate.js';
import { RefusedCallers } from './refused-callers.js';

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
  const refused = new RefusedCallers();
  const authorization = 'Bearer ada';
  refused.note(authorization, { cheapestAt: Infinity, dearestAt: Infinity });
  const pass = refuseFloods(rateOf(10), refused);
  const isEverRefused = (request: CountedRequest) => {
    try {
      // Far more than comes back meanwhile.
      for (let i = 0; i < 20_000; i += 1) pass(request, undefined, () => undefined);
      return false;
    } catch {
      return true;
    }
  };
  expect(isEverRefused(to('/health/ready'))).toBe(true);
  expect(isEverRefused(to('/api/auth/sessions'))).toBe(true);
  expect(isEverRefused(to('/health/live'))).toBe(false);
  expect(isEverRefused(to('/health/startup'))).toBe(false);
  expect(isEverRefused(to('/health/live', { headers: { authorization } }))).toBe(false);
  // What has to be read costs something, and so does what no route is for.
  expect(isEverRefused(to('/health/live', { headers: { 'content-length': '2' } }))).toBe(true);
  expect(isEverRefused(to('/health/live', { method: 'POST' }))).toBe(true);
  expect(isEverRefused(to('/health/live/long'))).toBe(true);
});
