import { setTimeout as passes } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type TripView } from '#libs/contracts';
import { TestCluster } from './cluster.js';
import { confirmOffers, offerTo } from './ride-people.js';

const STEP_MS = 200;
const STEPS = 40;
const METERS_A_STEP = 25;
const METERS_PER_DEGREE = 111_195;

/** How far the phone of a driver is ahead of the right time, by the share of the ride that is over. */
const PHONES: Readonly<Record<string, (share: number) => number>> = {
  right: () => 0,
  '10 s behind': () => -10_000,
  '25 s behind': () => -25_000,
  '25 s ahead': () => 25_000,
  'ahead, then right': (share) => (share < 0.5 ? 25_000 : 0),
  'right, then ahead, then behind': (share) => (share < 0.3 ? 0 : share < 0.6 ? 25_000 : -25_000),
};

describe('rides with phones whose clocks are wrong', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    // The distance makes nearly all of a fare, and cars are fast, so that a ride takes seconds.
    cluster = await TestCluster.start({
      env: {
        FARE_BASE: '0',
        FARE_MINIMUM: '0',
        FARE_PER_KM: '10000',
        FARE_PER_MINUTE: '100',
        LOCATION_MAX_SPEED_MPS: '500',
      },
    });
  });
  afterAll(() => cluster.close());

  /** @param place where this ride is alone, degrees */
  async function ride(aheadMs: (share: number) => number, place: number): Promise<TripView> {
    const [cab, rider] = await Promise.all([
      cluster.addUser(UserType.driver).then((user) => cluster.connect(user, 0)),
      cluster.addUser(UserType.passenger).then((user) => cluster.connect(user, 1)),
    ]);
    confirmOffers(cab);
    await cab.ask('driver:status:update', { isAvailableForTrips: true });
    const at = (meters: number) => ({ lat: 40 + meters / METERS_PER_DEGREE, lng: place });
    const ping = (meters: number, share: number) =>
      cab.request('driver:location:ping', {
        ...at(meters),
        timestamp: Date.now() + aheadMs(share),
      });
    // It has stood there for a while: its clock is known by then.
    for (let i = 0; i < 10; i += 1) {
      await ping(0, 0);
      await passes(STEP_MS);
    }
    const { tripId } = await rider.ask<TripView>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: at(0),
      stops: [{ point: at(STEPS * METERS_A_STEP) }],
    });
    await cab.ask('driver:offer:accept', { assignmentId: (await offerTo(cab)).assignmentId });
    await cab.ask('trip:arrive', { tripId });
    await cab.ask('trip:start', { tripId });
    for (let step = 0; step <= STEPS; step += 1) {
      await ping(step * METERS_A_STEP, step / STEPS);
      await passes(STEP_MS);
    }
    return cab.ask<TripView>('trip:complete', { tripId });
  }

  it('[CLOCK1] cost the same within 5 %, whatever their clocks say and whenever they change', async () => {
    const done = await Promise.all(
      Object.values(PHONES).map((aheadMs, i) => ride(aheadMs, 10 + i / 2)),
    );
    const fares = Object.fromEntries(
      Object.keys(PHONES).map((name, i) => [name, done[i]!.fareTotal!]),
    );
    const right = fares['right']!;
    expect(right).toBeGreaterThan(9_500);
    for (const [name, fare] of Object.entries(fares)) {
      expect(Math.abs(fare - right) / right, `${name}: ${JSON.stringify(fares)}`).toBeLessThan(
        0.05,
      );
    }
  });
});
