import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestError, TripParty } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import {
  sampleCard,
  sampleRequest,
  sampleRules,
  seededRandom,
  TripInstances,
  until,
} from '#libs/testing';
import { decide } from './machine/decide.js';
import { requestTrip } from './machine/requesting.js';
import { type TripCommand } from './machine/trip-command.js';
import { type TripDecision } from './store/trip-decision.js';
import { assignmentIdOf, type TripRecord } from './store/trip-record.js';
import { TripsStore } from './store/trips.store.js';
import { type TripOutcome } from './trips.service.js';

const RACES = 10_000;
/** Races that run at the same time, each with drivers of its own. */
const AT_A_TIME = 50;
const DRIVERS_A_RACE = 4;

/** What an acceptance may be refused with; anything else is a fault. */
const LOST = ['ASSIGNMENT_STATE_CHANGED', 'ASSIGNMENT_EXPIRED', 'TRIP_STATUS_CONFLICT'];

interface Race {
  tripId: string;
  drivers: string[];
  offers: number;
}

describe('acceptances that race', () => {
  let stage: TripInstances;
  let store: TripsStore;
  let pool: string[];
  let ran = 0;

  beforeAll(async () => {
    stage = await TripInstances.start();
    store = stage.get(TripsStore);
    pool = await stage.freeDrivers(AT_A_TIME * DRIVERS_A_RACE);
  });
  afterAll(() => stage.close());

  /** A trip that is offered to these drivers, written in one commit. */
  async function offerTrip(drivers: string[], ttlMs = 20_000): Promise<Race> {
    const tripId = `race-${(ran += 1)}`;
    const moment = { now: Date.now(), rules: { ...sampleRules, offerTtlMs: ttlMs } };
    const steps: TripDecision[] = [
      requestTrip(sampleRequest(tripId, `passenger-of-${tripId}`), moment),
    ];
    const offers = drivers.map((driverId) => ({ driverId, distanceMeters: 100, etaMs: 60_000 }));
    const round = { radiusMeters: 1_000, found: drivers.length, considered: [] };
    for (const command of [
      { kind: 'startAssigning' },
      { kind: 'offer', round, offers, retryAt: 0 },
    ] as const)
      steps.push(decide(steps.at(-1)!.trip, command, moment)!);
    const result = await store.commit({
      ...steps.at(-1)!,
      from: 0,
      entries: steps.flatMap(({ entries }) => entries),
      timers: steps.flatMap(({ timers }) => timers),
    });
    expect(result.kind).toBe('committed');
    return { tripId, drivers, offers: drivers.length };
  }

  function apply(instance: number, { tripId }: Race, command: TripCommand) {
    return stage
      .trips(instance)
      .apply(tripId, command)
      .catch((error: unknown) => {
        if (error instanceof RequestError) return error.code;
        throw error;
      });
  }

  function accept(race: Race, ordinal: number, driverId = race.drivers[ordinal - 1]!) {
    return apply(ordinal % 2, race, {
      kind: 'accept',
      assignmentId: assignmentIdOf(race.tripId, ordinal),
      driverId,
      driver: sampleCard(driverId),
    });
  }

  function tripsOf(races: readonly Race[]): Promise<TripRecord[]> {
    return Promise.all(races.map(({ tripId }) => stage.trips().get(tripId)));
  }

  /** The trip, its offers, its drivers and their records agree; frees the winner. */
  async function settle(races: readonly Race[]): Promise<TripRecord[]> {
    const trips = await tripsOf(races);
    const drivers = [...new Set(races.flatMap((race) => race.drivers))];
    const [states, offers] = await Promise.all([
      stage.get(AvailabilityService, 1).states(drivers),
      store.openOffersOf(drivers),
    ]);
    const driven = new Map(trips.map((trip) => [trip.driverId, trip]));
    drivers.forEach((driverId, i) => {
      const trip = driven.get(driverId);
      const tripId = trip && trip.endedAt === 0 ? trip.id : '';
      if (states[i]?.record.tripId !== tripId) expect(states[i]?.record).toMatchObject({ tripId });
      if (offers[i] !== null) expect(offers[i], driverId).toBeNull();
    });
    await Promise.all(
      races.map((race) =>
        apply(0, race, { kind: 'cancel', actor: { kind: TripParty.system }, reason: 'settled' }),
      ),
    );
    const keys = races.flatMap(({ tripId }) => [
      stage.key('trip', tripId),
      stage.key('trip', tripId, 'history'),
    ]);
    await stage.redis.unlink(stage.key('exports'), ...keys);
    return trips;
  }

  const winsOf = (outcomes: readonly (TripOutcome | string)[]) =>
    outcomes.filter((outcome) => typeof outcome !== 'string' && outcome.changed).length;

  it(`[TRIP1] ${RACES} trips, each accepted by up to four drivers over two instances, have one winner each`, async () => {
    const random = seededRandom(7);
    for (let first = 0; first < RACES; first += AT_A_TIME) {
      const races = await Promise.all(
        Array.from({ length: AT_A_TIME }, (_, i) => {
          const drivers = pool.slice(i * DRIVERS_A_RACE, (i + 1) * DRIVERS_A_RACE);
          return offerTrip(drivers.slice(0, 2 + Math.floor(random() * 3)));
        }),
      );
      const outcomes = await Promise.all(
        races.map((race) => Promise.all(race.drivers.map((_, driver) => accept(race, driver + 1)))),
      );
      const trips = await settle(races);
      trips.forEach((trip, i) => {
        const answers = outcomes[i]!;
        const losers = answers.filter((answer) => typeof answer === 'string');
        const isSound =
          winsOf(answers) === 1 &&
          losers.length === answers.length - 1 &&
          losers.every((code) => code === 'ASSIGNMENT_STATE_CHANGED') &&
          typeof answers[races[i]!.drivers.indexOf(trip.driverId ?? '')] !== 'string';
        if (!isSound) expect({ trip, answers }).toBe('one winner');
      });
    }
    expect(ran).toBe(RACES);
  }, 600_000);

  it('[TRIP1] an acceptance that races with a cancellation wins or loses, and the driver is free afterwards', async () => {
    const races = await Promise.all(pool.slice(0, 150).map((driver) => offerTrip([driver])));
    const outcomes = await Promise.all(
      races.map(async (race, i) => {
        const cancel = () =>
          apply(i % 2, race, {
            kind: 'cancel',
            actor: { kind: TripParty.passenger, id: `passenger-of-${race.tripId}` },
            reason: 'changed my mind',
          });
        return i % 4 < 2
          ? Promise.all([accept(race, 1), cancel()])
          : Promise.all([cancel(), accept(race, 1)]).then(([by, from]) => [from, by] as const);
      }),
    );
    const trips = await settle(races);
    trips.forEach((trip, i) => {
      const [accepted, cancelled] = outcomes[i]!;
      expect(trip.status).toBe('cancelled');
      expect(winsOf([cancelled!])).toBe(1);
      if (typeof accepted === 'string') expect(LOST).toContain(accepted);
      expect(trip.driverId !== null).toBe(typeof accepted !== 'string');
    });
  });

  it('[TRIP1] an acceptance that races with the end of its offer wins or comes too late, never both', async () => {
    const races = await Promise.all(pool.slice(0, 150).map((driver) => offerTrip([driver], 100)));
    const outcomes = await Promise.all(
      races.map(async (race, i) => {
        const { expiresAt } = (await store.find(race.tripId))!.offers[0]!;
        // Around the deadline: some before it, some at it, some after it.
        const at = expiresAt - 12 + (i % 12);
        const expire = { kind: 'expire', assignmentId: assignmentIdOf(race.tripId, 1) } as const;
        await until('its moment has come', () => Date.now() >= at);
        return Promise.all([accept(race, 1), apply(i % 2, race, expire)]);
      }),
    );
    const trips = await tripsOf(races);
    trips.forEach((trip, i) => {
      const [accepted, expired] = outcomes[i]!;
      expect(winsOf([accepted!]) + winsOf([expired!])).toBeLessThanOrEqual(1);
      if (winsOf([accepted!])) expect(trip).toMatchObject({ status: 'accepted' });
      else expect(LOST).toContain(accepted);
      if (winsOf([expired!])) expect(trip.offers[0]).toMatchObject({ status: 'expired' });
    });
    await Promise.all(
      races.map(async (race, i) => {
        if (trips[i]!.status === 'assigning')
          await apply(0, race, { kind: 'expire', assignmentId: assignmentIdOf(race.tripId, 1) });
      }),
    );
    await settle(races);
  });

  it('[TRIP1] the clock of Redis decides about a deadline, not that of an instance', async () => {
    const race = await offerTrip([pool[0]!]);
    const [driverId] = race.drivers as [string];
    const trip = (await store.find(race.tripId))!;
    const command = {
      kind: 'accept',
      assignmentId: assignmentIdOf(race.tripId, 1),
      driverId,
      driver: sampleCard(driverId),
    } as const;
    const decision = decide(trip, command, { now: Date.now(), rules: sampleRules })!;
    expect(decision.notAfter).toBe(trip.offers[0]!.expiresAt);
    const before = await stage.everything();
    expect(await store.commit({ ...decision, notAfter: trip.requestedAt - 1 })).toEqual({
      kind: 'too_late',
    });
    expect(await stage.everything()).toEqual(before);
    expect(await store.commit(decision)).toMatchObject({ kind: 'committed' });
    await settle([race]);
  });

  it('[TRIP1] a driver who accepts two trips at the same time gets one of them', async () => {
    const drivers = pool.slice(0, 100);
    const first = await Promise.all(drivers.map((driver) => offerTrip([driver])));
    // As if the first offer had been forgotten: only its record keeps the driver from both.
    const second = await Promise.all(
      drivers.map(async (driver) => {
        await stage.redis.hdel(stage.key('offers'), driver);
        return offerTrip([driver]);
      }),
    );
    const outcomes = await Promise.all(
      drivers.map((_, i) => Promise.all([accept(first[i]!, 1), accept(second[i]!, 1)])),
    );
    const states = await stage.get(AvailabilityService).states(drivers);
    outcomes.forEach((both, i) => {
      expect(winsOf(both)).toBe(1);
      expect(both.filter((outcome) => typeof outcome === 'string')).toEqual(['CONFLICT']);
      const won = typeof both[0] === 'string' ? second[i]! : first[i]!;
      expect(states[i]?.record).toMatchObject({ tripId: won.tripId, dispatched: true });
    });
    await Promise.all(
      [...first, ...second].map((race) =>
        apply(0, race, { kind: 'cancel', actor: { kind: TripParty.system }, reason: 'settled' }),
      ),
    );
    const free = await stage.get(AvailabilityService).states(drivers);
    for (const state of free) expect(state?.record).toMatchObject({ tripId: '', available: true });
  });
});
