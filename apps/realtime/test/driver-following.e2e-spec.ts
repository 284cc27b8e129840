import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Namespace,
  UserType,
  type DriverEnRoute,
  type DriverEnRouteUpdate,
  type FixInput,
  type LocationPingResult,
  type TripDriverLocation,
  type TripView,
} from '#libs/contracts';
import { startTcpProxy, until, type AppClient, type ToldClient } from '#libs/testing';
import { RedisKeys, ShardSubscriber } from '#libs/redis';
import { DispatcherActions } from '#libs/trips';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { unreadBytes } from '../src/socket/engine/insides.js';
import { TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { confirmOffers } from './ride-people.js';
import { TrialModule } from './trial.gateway.js';

const TICK_MS = 100;
const DEGREE = 0.001;

interface Place {
  lat: number;
  lng: number;
}

interface Ride {
  tripId: string;
  pickup: Place;
  passenger: TestUser;
  rider: AppClient;
  driver: TestUser;
  cab: AppClient;
}

/** Trips of different tests are out of each other's reach. */
let places = 0;
const nextPickup = (): Place => ({ lat: 40 + (places += 1) * 0.5, lng: 12.5 });
const north = ({ lat, lng }: Place, steps: number): Place => ({ lat: lat + steps * DEGREE, lng });
const framesOf = (client: ToldClient) =>
  client.payloads<TripDriverLocation>('trip:driver_location');
const latsOf = (client: ToldClient) => framesOf(client).map(({ lat }) => lat);

describe('the passenger follows the driver', () => {
  let cluster: TestCluster;
  /** Rides that others are compared with: when their frames have come, ticks have passed. */
  const witnesses: Ride[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        TRIP_FOLLOW_TICK: `${TICK_MS}ms`,
        DISPATCH_RETRY_INTERVAL: '100ms',
        LOCATION_JUMP_SLACK_METERS: '20000',
        QUALITY_DELAYED_AFTER: '4s',
        QUALITY_STALE_AFTER: '8s',
        QUALITY_LOST_AFTER: '12s',
        WS_RATE_PER_SECOND: '2000',
        WS_RATE_BURST: '2000',
        WS_QUEUE_LENGTH: '1000',
        WS_MAX_BUFFERED_BYTES: '16777216',
      },
      extraModules: [TrialModule],
    });
    for (const instance of [0, 1]) witnesses.push(await accepted(await requested(instance)));
  });
  afterAll(() => cluster.close());

  /** The passenger on one instance, the driver on the other; the offer is out. */
  async function requested(
    riderAt: number,
    auth: Record<string, unknown> = {},
  ): Promise<Ride & { assignmentId: string }> {
    const pickup = nextPickup();
    const [passenger, driver] = await Promise.all([
      cluster.addUser(UserType.passenger),
      cluster.addUser(UserType.driver),
    ]);
    const rider = await cluster.connect(passenger, riderAt, auth);
    const cab = await openCab(driver, riderAt === 0 ? 1 : 0, north(pickup, 20));
    const trip = await rider.ask<TripView>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: pickup,
      stops: [{ point: north(pickup, 50) }],
    });
    const { assignmentId } = await cab.waitFor<{ assignmentId: string }>('trip:assignment:offered');
    return { tripId: trip.tripId, pickup, passenger, rider, driver, cab, assignmentId };
  }

  async function openCab(driver: TestUser, instance: number, place: Place): Promise<AppClient> {
    const cab = await cluster.connect(driver, instance);
    confirmOffers(cab);
    await cab.ask('driver:status:update', { isAvailableForTrips: true });
    await cab.ask('driver:location:ping', place);
    return cab;
  }

  async function accepted(ride: Ride & { assignmentId: string }): Promise<Ride> {
    await ride.cab.ask('driver:offer:accept', { assignmentId: ride.assignmentId });
    await ride.rider.waitFor('trip:driver_en_route');
    return ride;
  }

  const ride = async (riderAt: number) => accepted(await requested(riderAt));

  async function drive({ cab }: Pick<Ride, 'cab'>, to: Place, more: Partial<FixInput> = {}) {
    const fix = { ...to, ...more };
    const { results } = await cab.ask<LocationPingResult>('driver:location:ping', fix);
    expect(results).toEqual([{ verdict: 'stored' }]);
  }

  const sees = (client: ToldClient, { lat }: Place): Promise<TripDriverLocation> =>
    client.waitFor<TripDriverLocation>('trip:driver_location', (frame) => frame.lat === lat);

  /** On both instances at least two whole ticks begin and end. */
  async function ticksPass(): Promise<void> {
    for (let i = 0; i < 3; i += 1) {
      for (const witness of witnesses) {
        const to = north(witness.pickup, 20 + Math.random());
        await drive(witness, to);
        await sees(witness.rider, to);
      }
    }
  }

  it('[FOLLOW1] from acceptance to the end, with heading, target and arrival; nothing before, nothing after', async () => {
    const open = await requested(0);
    await drive(open, north(open.pickup, 19));
    await ticksPass();
    expect(framesOf(open.rider)).toEqual([]);

    await accepted(open);
    await drive(open, north(open.pickup, 18), { heading: 180 });
    expect(await sees(open.rider, north(open.pickup, 18))).toMatchObject({
      tripId: open.tripId,
      driverId: open.driver.userId,
      heading: 180,
      target: 'pickup',
      etaMinutes: 4,
    });
    await open.cab.ask('trip:arrive', { tripId: open.tripId });
    await open.cab.ask('trip:start', { tripId: open.tripId });
    await drive(open, north(open.pickup, 5), { heading: 0 });
    expect(await sees(open.rider, north(open.pickup, 5))).toMatchObject({
      heading: 0,
      target: 'dropoff',
      etaMinutes: 11,
    });
    await open.cab.ask('trip:complete', { tripId: open.tripId });
    await open.rider.waitFor('trip:completed');
    const upToTheEnd = framesOf(open.rider).length;
    await drive(open, north(open.pickup, 6));
    await ticksPass();
    expect(framesOf(open.rider)).toHaveLength(upToTheEnd);
    expect(framesOf(open.cab)).toEqual([]);
  });

  it('[FOLLOW1] nothing after a cancellation', async () => {
    const trip = await ride(1);
    await drive(trip, north(trip.pickup, 19));
    await sees(trip.rider, north(trip.pickup, 19));
    await trip.rider.ask('trip:cancel', { tripId: trip.tripId });
    await trip.rider.waitFor('trip:cancelled');
    await drive(trip, north(trip.pickup, 18));
    await ticksPass();
    expect(latsOf(trip.rider)).not.toContain(north(trip.pickup, 18).lat);
  });

  it('[FOLLOW1] of a driver who was replaced nothing more, of the new one everything', async () => {
    const trip = await ride(0);
    const desk = await cluster.connect(await cluster.addUser(UserType.admin), 0);
    await desk.ask('admin:trip:join', { tripId: trip.tripId });
    const other = await cluster.addUser(UserType.driver);
    const cab = await openCab(other, 0, north(trip.pickup, 30));
    const actions = cluster.instances[1]!.app.get(DispatcherActions, { strict: false });
    const actor = { kind: 'admin', id: 'desk' } as const;
    await actions.override(actor, trip.tripId, { target: 'assigning', reason: 'breakdown' });
    const { assignmentId } = await cab.waitFor<{ assignmentId: string }>('trip:assignment:offered');
    await drive(trip, north(trip.pickup, 10));
    await ticksPass();
    await cab.ask('driver:offer:accept', { assignmentId });
    await drive(trip, north(trip.pickup, 11));
    await drive({ cab }, north(trip.pickup, 29));
    for (const follower of [trip.rider, desk]) {
      const frame = await sees(follower, north(trip.pickup, 29));
      expect(frame.driverId).toBe(other.userId);
    }
    await ticksPass();
    for (const follower of [trip.rider, desk]) {
      for (const steps of [10, 11])
        expect(latsOf(follower)).not.toContain(north(trip.pickup, steps).lat);
    }
  });

  it('[FOLLOW5] nothing of a trip whose end was announced to an instance that did not hear it', async () => {
    const trip = await ride(0);
    await drive(trip, north(trip.pickup, 19));
    await sees(trip.rider, north(trip.pickup, 19));
    // As if its subscription were lost without a notice.
    const subscriber = cluster.instances[0]!.app.get(ShardSubscriber, { strict: false });
    const keys = cluster.instances[0]!.app.get(RedisKeys, { strict: false });
    for (const redis of subscriber['subscriptions']['homes'].values())
      await redis.sunsubscribe(keys.personChannel(trip.passenger.userId));
    await trip.cab.ask('trip:cancel', { tripId: trip.tripId });
    await drive(trip, north(trip.pickup, 18));
    await ticksPass();
    expect(latsOf(trip.rider)).not.toContain(north(trip.pickup, 18).lat);
    expect(trip.rider.payloads('trip:cancelled')).toEqual([]);
  });

  it('[FOLLOW2] a driver who falls silent is delayed, stale, lost, and live again; one who stands is not', async () => {
    const trip = await ride(0);
    const place = north(trip.pickup, 19);
    await drive(trip, place);
    await sees(trip.rider, place);
    await drive(trip, place);
    await until('the newer fix at the same place is shown', () => latsOf(trip.rider).length > 1);
    const from = framesOf(trip.rider).length - 1;
    await trip.rider.waitFor<TripDriverLocation>(
      'trip:driver_location',
      ({ quality }) => quality === 'lost',
    );
    const silence = framesOf(trip.rider).slice(from);
    expect(
      silence.filter(({ quality }) => quality !== 'live').map(({ quality }) => quality),
    ).toEqual(['delayed', 'stale', 'lost']);
    expect(new Set(silence.map(({ lat }) => lat))).toEqual(new Set([place.lat]));
    expect(silence.at(-1)!.ageMs).toBeGreaterThanOrEqual(12_000);
    await drive(trip, north(trip.pickup, 18));
    expect(await sees(trip.rider, north(trip.pickup, 18))).toMatchObject({ quality: 'live' });
  });

  it('[FOLLOW3] many positions within a tick are one frame with the newest', async () => {
    const trip = await ride(0);
    await ticksPass();
    const before = framesOf(trip.rider).length;
    const startedAt = performance.now();
    const pings = Array.from({ length: 100 }, (_, i) => north(trip.pickup, 19 - i / 100));
    const firstAt = Date.now() - pings.length;
    await Promise.all(pings.map((place, i) => drive(trip, place, { timestamp: firstAt + i })));
    await sees(trip.rider, pings.at(-1)!);
    const ticks = Math.ceil((performance.now() - startedAt) / TICK_MS) + 1;
    const frames = framesOf(trip.rider).slice(before);
    expect(frames.length).toBeLessThanOrEqual(ticks);
    expect(frames.length).toBeLessThan(pings.length);
    const lats = frames.map(({ lat }) => lat);
    expect(lats).toEqual(lats.toSorted((a, b) => b - a));
  });

  it('[FOLLOW4] the minutes move by unnumbered events on the way to the pickup, and by none after the arrival', async () => {
    const trip = await ride(1);
    const said = () =>
      trip.rider.payloads<DriverEnRoute | DriverEnRouteUpdate>('trip:driver_en_route');
    await drive(trip, north(trip.pickup, 19.9));
    await sees(trip.rider, north(trip.pickup, 19.9));
    await drive(trip, north(trip.pickup, 8));
    await until('it says 2 minutes', () => said().at(-1)?.etaMinutes === 2);
    expect(said().map(({ etaMinutes, version }) => [etaMinutes, version !== undefined])).toEqual([
      [5, true],
      [2, false],
    ]);
    expect(said()[1]).toMatchObject({
      tripId: trip.tripId,
      driverId: trip.driver.userId,
      status: 'arriving',
      driverPosition: { lat: north(trip.pickup, 8).lat },
    });
    await trip.cab.ask('trip:arrive', { tripId: trip.tripId });
    await trip.rider.waitFor('trip:driver_arrived_pickup');
    await drive(trip, north(trip.pickup, 20));
    await sees(trip.rider, north(trip.pickup, 20));
    await ticksPass();
    expect(said()).toHaveLength(2);
  });

  it('[FOLLOW6] each device of the passenger and dispatchers who joined, until they leave; nobody else', async () => {
    const trip = await ride(0);
    const [desk, otherDesk, stranger, tablet] = await Promise.all([
      cluster.connect(await cluster.addUser(UserType.admin), 1),
      cluster.connect(await cluster.addUser(UserType.admin), 0),
      cluster.connect(await cluster.addUser(UserType.passenger), 0),
      cluster.connect(trip.passenger, 1),
    ]);
    await desk.ask('admin:trip:join', { tripId: trip.tripId });
    await drive(trip, north(trip.pickup, 19), { heading: 90 });
    for (const follower of [desk, tablet, trip.rider])
      expect(await sees(follower, north(trip.pickup, 19))).toMatchObject({
        tripId: trip.tripId,
        heading: 90,
      });
    await desk.ask('admin:trip:leave', { tripId: trip.tripId });
    await drive(trip, north(trip.pickup, 18));
    await sees(trip.rider, north(trip.pickup, 18));
    await sees(tablet, north(trip.pickup, 18));
    await ticksPass();
    expect(latsOf(desk)).not.toContain(north(trip.pickup, 18).lat);
    for (const nobody of [otherDesk, stranger, trip.cab]) expect(framesOf(nobody)).toEqual([]);
    for (const witness of witnesses)
      expect(framesOf(witness.rider).every(({ tripId }) => tripId === witness.tripId)).toBe(true);
  });

  it('[FOLLOW6] a dispatcher who joined before there was a driver follows it until the trip ends', async () => {
    const open = await requested(0);
    const desk = await cluster.connect(await cluster.addUser(UserType.admin), 0);
    await desk.ask('admin:trip:join', { tripId: open.tripId });
    await accepted(open);
    await drive(open, north(open.pickup, 19));
    await sees(desk, north(open.pickup, 19));
    await open.rider.ask('trip:cancel', { tripId: open.tripId });
    await desk.waitFor('trip:cancelled');
    await drive(open, north(open.pickup, 18));
    await ticksPass();
    expect(latsOf(desk)).not.toContain(north(open.pickup, 18).lat);
  });

  it('[FOLLOW6] goes on after a reconnection to the other instance, at once and without a new fix', async () => {
    const trip = await ride(0);
    await drive(trip, north(trip.pickup, 19));
    await sees(trip.rider, north(trip.pickup, 19));
    trip.rider.close();
    const again = await cluster.connect(trip.passenger, 1);
    await sees(again, north(trip.pickup, 19));
    expect(await again.waitFor<DriverEnRouteUpdate>('trip:driver_en_route')).not.toHaveProperty(
      'version',
    );
    const version = again.payloads<{ version: number }>('trip:snapshot').at(-1)!.version;
    const named = await cluster.connect(trip.passenger, 0, { trips: { [trip.tripId]: version } });
    await drive(trip, north(trip.pickup, 18));
    await sees(again, north(trip.pickup, 18));
    await sees(named, north(trip.pickup, 18));
  });

  it('[FOLLOW5] while Redis is away the last picture stays; then the driver is followed again, unless the trip ended', async () => {
    const { port } = new URL(cluster.environment.REDIS_URL);
    const proxy = await startTcpProxy(Number(port));
    await cluster.addInstance({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const [goesOn, ends] = [await ride(2), await ride(2)];
    for (const trip of [goesOn, ends]) {
      await drive(trip, north(trip.pickup, 19));
      await sees(trip.rider, north(trip.pickup, 19));
    }
    proxy.cut();
    await drive(goesOn, north(goesOn.pickup, 18));
    await ends.cab.ask('trip:cancel', { tripId: ends.tripId });
    await drive(ends, north(ends.pickup, 18));
    await ticksPass();
    expect(latsOf(goesOn.rider)).not.toContain(north(goesOn.pickup, 18).lat);
    proxy.mend();
    await sees(goesOn.rider, north(goesOn.pickup, 18));
    await ends.rider.waitFor('trip:cancelled');
    await drive(goesOn, north(goesOn.pickup, 17));
    await sees(goesOn.rider, north(goesOn.pickup, 17));
    expect(latsOf(ends.rider)).not.toContain(north(ends.pickup, 18).lat);
    for (const { rider } of [goesOn, ends]) {
      // It was told all of it by the connection that it had before.
      expect(rider.payloads('hello')).toHaveLength(1);
      rider.close();
    }
    await proxy.close();
  });

  it('[SLOW1] a passenger who does not read misses frames and then gets the newest', async () => {
    const trip = await ride(0);
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
    const [own] = registry.ofUser(trip.passenger.userId);
    const reader = await RawClient.open(cluster.url(0));
    await reader.enter(Namespace.passengers, trip.passenger.token);
    await reader.waitFor((packet) => packet.includes('"trip:driver_location"'));
    const socket = registry.ofUser(trip.passenger.userId).find((each) => each !== own)!;
    reader.pause();
    const payload = 'x'.repeat(50_000);
    let id = 0;
    await until('much is unread', () => {
      reader.send(`42/passengers,${(id += 1)}["trial:echo","${payload}"]`);
      return unreadBytes(socket) > 1_000_000;
    });
    for (const steps of [19, 18, 17]) {
      await drive(trip, north(trip.pickup, steps));
      await sees(trip.rider, north(trip.pickup, steps));
    }
    const seen = (steps: number) =>
      reader.received.some(
        (packet) =>
          packet.includes('"trip:driver_location"') &&
          packet.includes(`"lat":${north(trip.pickup, steps).lat},`),
      );
    reader.resume();
    await until('it gets the newest', () => seen(17));
    expect([19, 18].map(seen)).toEqual([false, false]);
    reader.close();
  });
});
