import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  UserType,
  type AvailabilitySnapshot,
  type TripSnapshot,
  type TripView,
} from '#libs/contracts';
import { startRedisProxy, until, type ToldClient } from '#libs/testing';
import { AcknowledgingDevices, TripsService } from '#libs/trips';
import { TestCluster } from './cluster.js';
import { Device } from './device.js';
import {
  driverNear,
  RIDE_OF_DRIVER,
  rideOfDispatcher,
  TRIP_REQUEST,
  WHOLE_RIDE,
} from './ride-people.js';

const ENV = { DISPATCH_RETRY_INTERVAL: '200ms', DISPATCH_DELIVERY_TIMEOUT: '6s' };

/** Numbered events of trips, in the order they came. */
function tripEvents(client: ToldClient): { event: string; version: number }[] {
  return client.received
    .filter(({ event }) => /^(admin:)?trip:/.test(event))
    .map(({ event, payload }) => ({ event, version: (payload as { version: number }).version }));
}

describe('a trip over two instances', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start({ env: ENV });
  });
  afterAll(() => cluster.close());

  const connect = async (userType: UserType, instance: number) =>
    cluster.connect(await cluster.addUser(userType), instance);
  /** A driver who is alone near the pickup: those of other tests have gone offline. */
  const freeDriver = async (instance: number) => {
    const user = await cluster.addUser(UserType.driver);
    const client = await cluster.connect(user, instance);
    return { user, client, ...(await driverNear(client, 100)) };
  };
  const devices = () => cluster.instances[0]!.app.get(AcknowledgingDevices, { strict: false });
  const retire = (client: ToldClient) => client.ask('driver:status:update', { isOnline: false });

  it('[TRIP20] goes from its request to its end, each event once and in order to each of them', async () => {
    const [rider, desk] = await Promise.all([
      connect(UserType.passenger, 0),
      connect(UserType.admin, 0),
    ]);
    const { user, client: cab, offer } = await freeDriver(1);
    const trip = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    expect(trip).toMatchObject({ status: 'assigning', currency: 'EUR' });
    const { assignmentId, tripId } = await offer();
    expect(tripId).toBe(trip.tripId);
    await cab.ask('driver:offer:accept', { assignmentId });
    await rider.waitFor('trip:driver_en_route');
    await cab.ask('trip:arrive', { tripId });
    await cab.ask('trip:start', { tripId });
    const done = await cab.ask<TripView>('trip:complete', { tripId });
    expect(done).toMatchObject({ status: 'completed', driverId: user.userId });
    expect(done.fareTotal).toBeGreaterThan(0);
    await Promise.all([rider, cab, desk].map((client) => client.waitFor('trip:completed')));
    expect(tripEvents(rider).map(({ event }) => event)).toEqual(WHOLE_RIDE);
    expect(tripEvents(cab).map(({ event }) => event)).toEqual(RIDE_OF_DRIVER);
    expect(tripEvents(desk).map(({ event }) => event)).toEqual(
      rideOfDispatcher(['trip:assignment:offered']),
    );
    for (const client of [rider, cab, desk]) {
      const versions = tripEvents(client).map(({ version }) => version);
      expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    }
    await retire(cab);
  });

  it('[TRIP22] taking a trip and ending it change what the devices of the driver show', async () => {
    const rider = await connect(UserType.passenger, 1);
    const { client: cab, offer } = await freeDriver(0);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    await cab.ask('driver:offer:accept', { assignmentId: (await offer()).assignmentId });
    await cab.waitFor<AvailabilitySnapshot>(
      'driver:availability:update',
      (snapshot) => snapshot.currentTripId === tripId && snapshot.availabilityReason === 'ON_TRIP',
    );
    await expect(cab.ask('driver:trip:set', { currentTripId: null })).rejects.toThrow(
      'DRIVER_ON_TRIP',
    );
    await rider.ask('trip:cancel', { tripId, reason: 'changed my mind' });
    await cab.waitFor('trip:cancelled');
    await until(
      'the driver is free again',
      () =>
        cab.payloads<AvailabilitySnapshot>('driver:availability:update').at(-1)?.currentTripId ===
        null,
    );
    await retire(cab);
  });

  it('[REPLAY1] a passenger who hops between instances during a whole ride misses and repeats nothing', async () => {
    const phone = new Device(await cluster.addUser(UserType.passenger));
    await phone.connect(cluster.url(0));
    const { client: cab, offer } = await freeDriver(1);
    let hops = 0;
    const { tripId } = await phone.request();
    const hop = async () => {
      while (!phone.seen.some(({ event }) => event === 'trip:completed')) {
        phone.client!.close();
        hops += 1;
        await phone.connect(cluster.url(hops % 2));
        // Answered once it has been told what it missed; now and then it is gone before that.
        if (hops % 3 > 0) await phone.client!.ask('nearby:unsubscribe');
      }
    };
    const hopping = hop();
    const { assignmentId } = await offer();
    await cab.ask('driver:offer:accept', { assignmentId });
    await phone.sees('trip:driver_en_route');
    for (const step of ['trip:arrive', 'trip:start'] as const) {
      const before = hops;
      await cab.ask(step, { tripId });
      await until('the passenger has hopped', () => hops > before);
    }
    // A hop that is under way may bring it: there need not be another one.
    await cab.ask('trip:complete', { tripId });
    await hopping;
    phone.client!.close();
    expect(hops).toBeGreaterThanOrEqual(2);
    expect(phone.seen.map(({ event }) => event)).toEqual(WHOLE_RIDE);
    await retire(cab);
  });

  it('[REPLAY1] a client that names no event gets the state, one that asks for what is gone is told so', async () => {
    const user = await cluster.addUser(UserType.passenger);
    const first = await cluster.connect(user, 0);
    const { tripId } = await first.ask<TripView>('trip:request', TRIP_REQUEST);
    const second = await cluster.connect(user, 1);
    const shown = await second.waitFor<TripSnapshot>('trip:snapshot');
    expect(shown).toMatchObject({ tripId, reason: 'connected' });
    expect(shown.trip).toMatchObject({ passengerId: user.userId });
    const ahead = await cluster.connect(user, 1, { trips: { [tripId]: 1_000 } });
    await ahead.waitFor('trip:snapshot', ({ reason }: TripSnapshot) => reason === 'events_gone');
    await expect(second.ask('trip:resume', { tripId: 'unknown', version: 3 })).rejects.toThrow(
      'NOT_FOUND',
    );
    await first.ask('trip:cancel', { tripId });
    await second.waitFor('trip:cancelled');
  });

  it('[LEAK1] nobody but its passenger, its drivers and dispatchers learns of a trip', async () => {
    const [rider, stranger] = await Promise.all([
      connect(UserType.passenger, 0),
      connect(UserType.passenger, 0),
    ]);
    const { client: cab, offer } = await freeDriver(0);
    const other = await connect(UserType.driver, 0);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const { assignmentId } = await offer();
    for (const [client, event, payload] of [
      [stranger, 'trip:cancel', { tripId }],
      [stranger, 'trip:resume', { tripId, version: 0 }],
      [other, 'driver:offer:accept', { assignmentId }],
      [other, 'driver:offer:reject', { assignmentId }],
      [other, 'trip:arrive', { tripId }],
      [other, 'trip:resume', { tripId, version: 0 }],
    ] as const) {
      await expect(client.ask(event, payload), event).rejects.toThrow('NOT_FOUND');
    }
    await rider.ask('trip:cancel', { tripId });
    await cab.waitFor('trip:offer:cancelled');
    for (const client of [stranger, other]) {
      const told = client.received.filter(({ payload }) =>
        JSON.stringify(payload).includes(tripId),
      );
      expect(told.filter(({ event, payload }) => !isTripGone(event, payload))).toEqual([]);
    }
    await retire(cab);
  });

  it('[TRIP23] an offer that no device confirms is skipped, the next driver is asked', async () => {
    const rider = await connect(UserType.passenger, 0);
    const silent = await freeDriver(1);
    await devices().remember(silent.user.sid);
    silent.stopConfirming();
    const next = await connect(UserType.driver, 1);
    const { offer } = await driverNear(next, 900);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    await silent.client.waitFor('trip:offer:expired', ({ reason }: { reason: string }) =>
      reason.includes('unreachable'),
    );
    expect((await offer()).tripId).toBe(tripId);
    await rider.ask('trip:cancel', { tripId });
    await Promise.all([retire(silent.client), retire(next)]);
  });

  it('[TRIP23] a driver who comes back and names the offer has got it, though the confirmation was lost', async () => {
    const rider = await connect(UserType.passenger, 0);
    const { user, client: cab, offer, stopConfirming } = await freeDriver(0);
    await devices().remember(user.sid);
    stopConfirming();
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const { assignmentId, version } = await offer();
    cab.close();
    const back = await cluster.connect(user, 1, { trips: { [tripId]: version } });
    const trips = cluster.instances[0]!.app.get(TripsService, { strict: false });
    await until('the offer counts as delivered', async () => {
      const { offers } = await trips.get(tripId);
      return offers.some((made) => made.assignmentId === assignmentId && made.deliveredAt > 0);
    });
    expect(back.payloads('trip:assignment:offered')).toEqual([]);
    await rider.ask('trip:cancel', { tripId });
    await back.waitFor('trip:offer:cancelled');
    await retire(back);
  });

  it('[TRIP24] a dispatcher who joins a trip gets what it missed, everything after it once', async () => {
    const rider = await connect(UserType.passenger, 0);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const desk = await connect(UserType.admin, 1);
    const view = await desk.ask<TripView>('admin:trip:join', { tripId, version: 0 });
    expect(view).toMatchObject({ tripId });
    await rider.ask('trip:cancel', { tripId });
    await desk.waitFor('trip:cancelled');
    const events = tripEvents(desk).map(({ event }) => event);
    expect(events.slice(0, 2)).toEqual(['trip:requested', 'trip:assigning_started']);
    expect(events.filter((event) => event === 'trip:cancelled')).toHaveLength(1);
    expect(await desk.ask('admin:trip:leave', { tripId })).toEqual({ tripId });
    await expect(desk.ask('admin:trip:join', { tripId, version: 1e21 })).rejects.toThrow(
      'VALIDATION_FAILED',
    );
    await expect(desk.ask('admin:trip:join', { tripId: 'unknown' })).rejects.toThrow('NOT_FOUND');
  });

  it('[REPLAY1] a dispatcher who comes back on another instance and names a trip gets the rest of it in order', async () => {
    const [rider, user] = await Promise.all([
      connect(UserType.passenger, 0),
      cluster.addUser(UserType.admin),
    ]);
    const before = await cluster.connect(user, 0);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const { version } = await before.waitFor<{ tripId: string; version: number }>(
      'trip:assigning_started',
      (fact) => fact.tripId === tripId,
    );
    before.close();
    await rider.ask('trip:cancel', { tripId });
    const named = { trips: { [tripId]: version - 1, 'no-such-trip': 3 } };
    const after = await cluster.connect(user, 1, named);
    const gone = await after.waitFor<TripSnapshot>('trip:snapshot');
    expect(gone).toMatchObject({ tripId: 'no-such-trip', reason: 'trip_gone', trip: null });
    await after.ask('admin:trip:join', { tripId, version: 0 });
    expect(eventsOf(after, tripId)).toEqual([
      'trip:assigning_started',
      'trip:cancelled',
      'trip:requested',
    ]);
    await after.ask('admin:trip:join', { tripId, version: 1_000 });
    expect(after.payloads<TripSnapshot>('trip:snapshot').at(-1)).toMatchObject({
      tripId,
      reason: 'events_gone',
      trip: { status: 'cancelled' },
    });
  });

  it('[REPLAY1] what began, went on and ended while an instance had lost Redis is told to its clients, once', async () => {
    const proxy = await startRedisProxy(cluster.environment.REDIS_URL);
    await cluster.addInstance({ REDIS_URL: proxy.url });
    const user = await cluster.addUser(UserType.passenger);
    const [rider, elsewhere] = [await cluster.connect(user, 0), await cluster.connect(user, 2)];
    // Answered once the device is told of trips as they happen, and not by a snapshot.
    await elsewhere.ask('nearby:unsubscribe');
    const goesOn = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    for (const device of [rider, elsewhere]) await device.waitFor('trip:assigning_started');
    const desk = await connect(UserType.admin, 2);
    // Answered once the desk is told everything.
    await desk.ask('admin:trip:join', { tripId: goesOn.tripId });
    proxy.cut();
    await rider.ask('trip:cancel', { tripId: goesOn.tripId });
    const hidden = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    await rider.waitFor(
      'trip:assigning_started',
      (fact: { tripId: string }) => fact.tripId === hidden.tripId,
    );
    await rider.ask('trip:cancel', { tripId: hidden.tripId });
    proxy.mend();
    for (const { tripId } of [goesOn, hidden]) {
      for (const client of [desk, elsewhere]) {
        await client.waitFor(
          'trip:cancelled',
          (fact: { tripId: string }) => fact.tripId === tripId,
        );
      }
    }
    const last = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    await desk.waitFor('trip:requested', ({ tripId }: TripView) => tripId === last.tripId);
    await rider.ask('trip:cancel', { tripId: last.tripId });
    expect(eventsOf(desk, goesOn.tripId)).toEqual(['trip:cancelled']);
    const whole = ['trip:requested', 'trip:assigning_started', 'trip:cancelled'];
    expect(eventsOf(elsewhere, goesOn.tripId)).toEqual(whole);
    for (const client of [desk, elsewhere]) {
      expect(eventsOf(client, hidden.tripId)).toEqual(whole);
      expect(client.payloads('hello')).toHaveLength(1);
    }
    await proxy.close();
  });
});

function eventsOf(client: ToldClient, tripId: string): string[] {
  return client.received
    .filter(({ event, payload }) => {
      const fact = payload as { tripId?: string; version?: number };
      return event !== 'trip:snapshot' && fact.tripId === tripId && fact.version !== undefined;
    })
    .map(({ event }) => event);
}

/** The answer to a stranger's own question names the id that the stranger sent. */
function isTripGone(event: string, payload: unknown): boolean {
  return event === 'trip:snapshot' && (payload as TripSnapshot).trip === null;
}
