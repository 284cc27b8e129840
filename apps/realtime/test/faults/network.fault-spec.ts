import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  Namespace,
  UserType,
  type Ack,
  type AvailabilitySnapshot,
  type DriverOffline,
  type DriverLocationUpdate,
  type LocationPingResult,
  type TripOffered,
  type TripView,
} from '#libs/contracts';
import {
  seededRandom,
  shuffled,
  startTcpProxy,
  BareSocket,
  until,
  type TcpProxy,
  type WireQuality,
} from '#libs/testing';
import { NAMESPACE_OF, type TestUser } from '../cluster.js';
import { FaultScene } from './fault-scene.js';
import { printFigures, seconds } from './figures.js';
import { checkPositions, type SentFix, type ShownFix } from './history/check-positions.js';
import { RidingPair } from './load-of-rides.js';

const LEASE_MS = 15_000;
const GRACE_MS = 1_500;
const PING_MS = 1_000;
/** Longer than a busy machine, 300 ms and lost packets keep an answer. */
const PONG_MS = 8_000;
const STEP = 1e-5;
const PLACE = { lat: -34.9, lng: -56.2 };

describe('networks as phones have them', () => {
  let scene: FaultScene;
  const proxies: TcpProxy[] = [];
  const clients: BareSocket[] = [];

  beforeAll(async () => {
    scene = await FaultScene.start({
      env: {
        DRIVER_LEASE: `${LEASE_MS}ms`,
        DRIVER_GRACE: `${GRACE_MS}ms`,
        WS_PING_INTERVAL: `${PING_MS}ms`,
        WS_PING_TIMEOUT: `${PONG_MS}ms`,
        DISPATCH_OFFER_TTL: '15s',
        DISPATCH_DELIVERY_TIMEOUT: '10s',
        DISPATCH_SEARCH_TIME: '30s',
        WS_MAX_BUFFERED_BYTES: '262144',
      },
    });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });
  afterAll(() => scene?.close());

  const wireTo = async (instance: number, quality: WireQuality = {}): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(
      () => Number(new URL(scene.instances[instance]!.address!).port),
      quality,
    );
    proxies.push(proxy);
    return proxy;
  };
  const enter = async (user: TestUser, url: string): Promise<BareSocket> => {
    const client = BareSocket.open(url, NAMESPACE_OF[user.userType], { token: user.token });
    clients.push(client);
    await client.waitFor('hello');
    return client;
  };
  const overWire = (user: TestUser, proxy: TcpProxy) =>
    enter(user, `http://127.0.0.1:${proxy.port}`);
  const direct = async (user: TestUser, instance: number) =>
    enter(user, await scene.instances[instance]!.url());
  const fix = (number: number) => ({ lat: PLACE.lat + number * STEP, lng: PLACE.lng });
  const dispatcher = async (instance: number) => {
    const desk = await direct(await scene.addUser(UserType.admin), instance);
    await desk.waitFor('driver:snapshot');
    return desk;
  };
  const offlineOf = (desk: BareSocket, driverId: string) =>
    desk.waitFor<DriverOffline>('driver:offline', (fact) => fact.driverId === driverId);
  const shownBy = (desk: BareSocket, driverId: string): ShownFix[] =>
    desk
      .payloads<DriverLocationUpdate>('driver:location:update')
      .filter((update) => update.driverId === driverId)
      .map(({ coords }) => ({
        viewer: 'desk',
        driverId,
        measuredAt: Math.round((coords.lat - PLACE.lat) / STEP),
      }));

  it('[LOC2] a phone that vanishes without closing leaves the map of every instance within the lease, once', async () => {
    const wire = await wireTo(0);
    const user = await scene.addUser(UserType.driver);
    const desks = [await dispatcher(0), await dispatcher(1)];
    const driver = await overWire(user, wire);
    await driver.ask('driver:location:ping', fix(1));
    for (const desk of desks)
      await until('it is on the map', () => shownBy(desk, user.userId).length > 0);
    wire.stall();
    const since = performance.now();
    await Promise.all(desks.map((desk) => offlineOf(desk, user.userId)));
    const goneAfterS = seconds(performance.now() - since);
    printFigures('a phone that vanishes', { goneAfterS, leaseS: LEASE_MS / 1_000 });
    // Sweeps of the reaper on top, and what a busy machine takes.
    expect(goneAfterS * 1_000).toBeLessThan(LEASE_MS + 15_000);
    for (const desk of desks)
      expect(
        desk.payloads<DriverOffline>('driver:offline').filter((f) => f.driverId === user.userId),
      ).toHaveLength(1);
    expect(scene.complaints()).toEqual([]);
  });

  it('[LOC2] a phone is back elsewhere while its old socket lives on: the newer one owns, what the old one still says sets nothing back, and its end takes nobody off the map', async () => {
    const user = await scene.addUser(UserType.driver);
    const desk = await dispatcher(0);
    const old = await direct(user, 0);
    await old.ask('driver:status:update', { isAvailableForTrips: true });
    const sent: SentFix[] = [];
    const ping = async (client: BareSocket, number: number, timestamp?: number) => {
      const { results } = await client.ask<LocationPingResult>('driver:location:ping', {
        ...fix(number),
        ...(timestamp === undefined ? {} : { timestamp }),
      });
      const isAcknowledged = results[0]!.verdict === 'stored';
      sent.push({ driverId: user.userId, measuredAt: number, isAcknowledged });
      return results[0]!.verdict;
    };
    expect(await ping(old, 1)).toBe('stored');
    const before = Date.now();
    const fresh = await direct(user, 1);
    const epochOf = ({ epoch }: { epoch: number }) => epoch;
    expect(epochOf(await fresh.waitFor('hello'))).toBeGreaterThan(
      epochOf(await old.waitFor('hello')),
    );
    expect(await ping(fresh, 5)).toBe('stored');
    // How long a fix without a time has lain in the older socket is unknown; the other one says it.
    expect(await ping(old, 2)).toBe('stale');
    expect(await ping(old, 3, before)).toBe('stale');
    expect(await ping(fresh, 6)).toBe('stored');
    await until('the newest is shown', () => shownBy(desk, user.userId).at(-1)?.measuredAt === 6);
    expect(checkPositions({ sent, shown: shownBy(desk, user.userId), kept: [] })).toEqual([]);

    const rider = await direct(await scene.addUser(UserType.passenger), 0);
    fresh.socket.on('trip:assignment:offered', (_offer: TripOffered, received: () => void) =>
      received(),
    );
    const { tripId } = await rider.ask<TripView>('trip:request', {
      idempotencyKey: user.userId,
      paymentMode: 'cash',
      pickupPoint: PLACE,
      stops: [{ point: { ...PLACE, lng: PLACE.lng + 0.02 } }],
    });
    const offered = await fresh.waitFor<TripOffered>(
      'trip:assignment:offered',
      (offer) => offer.tripId === tripId,
    );
    await fresh.ask('driver:offer:accept', { assignmentId: offered.assignmentId });
    await rider.waitFor<{ tripId: string }>(
      'trip:driver_assigned',
      (told) => told.tripId === tripId,
    );
    for (const step of ['trip:arrive', 'trip:start', 'trip:complete'] as const)
      await fresh.ask(step, { tripId });

    // The other driver leaves later than the old socket ends: once it has gone, this one would have too.
    const otherUser = await scene.addUser(UserType.driver);
    const other = await direct(otherUser, 0);
    await other.ask('driver:location:ping', fix(1));
    old.close();
    await other.ask('driver:location:ping', fix(2));
    other.close();
    await offlineOf(desk, otherUser.userId);
    expect(
      desk.payloads<DriverOffline>('driver:offline').filter((f) => f.driverId === user.userId),
    ).toEqual([]);
    expect(await ping(fresh, 7)).toBe('stored');
    printFigures('back elsewhere while the old socket lives', {
      fixes: sent.length,
      lateRefused: sent.filter(({ isAcknowledged }) => !isAcknowledged).length,
    });
    expect(scene.complaints()).toEqual([]);
  });

  it('[ORD2] a backlog that comes out of order, twice and over two instances ends with the newest, and no viewer sees it go back', async () => {
    const user = await scene.addUser(UserType.driver);
    const desk = await dispatcher(0);
    const devices = [await direct(user, 0), await direct(user, 1)];
    const seed = Date.now() % 100_000;
    const random = seededRandom(seed);
    const now = Date.now();
    const count = 200;
    const backlog = Array.from({ length: count }, (_, i) => ({
      ...fix(i + 1),
      timestamp: now - (count - i) * 1_000,
    }));
    const sent: SentFix[] = [];
    const twice = shuffled([...backlog, ...backlog], random);
    for (let first = 0; first < twice.length; first += 8) {
      const batch = twice.slice(first, first + 8);
      const device = devices[first % 16 === 0 ? 0 : 1]!;
      const answer = (await device.request<LocationPingResult>(
        'driver:location:ping',
        batch,
      )) as Ack<LocationPingResult>;
      for (const [i, { lat }] of batch.entries())
        sent.push({
          driverId: user.userId,
          measuredAt: Math.round((lat - PLACE.lat) / STEP),
          isAcknowledged: answer.ok && answer.data!.results[i]!.verdict === 'stored',
        });
    }
    await until(
      'the newest is shown',
      () => shownBy(desk, user.userId).at(-1)?.measuredAt === count,
    );
    const shown = shownBy(desk, user.userId);
    expect(checkPositions({ sent, shown, kept: [] })).toEqual([]);
    const late = await dispatcher(1);
    await until(
      'a dispatcher elsewhere has it',
      () =>
        late.payloads<{ drivers: { position: { lat: number } | null }[] }>('driver:snapshot')
          .length > 0,
    );
    printFigures('backlog out of order', { seed, fixes: sent.length, shown: shown.length });
    expect(scene.complaints()).toEqual([]);
  });

  it.each([
    { what: 'a link of 2 KB/s', quality: { bytesPerSecond: 2_048 } },
    { what: '300 ms and 5 % loss', quality: { lagMs: 300, lossPercent: 5 } },
  ])(
    '[TRIP20] with $what a ride goes from its request to its end, and nobody is sent away',
    async ({ what, quality }) => {
      const wires = [await wireTo(0, quality), await wireTo(1, quality)];
      const pair = await RidingPair.open(
        scene,
        0,
        [0, 1],
        wires.map((wire) => () => `http://127.0.0.1:${wire.port}`),
      );
      const since = performance.now();
      await pair.ride();
      const rideS = seconds(performance.now() - since);
      printFigures(what, { rideS, unserved: pair.unserved });
      expect(pair.rides).toBe(1);
      expect(pair.passenger.connections).toBe(1);
      expect(pair.driver.connections).toBe(1);
      pair.close();
      expect(scene.complaints()).toEqual([]);
    },
  );

  it('[SLOW1] a reader that stops is closed and raises nobody else’s time', async () => {
    const wire = await wireTo(0);
    const slow = await scene.addUser(UserType.passenger);
    const writerUser = await scene.addUser(UserType.passenger);
    const url = await scene.instances[0]!.url();
    const open = async (at: string, user: TestUser) => {
      const client = BareSocket.open(at, Namespace.chat, { token: user.token });
      clients.push(client);
      await client.waitFor('hello');
      await client.ask('chat:join', { conversationId: 'room:loud' });
      return client;
    };
    const reader = await open(`http://127.0.0.1:${wire.port}`, slow);
    const writer = await open(url, writerUser);
    const other = await direct(await scene.addUser(UserType.driver), 0);
    const timesOf = async (count: number): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < count; i += 1) {
        const at = performance.now();
        await other.request('driver:location:ping', fix(i));
        times.push(performance.now() - at);
      }
      return times.toSorted((a, b) => a - b)[Math.floor(count * 0.95)]!;
    };
    const beforeMs = await timesOf(50);
    wire.stall();
    let said = 0;
    const talking = (async () => {
      while (reader.disconnectReason === undefined && said < 20_000) {
        said += 1;
        await writer.request('chat:send', {
          conversationId: 'room:loud',
          clientMessageId: `m${said}`,
          text: 'x'.repeat(1_900),
        });
      }
    })();
    const duringMs = await timesOf(100);
    // Nothing of what the server says reaches it; its library finds out by the missing pings.
    await until('it finds out', () => reader.disconnectReason !== undefined, 60_000);
    await talking;
    printFigures('a reader that stops', {
      said,
      pingP95BeforeMs: Math.round(beforeMs * 10) / 10,
      pingP95DuringMs: Math.round(duringMs * 10) / 10,
    });
    expect(await scene.readiness(0)).toBe(true);
    expect(scene.complaints()).toEqual([]);
  });

  it('[AVAIL1] what a device chose right before its network broke is known to the others', async () => {
    const wire = await wireTo(0);
    const user = await scene.addUser(UserType.driver);
    const desk = await dispatcher(1);
    const driver = await overWire(user, wire);
    const chosen = await driver.ask<AvailabilitySnapshot>('driver:status:update', {
      isAvailableForTrips: true,
    });
    wire.reset();
    await desk.waitFor<AvailabilitySnapshot>(
      'driver:availability:update',
      ({ driverId, version }) => driverId === user.userId && version >= chosen.version,
    );
    expect(scene.complaints()).toEqual([]);
  });
});
