import { randomUUID } from 'node:crypto';
import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentMode, TripParty, type DriverCard } from '#libs/contracts';
import { AvailabilityModule, AvailabilityService } from '#libs/drivers';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { startModules, testEnvironment } from '#libs/testing';
import { assignmentIdOf } from './store/trip-record.js';
import { DISPATCHER_READS, TripQueries } from './trip-queries.service.js';
import { TripsModule } from './trips.module.js';
import { TripsService } from './trips.service.js';

const PLACE = { lat: 41.9, lng: 12.5, address: null };
const SYSTEM = { kind: TripParty.system } as const;
const PAGE = { page: 1, limit: 100 };

describe('searches of trips', () => {
  let instance: TestingModule;
  let trips: TripsService;
  let queries: TripQueries;

  beforeAll(async () => {
    instance = await startModules(testEnvironment(), [TripsModule, AvailabilityModule]);
    trips = instance.get(TripsService);
    queries = instance.get(TripQueries);
  });
  afterAll(() => instance?.close());

  const request = async (passengerId: string, paymentMode: PaymentMode = PaymentMode.cash) => {
    const { trip } = await trips.request({
      tripId: randomUUID(),
      passenger: { id: passengerId, name: null, photoUrl: null, phoneMasked: null },
      paymentMode,
      pickup: PLACE,
      stops: [PLACE],
      vehicleCategoryId: null,
      serviceClassId: null,
      estimate: {
        total: 500,
        currency: 'EUR',
        distanceMeters: 1,
        durationMs: 1,
        surgeBasisPoints: 10_000,
      },
    });
    return trip;
  };
  const cancel = (tripId: string) =>
    trips.apply(tripId, { kind: 'cancel', actor: SYSTEM, reason: 'over' });
  /** The driver is online and takes the trip. */
  const give = async (tripId: string, driverId: string) => {
    const availability = instance.get(AvailabilityService);
    await availability.connect(driverId);
    await availability.updateStatus(driverId, { isOnline: true, isAvailableForTrips: true });
    const { trip } = await trips.apply(tripId, { kind: 'startAssigning' });
    await trips.apply(tripId, {
      kind: 'offer',
      round: { radiusMeters: 1_000, found: 1, considered: [] },
      offers: [{ driverId, distanceMeters: 1, etaMs: 1 }],
      retryAt: 0,
    });
    const assignmentId = assignmentIdOf(tripId, trip.offers.length + 1);
    const driver: DriverCard = {
      id: driverId,
      name: null,
      photoUrl: null,
      phoneMasked: null,
      phone: null,
      ratingAvg: null,
      ratingCount: null,
    };
    await trips.apply(tripId, { kind: 'accept', assignmentId, driverId, driver });
  };

  it('[TRIP16] A search that cannot look at all trips says so and can be continued', async () => {
    const wanted = await request('the-first', PaymentMode.wallet);
    for (let i = 0; i < DISPATCHER_READS; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => request(`passenger-${i + j}`)));
    }
    const search = { paymentMode: PaymentMode.wallet };
    const newest = await queries.search(search, PAGE);
    expect(newest).toMatchObject({ trips: [], total: 0, isComplete: false });
    const rest = await queries.search({ ...search, requestedTo: newest.continueAt! }, PAGE);
    expect(rest).toMatchObject({ trips: [{ id: wanted.id }], total: 1, isComplete: true });

    const counted = await queries.search({}, { page: 11, limit: 100 });
    expect(counted).toMatchObject({
      trips: [{ id: wanted.id }],
      total: DISPATCHER_READS + 1,
      isComplete: true,
    });
    expect(await queries.search({}, { page: 12, limit: 100 })).toMatchObject({ trips: [] });
    const ofOne = await queries.search({ ...search, passengerId: 'the-first' }, PAGE);
    expect(ofOne).toMatchObject({ trips: [{ id: wanted.id }], isComplete: true });
  });

  it('[TRIP16] A trip that changed its driver is found with the last one, and archived from all lists', async () => {
    const { id } = await request('somebody');
    await give(id, 'former');
    await trips.apply(id, { kind: 'loseDriver', driverId: 'former' });
    await give(id, 'present');
    expect(await queries.activeOf(TripParty.driver, 'present')).toMatchObject({ id });
    expect(await queries.activeOf(TripParty.driver, 'former')).toBeNull();
    await cancel(id);
    const historyOf = async (driverId: string) =>
      (await queries.history({ kind: TripParty.driver, id: driverId }, PAGE)).trips.map(
        (trip) => trip.id,
      );
    expect(await historyOf('present')).toEqual([id]);
    expect(await historyOf('former')).toEqual([]);

    await trips.archive(id);
    const keys = instance.get(RedisKeys);
    const listed = await Promise.all(
      ['somebody', 'former', 'present'].map((person) =>
        instance
          .get(RedisCommands)
          .do((redis) => redis.exists(keys.key('dispatch', 'trips', 'of', person))),
      ),
    );
    expect(listed).toEqual([0, 0, 0]);
    expect(await trips.find(id)).toBeNull();
  });

  it('[TRIP26] the second page of a history goes on where the first one ended, whatever ends meanwhile', async () => {
    const person = { kind: TripParty.passenger, id: 'pager' };
    const past: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const { id } = await request('pager');
      await cancel(id);
      past.unshift(id);
    }
    const underWay = await request('pager');
    const first = await queries.history(person, { page: 1, limit: 2 });
    await cancel(underWay.id);
    await cancel((await request('pager')).id);
    const ids: string[] = first.trips.map(({ id }) => id);
    for (const page of [2, 3]) {
      const next = await queries.history(person, { page, limit: 2, asOf: first.asOf });
      expect(next).toMatchObject({ total: 5, asOf: first.asOf });
      ids.push(...next.trips.map(({ id }) => id));
    }
    expect(ids).toEqual(past);
    expect((await queries.history(person, { page: 1, limit: 2 })).total).toBe(7);
  });

  it('[TRIP26] so do the pages of dispatchers, with and without a filter', async () => {
    for (const search of [{}, { passengerId: 'paged' }]) {
      for (let i = 0; i < 3; i += 1) await cancel((await request('paged')).id);
      const before = await queries.search(search, PAGE);
      const first = await queries.search(search, { page: 1, limit: 2 });
      await cancel((await request('paged')).id);
      const next = await queries.search(search, { page: 2, limit: 2, asOf: first.asOf });
      expect(next.total).toBe(before.total);
      const shown = [...first.trips, ...next.trips].map(({ id }) => id);
      expect(shown).toEqual(before.trips.slice(0, 4).map(({ id }) => id));
    }
  });
});
