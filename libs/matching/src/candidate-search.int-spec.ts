import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvailabilityService } from '#libs/drivers';
import { sampleRequest, sampleRules, TripInstances } from '#libs/testing';
import { decide, requestTrip, type TripRecord } from '#libs/trips';
import { CandidateSearch } from './candidate-search.js';
import { MatchingModule } from './matching.module.js';

const NOBODY: ReadonlySet<string> = new Set();

describe('the search for drivers', () => {
  let stage: TripInstances;
  let search: CandidateSearch;
  let searched = 0;

  beforeAll(async () => {
    stage = await TripInstances.start(
      { DISPATCH_MAX_POSITION_AGE: '2m', DISPATCH_STALENESS_MPS: '8' },
      [MatchingModule],
    );
    search = stage.get(CandidateSearch);
  });
  afterAll(() => stage.close());

  /** A trip that nobody but the test looks for drivers for, far from the others. */
  function newTrip(): TripRecord {
    searched += 1;
    const pickup = { lat: 10, lng: searched, address: null };
    const request = { ...sampleRequest(`search-${searched}`, `passenger-${searched}`), pickup };
    return requestTrip(request, { now: Date.now(), rules: sampleRules }).trip;
  }

  it('[DISP1] of each driver near the pickup the record says whether it was asked, or why not', async () => {
    const trip = newTrip();
    const { pickup } = trip;
    const availability = stage.get(AvailabilityService);
    const near = (meters: number, ageMs = 0) => stage.driverNear(pickup, meters, { ageMs });
    const [onTrip, unavailable, offline, stale, asked, other, taken, best, second] =
      (await Promise.all([
        near(100),
        near(110),
        near(120),
        near(130, 150_000),
        near(140),
        near(150),
        near(160),
        near(170),
        near(180),
      ])) as [string, string, string, string, string, string, string, string, string];
    await near(2_000);
    trip.passengerId = await near(90);
    await availability.setTrip(onTrip, 'trip of another system');
    await availability.updateStatus(unavailable, { isAvailableForTrips: false });
    await availability.updateStatus(offline, { isOnline: false });
    await stage.redis.hset(stage.key('offers'), other, `elsewhere_1 ${Date.now() + 60_000}`);
    await stage.redis.hset(stage.key('offers'), best, `elsewhere_2 ${Date.now() - 1}`);
    const offers = [{ driverId: asked, distanceMeters: 140, etaMs: 60_000 }];
    const round = { radiusMeters: 1_000, found: 1, considered: [] };
    const moment = { now: Date.now(), rules: sampleRules };
    const searching = decide(trip, { kind: 'startAssigning' }, moment)!.trip;
    const { trip: offered } = decide(
      searching,
      { kind: 'offer', round, offers, retryAt: 0 },
      moment,
    )!;

    const found = await search.search(offered, 1_000, 1, new Set([taken]));
    expect(found.offers).toEqual([
      { driverId: best, distanceMeters: 170, etaMs: expect.any(Number) as number },
    ]);
    expect(found.round).toMatchObject({ radiusMeters: 1_000, found: 10 });
    const outcomes = found.round.considered.map(({ driverId, outcome }) => [driverId, outcome]);
    expect(Object.fromEntries(outcomes)).toEqual({
      [trip.passengerId]: 'is_the_passenger',
      [onTrip]: 'on_trip',
      [unavailable]: 'unavailable',
      [offline]: 'offline',
      [stale]: 'stale_position',
      [asked]: 'asked_before',
      [other]: 'has_another_offer',
      [taken]: 'has_another_offer',
      [best]: 'offered',
      [second]: 'not_needed',
    });
    const ages = found.round.considered.map(({ driverId, ageMs }) => [driverId, ageMs] as const);
    expect(new Map(ages).get(stale)).toBeGreaterThanOrEqual(150_000);
  });

  it('[DISP1] a record names all who are asked and the nearest of the others, and counts the rest', async () => {
    const trip = newTrip();
    const drivers: string[] = [];
    for (let i = 0; i < 26; i += 1)
      drivers.push(
        await stage.driverNear(trip.pickup, 100 + i * 10, { ageMs: i < 24 ? 60_000 : 0 }),
      );
    const { round, offers } = await search.search(trip, 1_000, 1, NOBODY);
    expect(offers.map(({ driverId }) => driverId)).toEqual([drivers[24]]);
    expect(round.found).toBe(26);
    expect(round.considered).toHaveLength(21);
    expect(round.considered.at(-1)).toMatchObject({ driverId: drivers[24], outcome: 'offered' });
  });

  it('[DISP2] the nearest driver is the best, but one who may have moved since counts as further away', async () => {
    const trip = newTrip();
    const old = await stage.driverNear(trip.pickup, 100, { ageMs: 60_000 });
    const far = await stage.driverNear(trip.pickup, 700);
    const near = await stage.driverNear(trip.pickup, 400);
    const { offers } = await search.search(trip, 1_000, 3, NOBODY);
    expect(offers.map(({ driverId }) => driverId)).toEqual([near, old, far]);
    expect(offers.map(({ distanceMeters }) => distanceMeters)).toEqual([400, 100, 700]);
  });
});
