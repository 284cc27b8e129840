import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TripParty } from '#libs/contracts';
import { AvailabilityFeed, AvailabilityService, type AvailabilityChanges } from '#libs/drivers';
import { sampleCard, sampleRequest, sampleRules, TripInstances, until } from '#libs/testing';
import { decide } from '../machine/decide.js';
import { requestTrip } from '../machine/requesting.js';
import { type TripCommand } from '../machine/trip-command.js';
import { tripAnnouncementIn } from './stored-trip.js';
import { type TripDecision } from './trip-decision.js';
import { TripKeys } from './trip-keys.js';
import { TripListsStore } from './trip-lists.store.js';
import { assignmentIdOf, type TripRecord } from './trip-record.js';
import { TripFeed } from './trip.feed.js';
import { type TripAnnouncement } from './trip-history.js';
import { TripsStore } from './trips.store.js';

const ROUND = { radiusMeters: 1_000, found: 1, considered: [] };

describe('the commit of a step', () => {
  let stage: TripInstances;
  let store: TripsStore;
  let requested = 0;

  beforeAll(async () => {
    stage = await TripInstances.start();
    store = stage.get(TripsStore);
  });
  afterAll(() => stage.close());

  const moment = () => ({ now: Date.now(), rules: sampleRules });

  async function newTrip(): Promise<TripRecord> {
    const tripId = `trip-${(requested += 1)}`;
    const decision = requestTrip(sampleRequest(tripId, `passenger-of-${tripId}`), moment());
    await store.commit(decision);
    return decision.trip;
  }

  async function play(tripId: string, ...commands: TripCommand[]): Promise<TripRecord> {
    let { trip } = await stage.trips().apply(tripId, () => null);
    for (const command of commands) ({ trip } = await stage.trips(1).apply(tripId, command));
    return trip;
  }

  function offerTo(...driverIds: string[]): TripCommand {
    const offers = driverIds.map((driverId) => ({ driverId, distanceMeters: 10, etaMs: 60_000 }));
    return { kind: 'offer', round: ROUND, offers, retryAt: 0 };
  }

  function acceptBy(trip: TripRecord, driverId: string, ordinal = 1): TripCommand {
    const assignmentId = assignmentIdOf(trip.id, ordinal);
    return { kind: 'accept', assignmentId, driverId, driver: sampleCard(driverId) };
  }

  async function expectRefused(decision: TripDecision, expected: object): Promise<void> {
    const before = await stage.everything();
    expect(await store.commit(decision)).toEqual(expected);
    expect(await stage.everything(), 'a refused step wrote something').toEqual(before);
  }

  it('[TRIP9] a step that was decided on an old state writes nothing and is told the present one', async () => {
    const trip = await newTrip();
    const decision = decide(trip, { kind: 'startAssigning' }, moment())!;
    const present = await play(trip.id, { kind: 'noteStuck' });
    await expectRefused(decision, { kind: 'outdated', trip: present });
    const again = requestTrip(sampleRequest(trip.id, 'somebody else'), moment());
    await expectRefused(again, { kind: 'outdated', trip: present });
    const gone = { ...decision, trip: { ...decision.trip, id: 'no-such-trip' } };
    await expectRefused(gone, { kind: 'outdated', trip: null });
  });

  it('[TRIP9] an offer to several drivers of whom one is not free writes nothing and names that one', async () => {
    const [free, busy, offline, unavailable, asked] = (await stage.freeDrivers(5)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const availability = stage.get(AvailabilityService);
    await availability.setTrip(busy, 'trip of another system');
    await availability.updateStatus(offline, { isOnline: false });
    await availability.updateStatus(unavailable, { isAvailableForTrips: false });
    const other = await newTrip();
    await play(other.id, { kind: 'startAssigning' }, offerTo(asked));
    const trip = await play((await newTrip()).id, { kind: 'startAssigning' });
    for (const driverId of [busy, offline, unavailable, asked, 'driver-unknown']) {
      const decision = decide(trip, offerTo(free, driverId), moment())!;
      await expectRefused(decision, { kind: 'driver_taken', driverId });
    }
    const outcome = await play(trip.id, offerTo(free));
    expect(outcome.offers).toMatchObject([{ driverId: free, status: 'offered' }]);
  });

  it('[TRIP9] a driver that went on a trip of another system meanwhile does not win, and nothing is written', async () => {
    const [driver] = (await stage.freeDrivers(1)) as [string];
    const trip = await play((await newTrip()).id, { kind: 'startAssigning' }, offerTo(driver));
    await stage.get(AvailabilityService).setTrip(driver, 'trip of another system');
    const decision = decide(trip, acceptBy(trip, driver), moment())!;
    await expectRefused(decision, { kind: 'driver_taken', driverId: driver });
    await expect(stage.trips().apply(trip.id, acceptBy(trip, driver))).rejects.toMatchObject({
      code: 'CONFLICT',
      driverId: driver,
    });
  });

  it('[TRIP1] the trip and the availability of its driver change in one step, told on both feeds', async () => {
    const [driver] = (await stage.freeDrivers(1)) as [string];
    const heard: AvailabilityChanges[] = [];
    await stage.get(AvailabilityFeed, 1).follow((changes) => heard.push(changes));
    const trip = await play((await newTrip()).id, { kind: 'startAssigning' }, offerTo(driver));
    const accepted = await play(trip.id, acceptBy(trip, driver));
    expect(accepted).toMatchObject({ status: 'accepted', driverId: driver });
    expect((await stage.stateOf(driver))?.record).toMatchObject({
      tripId: trip.id,
      dispatched: true,
      online: true,
    });
    await expect(
      stage.get(AvailabilityService).updateStatus(driver, { isOnline: false }),
    ).rejects.toMatchObject({ code: 'DRIVER_ON_TRIP' });
    await expect(stage.get(AvailabilityService).setTrip(driver, null)).rejects.toMatchObject({
      code: 'DRIVER_ON_TRIP',
    });
    await play(trip.id, {
      kind: 'cancel',
      actor: { kind: TripParty.system },
      reason: 'over',
    });
    expect((await stage.stateOf(driver))?.record).toMatchObject({
      tripId: '',
      dispatched: false,
      available: true,
    });
    const facts = () =>
      heard.flatMap((changes) => changes.facts).filter(({ record }) => record.id === driver);
    await until('the release is announced', () => facts().length === 2);
    expect(facts().map(({ record }) => record.tripId)).toEqual([trip.id, '']);
    heard.forEach(({ revision }, i) => expect(revision).toBe(heard[0]!.revision + i));
  });

  it('[TRIP7] each step is announced once and in order to its passenger, its drivers and dispatchers', async () => {
    const [winner, loser] = (await stage.freeDrivers(2)) as [string, string];
    const all: TripAnnouncement[] = [];
    await stage.get(TripFeed, 1).followAll((said) => all.push(said));
    const trip = await newTrip();
    const passenger = await stage.listenFor(trip.passengerId);
    const [byWinner, byLoser, byStranger] = await Promise.all(
      [winner, loser, 'driver-elsewhere'].map((person) => stage.listenFor(person, 1)),
    );
    await play(
      trip.id,
      { kind: 'startAssigning' },
      offerTo(winner, loser),
      acceptBy(trip, winner),
      { kind: 'arrive', driverId: winner },
    );
    const versionsOf = (heard: readonly TripAnnouncement[]) =>
      heard
        .filter(({ tripId }) => tripId === trip.id)
        .flatMap(({ entries }) => entries.map(({ version }) => version));
    const { version } = (await store.find(trip.id))!;
    const everyVersion = Array.from({ length: version }, (_, i) => i + 1);
    await until('all of it is heard', () => versionsOf(all).length >= version);
    await until('by the passenger too', () => versionsOf(passenger).length >= version - 1);
    expect(versionsOf(all)).toEqual(everyVersion);
    expect(versionsOf(passenger)).toEqual(everyVersion.slice(1));
    // Requested, assigning_started; then three of the offer, four of the acceptance, two of the arrival.
    await until('by the winner too', () => versionsOf(byWinner!).length >= 8);
    expect(versionsOf(byWinner!)).toEqual(everyVersion.slice(2));
    await until('and by the loser', () => versionsOf(byLoser!).length >= 6);
    expect(versionsOf(byLoser!)).toEqual(everyVersion.slice(2, 8));
    expect(byStranger).toEqual([]);
  });

  it('[TRIP7] the ids of the history are the versions, and each entry is exported once, in order', async () => {
    const [driver] = (await stage.freeDrivers(1)) as [string];
    const trip = await newTrip();
    const { version } = await play(
      trip.id,
      { kind: 'startAssigning' },
      offerTo(driver),
      acceptBy(trip, driver),
    );
    const history = await stage.redis.xrange(stage.key('trip', trip.id, 'history'), '-', '+');
    expect(history.map(([id]) => id)).toEqual(
      Array.from({ length: version }, (_, i) => `${i + 1}-0`),
    );
    const exported = (await stage.redis.xrange(stage.key('exports'), '-', '+'))
      .map(([, fields]) => Object.fromEntries(chunked(fields)) as Record<string, string>)
      .filter(({ subject }) => subject === trip.id);
    expect(exported.map((entry) => entry['version'])).toEqual(history.map((_, i) => String(i + 1)));
    expect(exported.map((entry) => entry['type'])).toEqual([
      'trip.requested',
      'trip.assigning_started',
      'trip.dispatch_round',
      'trip.driver_offered',
      'trip.driver_accepted',
      'trip.driver_assigned',
    ]);
    expect(JSON.parse(exported.at(-1)!['data']!)).toMatchObject({
      actor: { kind: 'system' },
      details: { driverId: driver, status: 'accepted' },
      trip: { tripId: trip.id, driverId: driver, status: 'accepted', fareEstimatedTotal: 990 },
    });
  });

  it('[TRIP7] whoever names the last entry it saw gets all that followed, or is told that some are gone', async () => {
    const trip = await newTrip();
    await play(trip.id, { kind: 'noteStuck' }, { kind: 'noteStuck' }, { kind: 'noteStuck' });
    const versions = async (after: number) =>
      (await store.historyAfter(trip.id, after))?.map(({ version }) => version) ?? null;
    expect(await versions(0)).toEqual([1, 2, 3, 4]);
    expect(await versions(2)).toEqual([3, 4]);
    expect(await versions(4)).toEqual([]);
    await stage.redis.xtrim(stage.key('trip', trip.id, 'history'), 'MAXLEN', 2);
    expect(await versions(0)).toBeNull();
    expect(await versions(1)).toBeNull();
    expect(await versions(2)).toEqual([3, 4]);
    expect(await versions(4)).toEqual([]);
  });

  it('[TRIP7] a history is bounded: its oldest entries go first', async () => {
    const trip = await newTrip();
    const step = decide(trip, { kind: 'noteStuck' }, moment())!;
    const entries = Array.from({ length: 1_010 }, (_, i) => ({
      ...step.entries[0]!,
      version: trip.version + i + 1,
    }));
    await store.commit({ ...step, entries });
    expect(await stage.redis.xlen(stage.key('trip', trip.id, 'history'))).toBe(1_000);
    expect(await store.historyAfter(trip.id, 5)).toBeNull();
    expect(await store.historyAfter(trip.id, 1_005)).toHaveLength(6);
  });

  it('[TRIP9] a record that an earlier release wrote is read, and the trip goes on', async () => {
    const [driver] = (await stage.freeDrivers(1)) as [string];
    const trip = await newTrip();
    const arrived = await play(
      trip.id,
      { kind: 'startAssigning' },
      offerTo(driver),
      acceptBy(trip, driver),
      { kind: 'arrive', driverId: driver },
    );
    const newer = ['settled', 'firstOffer', 'retryAt', 'deliverBy', 'waiting', 'driverLostAt'];
    const old = JSON.stringify(arrived, (key, value: unknown) =>
      newer.includes(key) ? undefined : value,
    );
    await stage.redis.hset(stage.key('trip', trip.id), 'record', old);

    const read = { ...arrived, offers: [{ ...arrived.offers[0]!, deliverBy: 0 }] };
    expect(await store.find(trip.id)).toEqual(read);
    expect(await stage.get(TripListsStore).records([trip.id])).toEqual([read]);
    const outdated = requestTrip(sampleRequest(trip.id, 'somebody else'), moment());
    expect(await store.commit(outdated)).toEqual({ kind: 'outdated', trip: read });
    const start = { kind: 'start', driverId: driver, waitingMs: 0, surcharge: 0 } as const;
    expect(await play(trip.id, start)).toMatchObject({
      status: 'in_progress',
      odometer: { meters: 0, settled: null },
    });
  });

  it('[REPLAY1] what an earlier release wrote of a trip is replayed and heard like any other', async () => {
    const trip = await newTrip();
    const historyKey = stage.key('trip', trip.id, 'history');
    const [entry] = (await store.historyAfter(trip.id, 0))!;
    const { notices, ...rest } = entry!;
    const old = { ...rest, version: 2, tellings: notices };
    await stage.redis.xadd(historyKey, '2-0', 'entry', JSON.stringify(old));
    const read = { ...rest, version: 2, notices };
    expect(notices).not.toEqual([]);
    expect(await store.historyAfter(trip.id, 1)).toEqual([read]);

    const heard: TripAnnouncement[] = [];
    await stage.get(TripFeed, 1).followAll((said) => heard.push(said));
    const { passengerId, status } = trip;
    const head = { tripId: trip.id, passengerId, driverId: null, status, leg: null };
    const announcement = { ...head, entries: [old] };
    expect(tripAnnouncementIn(announcement)).toEqual({ ...head, entries: [read] });
    expect(tripAnnouncementIn({ kind: 'something else' })).toBeNull();
    await stage.redis.spublish(stage.get(TripKeys).dispatchers, JSON.stringify(announcement));
    await until('it is heard', () => heard.length > 0);
    expect(heard).toEqual([{ ...head, entries: [read] }]);
  });

  it('[TRIP2] what is due at once waits for its writer before others may take it', async () => {
    const before = Date.now();
    const trip = await newTrip();
    const dueAt = Number(await stage.redis.zscore(stage.key('timers'), `match:${trip.id}`));
    expect(dueAt).toBeGreaterThanOrEqual(before + 1_000);
    expect(dueAt).toBeLessThanOrEqual(Date.now() + 1_000);
  });
});

function chunked(fields: readonly string[]): [string, string][] {
  return fields.flatMap((field, i) => (i % 2 === 0 ? [[field, fields[i + 1]!]] : []));
}
