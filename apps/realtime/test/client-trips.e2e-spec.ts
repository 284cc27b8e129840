import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Resumed, type RidewireClient } from '#libs/client';
import { TripParty, UserType, type TripOffered, type TripView } from '#libs/contracts';
import { openRedisOrCluster, until } from '#libs/testing';
import { RidesService, TripsService } from '#libs/trips';
import { openApp, TestBalancer, untilStatus } from './client-app.js';
import { TestCluster } from './cluster.js';
import { InstanceProcess } from './instance-process.js';
import { DROPOFF, PICKUP, RIDE_OF_DRIVER, WHOLE_RIDE } from './ride-people.js';

/** Two instances live in this process, another one in its own, which is killed. */
describe('trips of a client', () => {
  let cluster: TestCluster;
  let doomed: InstanceProcess;
  let balancer: TestBalancer;
  const clients: RidewireClient[] = [];

  beforeEach(async () => {
    cluster = await TestCluster.start();
    const { environment } = cluster;
    doomed = new InstanceProcess({
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      REDIS_URL: environment.REDIS_URL,
      REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: environment.JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: environment.JWT_REFRESH_SECRET!,
    });
    balancer = await TestBalancer.start(await doomed.url());
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await balancer.close();
    await doomed.end('SIGKILL');
    await cluster.close();
  });

  const open = async (userType: UserType, url = balancer.url) => {
    const app = await openApp(cluster, userType, url);
    clients.push(app.client);
    const resumed: Resumed[] = [];
    app.client.onResumed((what) => resumed.push(what));
    return { ...app, resumed };
  };
  const openPassenger = async () => {
    const app = await open(UserType.passenger);
    const rides = app.client.passengers();
    const heard: string[] = [];
    for (const event of new Set(WHOLE_RIDE)) listen(rides, event, heard);
    await app.client.connect();
    return { ...app, rides, heard };
  };
  const openDriver = async () => {
    const app = await open(UserType.driver);
    const rides = app.client.drivers();
    const heard: string[] = [];
    const offers: TripOffered[] = [];
    for (const event of new Set(RIDE_OF_DRIVER)) listen(rides, event, heard);
    rides.on('trip:assignment:offered', (offer) => offers.push(offer));
    await app.client.connect();
    await rides.request('driver:status:update', { isAvailableForTrips: true });
    await rides.request('driver:location:ping', PICKUP);
    return { ...app, rides, heard, offers };
  };
  const request = async ({ rides }: Pick<Awaited<ReturnType<typeof openPassenger>>, 'rides'>) => {
    const answer = await rides.request('trip:request', {
      paymentMode: 'cash',
      pickupPoint: PICKUP,
      stops: [{ point: DROPOFF }],
      idempotencyKey: 'once',
    });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.data.tripId;
  };

  it('[CLIENT4] an instance that is killed in the middle of a trip: everybody goes on elsewhere, nothing was missed, and says so', async () => {
    const passenger = await openPassenger();
    const driver = await openDriver();
    const tripId = await request(passenger);
    await until('the driver is asked', () => driver.offers.length === 1);
    const { assignmentId } = driver.offers[0]!;
    await driver.rides.request('driver:offer:accept', { assignmentId });
    await driver.rides.request('trip:arrive', { tripId });
    balancer.turnTo(cluster.url(1));
    await doomed.end('SIGKILL');
    await untilStatus(driver, 'ready');
    // The passenger is still away: it hears of this only by the return.
    balancer.wire.cut();
    await untilStatus(passenger, 'offline', 'resuming');
    balancer.turnTo(cluster.url(0));
    balancer.wire.mend();
    await driver.rides.request('trip:start', { tripId }, { deadlineMs: 30_000 });
    await driver.rides.request('trip:complete', { tripId }, { deadlineMs: 30_000 });
    await until('the passenger has heard the end', () =>
      passenger.heard.includes('trip:completed'),
    );
    await untilStatus(passenger, 'ready');
    expect(passenger.heard).toEqual(WHOLE_RIDE);
    await until('the driver too', () => driver.heard.includes('trip:completed'));
    expect(driver.heard).toEqual(RIDE_OF_DRIVER);
    expect(passenger.resumed.length).toBeGreaterThan(0);
    for (const resumed of [...passenger.resumed, ...driver.resumed]) {
      expect(resumed).toEqual({ nothingMissed: true, trips: { [tripId]: 'nothing' }, chats: {} });
    }
    expect(passenger.rides.trips.look(tripId)).toMatchObject({
      trip: { status: 'completed', driverId: driver.user.userId, fareTotal: expect.any(Number) },
      missed: 'nothing',
    });
  });

  it('[CLIENT4] what is not kept any more is told: some of it was missed, the state is right', async () => {
    balancer.turnTo(cluster.url(0));
    const passenger = await openPassenger();
    const tripId = await request(passenger);
    await until('it is looked for', () => passenger.heard.includes('trip:assigning_started'));
    balancer.wire.cut();
    await untilStatus(passenger, 'offline', 'resuming');
    const by = { kind: TripParty.admin, id: 'admin-1' } as const;
    const { app } = cluster.instances[1]!;
    const message = { actor: by, target: 'passenger', message: 'Please be patient.' } as const;
    await app.get(TripsService, { strict: false }).apply(tripId, { kind: 'message', ...message });
    await app.get(RidesService, { strict: false }).cancel(by, tripId, 'no cars today');
    const redis = openRedisOrCluster(cluster.environment.REDIS_URL);
    const key = `${cluster.environment.REDIS_KEY_PREFIX}{dispatch}:trip:${tripId}:history`;
    expect(await redis.xtrim(key, 'MAXLEN', 1)).toBeGreaterThan(2);
    redis.disconnect();
    balancer.wire.mend();
    await untilStatus(passenger, 'ready');
    expect(passenger.resumed).toEqual([
      { nothingMissed: false, trips: { [tripId]: 'some' }, chats: {} },
    ]);
    expect(passenger.rides.trips.look(tripId)).toMatchObject({
      trip: { status: 'cancelled', cancellation: { reason: 'no cars today' } },
      missed: 'some',
    });
    expect(passenger.heard).not.toContain('trip:cancelled');
  });

  it('[CLIENT4] a trip that is watched is what the server shows, step by step, for passenger, driver and dispatcher', async () => {
    balancer.turnTo(cluster.url(0));
    const passenger = await openPassenger();
    const driver = await openDriver();
    const dispatcher = await open(UserType.admin, cluster.url(1));
    const desk = dispatcher.client.admin();
    await dispatcher.client.connect();
    const tripId = await request(passenger);
    const locations: unknown[] = [];
    const books = [passenger.rides.trips, driver.rides.trips, desk.trips];
    const ends = books.map((book) =>
      book.watch(tripId, () => {
        const { location } = book.look(tripId);
        if (location && book === desk.trips) locations.push(location);
      }),
    );
    const expectSame = async (status: TripView['status']) => {
      await until(`all see ${status}`, () =>
        books.every((book) => book.look(tripId).trip?.status === status),
      );
      const joined = await desk.request('admin:trip:join', { tripId });
      expect(joined.ok && joined.data.status).toBe(status);
      for (const book of books)
        expect(book.look(tripId).trip).toEqual(joined.ok ? joined.data : undefined);
    };
    await until('the driver is asked', () => driver.offers.length === 1);
    await driver.rides.request('driver:offer:accept', {
      assignmentId: driver.offers[0]!.assignmentId,
    });
    await expectSame('arriving');
    await until('the dispatcher sees the driver', () => locations.length > 0);
    await driver.rides.request('trip:start', { tripId });
    await expectSame('in_progress');
    expect(passenger.rides.trips.current()?.tripId).toBe(tripId);
    await driver.rides.request('trip:complete', { tripId });
    await expectSame('completed');
    expect(passenger.rides.trips.look(tripId).location).toBeNull();
    expect(passenger.rides.trips.current()).toBeNull();
    for (const end of ends) end();
    expect(await passenger.rides.request('trip:cancel', { tripId: 'another' })).toMatchObject({
      ok: false,
    });
  });

  it('[CLIENT4] what happens to a trip before the answer to its request has come is not forgotten', async () => {
    balancer.turnTo(cluster.url(0));
    const passenger = await openPassenger();
    const { trips } = passenger.rides;
    const service = cluster.instances[0]!.app.get(RidesService, { strict: false });
    const ask = service.request.bind(service);
    const by = { kind: TripParty.admin, id: 'admin-1' } as const;
    let isTold = false;
    passenger.rides.on('trip:cancelled', () => (isTold = true));
    // The answer is older than what it comes behind.
    const asking = vi.spyOn(service, 'request').mockImplementationOnce(async (...args) => {
      const asked = await ask(...args);
      await service.cancel(by, asked.trip.id, 'no cars today');
      await until('it is told', () => isTold);
      return asked;
    });
    const tripId = await request(passenger);
    asking.mockRestore();
    expect(trips.look(tripId).trip).toMatchObject({
      status: 'cancelled',
      cancellation: { reason: 'no cars today' },
    });
    expect(trips.current()).toBeNull();
  });

  it('[CLIENT4] what is watched is asked for until it is known, however many requests wait, and not when nobody watches it any more', async () => {
    balancer.turnTo(cluster.url(0));
    const passenger = await open(UserType.passenger, cluster.url(0));
    const rides = passenger.client.passengers();
    await passenger.client.connect();
    const tripId = await request({ rides });
    const dispatcher = await open(UserType.admin);
    const desk = dispatcher.client.admin();
    const ask = desk.requestAny.bind(desk);
    await dispatcher.client.connect();
    balancer.wire.cut();
    await untilStatus(dispatcher, 'offline', 'resuming');
    // So many wait already that the watch is not even taken into the queue at first.
    const others = Array.from({ length: 100 }, () =>
      ask('admin:trip:join', { tripId }, { deadlineMs: 300 }),
    );
    desk.trips.watch(tripId, () => undefined);
    const end = desk.trips.watch('trip-of-nobody', () => undefined);
    for (const answer of await Promise.all(others)) expect(answer.ok).toBe(false);
    end();
    balancer.wire.mend();
    dispatcher.client.wake();
    await until('it is known', () => desk.trips.look(tripId).trip?.tripId === tripId);
    expect(desk.trips.has('trip-of-nobody')).toBe(false);
  });

  it('[CLIENT4] a watch goes on when the client is closed and opened again', async () => {
    balancer.turnTo(cluster.url(0));
    const passenger = await open(UserType.passenger, cluster.url(0));
    const rides = passenger.client.passengers();
    await passenger.client.connect();
    const tripId = await request({ rides });
    const dispatcher = await open(UserType.admin);
    const desk = dispatcher.client.admin();
    balancer.wire.cut();
    void dispatcher.client.connect();
    await untilStatus(dispatcher, 'offline');
    desk.trips.watch(tripId, () => undefined);
    dispatcher.client.close();
    balancer.wire.mend();
    await dispatcher.client.connect();
    await until('it is known', () => desk.trips.look(tripId).trip?.tripId === tripId);
  });

  it('[CLIENT4] a trip of others is gone', async () => {
    balancer.turnTo(cluster.url(0));
    const passenger = await openPassenger();
    const { trips } = passenger.rides;
    trips.watch('trip-of-others', () => undefined);
    await until('it is said', () => trips.look('trip-of-others').missed === 'gone');
    expect(trips.look('trip-of-others').trip).toBeNull();
  });
});

function listen(
  rides: ReturnType<RidewireClient['passengers']> | ReturnType<RidewireClient['drivers']>,
  event: string,
  heard: string[],
): void {
  const note = (fact: { version?: number }) => {
    // The minutes are told anew without a number.
    if (fact.version !== undefined) heard.push(event);
  };
  (rides as { on(event: string, listener: typeof note): unknown }).on(event, note);
}
