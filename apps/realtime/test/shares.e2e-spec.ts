import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Namespace,
  UserType,
  type ConnectionClosing,
  type SharedPosition,
  type SharedTrip,
  type TripView,
} from '#libs/contracts';
import { RedisCommands, RedisKeys, ShardSubscriber } from '#libs/redis';
import { SharesStore } from '#libs/shares';
import { until, type AppClient, type ToldClient } from '#libs/testing';
import { confirmOffers } from './ride-people.js';
import { TestCluster, type TestUser } from './cluster.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const VEHICLE = { make: 'Toyota', model: 'Prius', color: 'white', plate: 'AB 123 CD' };

interface Ride {
  tripId: string;
  rider: AppClient;
  passenger: TestUser;
  cab: AppClient;
  driver: TestUser;
  pickup: { lat: number; lng: number };
}

/** Trips of different tests are out of each other's reach. */
let places = 0;

describe('a trip that its passenger shares', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        ADMIN_API_KEY: API_KEY,
        TRIP_FOLLOW_TICK: '50ms',
        DISPATCH_RETRY_INTERVAL: '100ms',
        LOCATION_JUMP_SLACK_METERS: '20000',
        SHARE_AFTER_TRIP: '5s',
        SHARES_PER_TRIP: '3',
        SHARE_VIEWERS: '3',
        SHARE_ATTEMPTS: '200',
      },
    });
  });
  afterAll(() => cluster?.close());

  async function rest(method: string, path: string, token?: string, body?: unknown, instance = 0) {
    const response = await fetch(`${cluster.url(instance)}/api/${path}`, {
      method,
      headers: {
        ...(token === undefined ? { 'x-api-key': API_KEY } : { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as {
      data: never;
      error?: { reason: string };
    };
    return { status: response.status, data: answer.data, reason: answer.error?.reason };
  }

  async function requested(): Promise<Ride & { assignmentId: string }> {
    const pickup = { lat: 40 + (places += 1) * 0.5, lng: 12.5 };
    const [passenger, driver] = await Promise.all([
      cluster.addUser(UserType.passenger),
      cluster.addUser(UserType.driver),
    ]);
    await rest('PATCH', 'users/profile', passenger.token, { name: 'Ada King Lovelace' });
    expect(
      (await rest('PUT', `admin/users/${driver.userId}/vehicle`, undefined, VEHICLE)).status,
    ).toBe(200);
    const cab = await cluster.connect(driver, 1);
    confirmOffers(cab);
    await cab.ask('driver:status:update', { isAvailableForTrips: true });
    await cab.ask('driver:location:ping', { lat: pickup.lat + 0.01, lng: pickup.lng });
    const rider = await cluster.connect(passenger, 0);
    const { tripId } = await rider.ask<TripView>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: pickup,
      stops: [{ point: { lat: pickup.lat + 0.05, lng: pickup.lng } }],
    });
    const { assignmentId } = await cab.waitFor<{ assignmentId: string }>('trip:assignment:offered');
    return { tripId, rider, passenger, cab, driver, pickup, assignmentId };
  }

  async function accepted(): Promise<Ride> {
    const ride = await requested();
    await ride.cab.ask('driver:offer:accept', { assignmentId: ride.assignmentId });
    return ride;
  }

  async function share({ tripId, passenger }: Ride, body: object = {}) {
    const { data, status } = await rest('POST', `trips/${tripId}/shares`, passenger.token, body);
    expect(status).toBe(201);
    return data as { id: string; token: string; expiresAt: string };
  }

  const follow = (token: string, instance: number) =>
    cluster.openApp(Namespace.tracking, {}, instance, { share: token });

  async function closedWith(guest: ToldClient): Promise<string> {
    const { code } = await guest.waitFor<ConnectionClosing>('connection:closing');
    await until('the guest is cut', () => !guest.isConnected);
    return code;
  }
  /** What the link of somebody is answered who does not try again. */
  const turnedAway = (token: string, instance: number, from = cluster) =>
    closedWith(from.openBare(Namespace.tracking, instance, { share: token }));

  it('[SHARE1] guests on two instances follow the trip: status, car, position and arrival while it goes on', async () => {
    const ride = await requested();
    const { token } = await share(ride);
    const guests = await Promise.all([follow(token, 0), follow(token, 1)]);
    const [first] = await Promise.all(
      guests.map((guest) => guest.waitFor<SharedTrip>('share:trip')),
    );
    expect(first).toMatchObject({ passengerName: 'Ada', vehicle: null });
    await ride.cab.ask('driver:offer:accept', { assignmentId: ride.assignmentId });
    for (const guest of guests) {
      await guest.waitFor<SharedTrip>(
        'share:update',
        ({ vehicle }) => vehicle?.plate === VEHICLE.plate,
      );
      const { lat, target, etaMinutes } = await guest.waitFor<SharedPosition>('share:position');
      expect([lat, target]).toEqual([ride.pickup.lat + 0.01, 'pickup']);
      expect(etaMinutes).toBeGreaterThan(0);
    }
    await ride.cab.ask('driver:location:ping', {
      lat: ride.pickup.lat + 0.001,
      lng: ride.pickup.lng,
    });
    for (const guest of guests)
      await guest.waitFor<SharedPosition>(
        'share:position',
        ({ lat }) => lat < ride.pickup.lat + 0.002,
      );
    const { tripId } = ride;
    for (const step of ['trip:arrive', 'trip:start', 'trip:complete'] as const)
      await ride.cab.ask(step, { tripId });
    for (const guest of guests) {
      const end = await guest.waitFor<SharedTrip>(
        'share:update',
        ({ status }) => status === 'completed',
      );
      expect(end.vehicle).toBeNull();
      const versions = guest.received
        .filter(({ event }) => event === 'share:trip' || event === 'share:update')
        .map(({ payload }) => (payload as SharedTrip).version);
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      const seen = guest.received.map(({ event }) => event);
      const before = seen.slice(0, seen.indexOf('share:update'));
      expect(before).not.toContain('share:position');
      await closedWith(guest);
      const ended = guest.received.findIndex(({ payload }) => payload === end);
      const after = guest.received.slice(ended).map(({ event }) => event);
      expect(after).not.toContain('share:position');
    }
  });

  it('[TRIP27] the passenger sees the car from the acceptance on, as it was then', async () => {
    const ride = await requested();
    await ride.cab.ask('driver:offer:accept', { assignmentId: ride.assignmentId });
    for (const event of ['trip:driver_accepted', 'trip:driver_assigned'] as const)
      expect(await ride.rider.waitFor(event)).toMatchObject({ vehicle: VEHICLE });
    await rest('DELETE', `admin/users/${ride.driver.userId}/vehicle`);
    const { data } = await rest('GET', `trips/${ride.tripId}`, ride.passenger.token);
    expect(data).toMatchObject({ vehicle: VEHICLE, driverId: ride.driver.userId });
  });

  it('[SHARE2] a link opens nothing but its trip, and tells no id, place, price or phone', async () => {
    const ride = await accepted();
    const other = await accepted();
    const { token } = await share(ride);
    const guest = await follow(token, 1);
    await guest.waitFor('share:position');
    const requests = [
      'locationUpdate',
      'events',
      'auth:refresh',
      'trip:get',
      'chat:join',
      'joinRoom',
    ];
    for (const event of requests) {
      const answer = await guest.requestAnything(event, { tripId: other.tripId, lat: 1, lng: 1 });
      expect([event, answer]).toMatchObject([event, { ok: false, error: { code: 'FORBIDDEN' } }]);
    }
    await other.cab.ask('driver:location:ping', { lat: other.pickup.lat, lng: other.pickup.lng });
    await other.rider.waitFor('trip:driver_location');
    for (const namespace of ['/drivers', '/passengers', '/admin', '/chat'] as const) {
      for (const auth of [{ share: token }, { token }]) {
        const stranger = cluster.openBare(namespace, 0, auth);
        await until('it is refused', () => stranger.refusals.length > 0);
      }
    }
    for (const path of [`trips/${ride.tripId}`, `trips/${ride.tripId}/shares`, 'users/profile'])
      expect((await rest('GET', path, token)).status).toBe(401);
    const told = JSON.stringify(guest.received.filter(({ event }) => event !== 'hello'));
    for (const secret of [
      ride.tripId,
      ride.driver.userId,
      ride.passenger.userId,
      other.tripId,
      'Lovelace',
      'fare',
      'phone',
      String(ride.pickup.lat + 0.05),
      token,
    ])
      expect([secret, told.includes(secret)]).toEqual([secret, false]);
    const events = new Set(guest.received.map(({ event }) => event));
    expect([...events].toSorted()).toEqual(
      ['exception', 'hello', 'share:position', 'share:trip', 'share:update'].filter((event) =>
        events.has(event),
      ),
    );
  });

  it('[SHARE3] a revoked link sends its guests away on every instance, and the other goes on', async () => {
    const ride = await accepted();
    const [revoked, kept] = [await share(ride), await share(ride)];
    const guests = await Promise.all([follow(revoked.token, 0), follow(revoked.token, 1)]);
    const other = await follow(kept.token, 1);
    await Promise.all([...guests, other].map((guest) => guest.waitFor('share:trip')));
    const path = `trips/${ride.tripId}/shares/${revoked.id}`;
    expect((await rest('DELETE', path, ride.passenger.token, undefined, 1)).status).toBe(204);
    for (const guest of guests) expect(await closedWith(guest)).toBe('SHARE_ENDED');
    expect(await turnedAway(revoked.token, 0)).toBe('SHARE_INVALID');
    const frames = other.payloads('share:position').length;
    await ride.cab.ask('driver:location:ping', { lat: ride.pickup.lat, lng: ride.pickup.lng });
    await until(
      'the other sees the driver move',
      () => other.payloads('share:position').length > frames,
    );
    expect((await rest('DELETE', path, ride.passenger.token)).status).toBe(404);
  });

  it('[SHARE3] the ban of the passenger sends guests away on every instance, and the link opens nothing', async () => {
    const ride = await accepted();
    const { token } = await share(ride);
    const guests = await Promise.all([follow(token, 0), follow(token, 1)]);
    await Promise.all(guests.map((guest) => guest.waitFor('share:trip')));
    const banned = await rest('POST', `admin/users/${ride.passenger.userId}/ban`, undefined, {}, 1);
    expect(banned.status).toBe(200);
    for (const guest of guests) {
      const { code, details } = await guest.waitFor<ConnectionClosing>('connection:closing');
      expect([code, details]).toEqual(['SHARE_ENDED', { reason: 'revoked' }]);
    }
    expect(await turnedAway(token, 0)).toBe('SHARE_ENDED');
  });

  it('[SHARE3] a revocation whose announcement was lost is found once announcements are back', async () => {
    const ride = await accepted();
    const { id, token } = await share(ride);
    const guest = await follow(token, 1);
    await guest.waitFor('share:trip');
    const { app } = cluster.instances[1]!;
    // The subscription is away while the link is revoked.
    const subscriber = app.get(ShardSubscriber) as unknown as {
      subscriptions: { connections: Map<string, { disconnect(again: boolean): void }> };
    };
    const redis = app.get(RedisCommands);
    const links = app.get(RedisKeys).key(`shares:${ride.tripId}`, 'links');
    await redis.do((commands) => commands.hdel(links, id));
    expect(guest.isConnected).toBe(true);
    for (const redisOf of subscriber.subscriptions.connections.values()) redisOf.disconnect(true);
    expect(await closedWith(guest)).toBe('SHARE_ENDED');
  });

  it('[SHARE3] a link that expires sends its guests away, and is listed no more', async () => {
    const ride = await accepted();
    const store = cluster.instances[0]!.app.get(SharesStore, { strict: false });
    const { token, id } = await share(ride);
    // The body takes no life this short.
    const links = cluster.instances[0]!.app.get(RedisKeys).key(`shares:${ride.tripId}`, 'links');
    const [kept] = await store.list(ride.tripId);
    const expiresAt = Date.now() + 5_000;
    await cluster.instances[0]!.app.get(RedisCommands).do((redis) =>
      redis.hset(links, id, JSON.stringify({ ...kept, expiresAt })),
    );
    const guest = await follow(token, 1);
    await guest.waitFor('share:trip');
    expect(await guest.waitFor<ConnectionClosing>('connection:closing')).toMatchObject({
      code: 'SHARE_ENDED',
      details: { reason: 'expired' },
    });
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
    const listed = await rest('GET', `trips/${ride.tripId}/shares`, ride.passenger.token);
    expect(listed.data).toEqual([]);
    expect(await turnedAway(token, 0)).toBe('SHARE_INVALID');
  });

  it('[SHARE4] only the passenger makes, sees and revokes links, a few at a time, and Redis holds digests', async () => {
    const ride = await accepted();
    const stranger = await cluster.addUser(UserType.passenger);
    const path = `trips/${ride.tripId}/shares`;
    for (const method of ['POST', 'GET']) {
      expect(
        (await rest(method, path, stranger.token, method === 'POST' ? {} : undefined)).status,
      ).toBe(404);
      expect(
        (await rest(method, path, ride.driver.token, method === 'POST' ? {} : undefined)).reason,
      ).toBe('FORBIDDEN');
    }
    expect((await rest('POST', path, ride.passenger.token, { ttlMs: 5 })).reason).toBe(
      'VALIDATION_FAILED',
    );
    const made = [await share(ride), await share(ride, { ttlMs: 60_000 }), await share(ride)];
    expect((await rest('POST', path, ride.passenger.token, {})).reason).toBe('CONFLICT');
    expect((await rest('DELETE', `${path}/${made[0]!.id}`, stranger.token)).status).toBe(404);
    const listed = await rest('GET', path, ride.passenger.token);
    expect((listed.data as { id: string }[]).map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    expect(JSON.stringify(listed.data)).not.toContain(made[0]!.token.split('.')[2]);
    const { app } = cluster.instances[0]!;
    const stored = await app
      .get(RedisCommands)
      .do((redis) => redis.hgetall(app.get(RedisKeys).key(`shares:${ride.tripId}`, 'links')));
    expect(JSON.stringify(stored)).not.toContain(made[0]!.token.split('.')[2]);
    const guests = await Promise.all([0, 1, 2].map(() => follow(made[1]!.token, 0)));
    await Promise.all(guests.map((guest) => guest.waitFor('share:trip')));
    expect(await turnedAway(made[1]!.token, 0)).toBe('TOO_MANY_CONNECTIONS');
  });

  it('[SHARE4] whoever guesses is slowed down on all instances together', async () => {
    const guarded = await TestCluster.start({ env: { SHARE_ATTEMPTS: '3' } });
    const codes: string[] = [];
    for (const [i, guess] of [
      'x',
      'a.b.c',
      `t1.${'i'.repeat(12)}.${'s'.repeat(43)}`,
      'y',
      'z',
    ].entries())
      codes.push(await turnedAway(guess, i % 2, guarded));
    expect(codes).toEqual([
      ...Array<string>(3).fill('SHARE_INVALID'),
      'RATE_LIMITED',
      'RATE_LIMITED',
    ]);
    const nobody = guarded.openBare(Namespace.tracking, 0, {});
    await until('a guest without a link is refused', () => nobody.refusals.length > 0);
    expect(JSON.stringify(nobody.refusals)).toContain('AUTH_REQUIRED');
    await guarded.close();
  });
});
