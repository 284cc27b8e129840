import { type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { UserType } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { sampleCard, sampleRequest, startModules, TripInstances, until } from '#libs/testing';
import {
  openOffers,
  RidesService,
  TimersStore,
  TripClock,
  type TripHistoryEntry,
  type TripRecord,
  TripsModule,
  TripsService,
} from '#libs/trips';
import { MatchingModule } from './matching.module.js';

const HOUR_MS = 3_600_000;
const PICKUP = { lat: 41.9, lng: 12.5, address: null };

describe('what is due about trips', () => {
  let stage: TripInstances;
  const others: TestingModule[] = [];
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all([stage, ...others.splice(0)].map((each) => each.close()));
  });

  async function start(overrides: Record<string, string>, modules = [MatchingModule]) {
    const quick = {
      DISPATCH_DELIVERY_ACK: 'optional',
      DISPATCH_RETRY_INTERVAL: '50ms',
      DISPATCH_SEARCH_TIME: '1h',
      DISPATCH_OFFER_TTL: '1h',
      TRIP_TIMER_INTERVAL: '20ms',
      DRIVER_GRACE: '100ms',
      REAPER_INTERVAL: '50ms',
    };
    stage = await TripInstances.start({ ...quick, ...overrides }, modules);
  }

  const driver = (meters: number) => stage.driverNear(PICKUP, meters);
  const request = () => stage.trips().request(sampleRequest('trip-1', 'passenger-1'));
  const read = (): Promise<TripRecord> => stage.trips(1).get('trip-1');
  const untilTrip = async (name: string, holds: (trip: TripRecord) => boolean) => {
    await until(`the trip ${name}`, async () => holds(await read()));
    return read();
  };
  const isAsked = (driverId: string) => (trip: TripRecord) =>
    openOffers(trip).some((offer) => offer.driverId === driverId);
  const entriesOf = async (type: TripHistoryEntry['type']) =>
    (await stage.trips().historyAfter('trip-1', 0))!.filter((entry) => entry.type === type);
  const timers = () => stage.redis.zrange(stage.key('timers'), '0', '-1');

  async function accept(driverId: string): Promise<TripRecord> {
    const trip = await untilTrip(`asks ${driverId}`, isAsked(driverId));
    const { assignmentId } = openOffers(trip)[0]!;
    const answer = { assignmentId, driverId, driver: sampleCard(driverId) };
    return (await stage.trips(1).apply('trip-1', { kind: 'accept', ...answer })).trip;
  }

  /** The driver accepts and is on the way, as the timers of an instance do it. */
  async function acceptBy(driverId: string): Promise<void> {
    await accept(driverId);
    await untilTrip('is on its way', ({ status }) => status === 'arriving');
  }

  /** The driver's last connection closes, and the grace period goes by. */
  async function vanish(driverId: string): Promise<void> {
    const availability = stage.get(AvailabilityService);
    const { epoch } = await availability.connect(driverId);
    await availability.disconnect(driverId, epoch);
  }

  it('[TRIP2] a timer goes to one instance, and to another one when that dies before it is done', async () => {
    await start({ DISPATCH_OFFER_TTL: '100ms' }, [TripsModule]);
    const [first, second] = [await driver(100), await driver(200)];
    await request();
    const offers = [{ driverId: first, distanceMeters: 100, etaMs: 60_000 }];
    const round = { radiusMeters: 1_000, found: 1, considered: [] };
    await stage.trips().apply('trip-1', { kind: 'startAssigning' });
    const { trip } = await stage
      .trips()
      .apply('trip-1', { kind: 'offer', round, offers, retryAt: 0 });
    await until('the offer is over', () => Date.now() > trip.offers[0]!.expiresAt + 20);
    const claims = await Promise.all(
      [0, 1, 0, 1].map((instance) => stage.get(TimersStore, instance).claim(10, 400)),
    );
    const taken = claims.flatMap(({ claimed }) => claimed);
    expect(taken.map(({ kind, id }) => `${kind}:${id}`)).toEqual(['offer:trip-1_1']);
    expect(await timers()).toContain('offer:trip-1_1');

    // Those instances do no more about it. One that comes later does all of it.
    others.push(await startModules(stage.environment, [MatchingModule]));
    const after = await untilTrip('asks the second driver', isAsked(second));
    expect(after.offers[0]).toMatchObject({ driverId: first, status: 'expired' });
    expect(after.offers[0]!.answeredAt).toBeGreaterThanOrEqual(taken[0]!.takenUntil);
  });

  it('[TRIP2] what an instance left to be done at once when it died is done by another', async () => {
    await start({}, [TripsModule]);
    const nearest = await driver(100);
    await stage.listenFor(nearest, 1);
    await request();
    await stage.instances.shift()!.close();
    stage.instances.unshift(await startModules(stage.environment, [MatchingModule]));
    await acceptBy(nearest);
    expect((await read()).driverId).toBe(nearest);
  });

  it('[TRIP2] a timer that was set anew while it was dealt with stays', async () => {
    await start({}, [TripsModule]);
    const store = stage.get(TimersStore);
    await stage.redis.zadd(stage.key('timers'), 1, 'match:trip-7');
    const {
      claimed: [claimed],
    } = await store.claim(10, 60_000);
    expect(claimed).toMatchObject({ kind: 'match', id: 'trip-7' });
    const setAnew = Date.now() + 5_000;
    await stage.redis.zadd(stage.key('timers'), setAnew, 'match:trip-7');
    await store.settle(claimed!, null);
    expect(await stage.redis.zscore(stage.key('timers'), 'match:trip-7')).toBe(String(setAnew));
    await stage.redis.zadd(stage.key('timers'), claimed!.takenUntil, 'match:trip-7');
    await store.settle(claimed!, null);
    expect(await timers()).toEqual([]);
  });

  it('[TRIP28] a jump that comes between a look at the clock and what is made of it is still seen', async () => {
    await start({}, [TripsModule]);
    const [store, dispatch] = [stage.get(TimersStore), stage.get(RedisKeys).dispatchClock];
    const field = async (name: string) => Number(await stage.redis.hget(dispatch, name));
    const redisMs = async () => {
      const [seconds, micros] = await stage.redis.time();
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    };
    const commands = stage.get(RedisCommands);
    const { run } = commands;
    const beforeStep = (act: () => Promise<unknown>) =>
      vi.spyOn(commands, 'run').mockImplementation(async (script, keys, values) => {
        if (script.name === 'step_clock') await act();
        return run.call(commands, script, keys, values);
      });
    const lookUntil = (what: string, name: string, least: number) =>
      until(what, async () => {
        await store.claim(1, 1);
        return (await field(name)) >= least;
      });
    await store.claim(1, 1);
    await stage.redis.hset(dispatch, 'ahead', 60_000);

    // The clock comes back to that of Redis by small steps, and Redis goes back by an hour.
    const later = (await redisMs()) + HOUR_MS;
    beforeStep(() => stage.redis.hset(dispatch, 'last', later));
    await lookUntil('it has made a step', 'steps', 1);
    expect(await field('last')).toBe(later);

    // It stands still, is judged, and goes on from the look that was judged, not from what came after.
    let lookedBefore = 0;
    beforeStep(async () => {
      lookedBefore = await redisMs();
      await until('Redis has gone on', async () => (await redisMs()) > lookedBefore);
    });
    await lookUntil('it was judged', 'judgements', 1);
    expect(await field('last')).toBeLessThanOrEqual(lookedBefore);
  });

  it('[DISP6] a driver that vanishes before the ride is replaced by another, and is free when it is back', async () => {
    await start({});
    const [first, second] = [await driver(100), await driver(200)];
    await request();
    await acceptBy(first);
    await vanish(first);
    const trip = await untilTrip('asks the second driver', isAsked(second));
    expect(trip).toMatchObject({ status: 'assigning', driverId: null, driverLostAt: 0 });
    const [lost] = await entriesOf('driver_lost');
    expect(lost).toMatchObject({ data: { driverId: first, reassigning: true } });
    expect((await stage.stateOf(first))?.record).toMatchObject({ tripId: '', dispatched: false });
    await acceptBy(second);
    expect((await stage.get(AvailabilityService).connect(first)).snapshot).toMatchObject({
      currentTripId: null,
      isAvailableForTrips: true,
    });
    expect(await read()).toMatchObject({ driverId: second, status: 'arriving' });
  });

  it('[DISP6] a driver that vanishes during the ride keeps it; the passenger is told, also when it is back', async () => {
    await start({ TRIP_LOST_CHECK_INTERVAL: '50ms' });
    const heard = await stage.listenFor('passenger-1', 1);
    const first = await driver(100);
    await request();
    await acceptBy(first);
    await stage.get(RidesService).start(first, 'trip-1');
    await vanish(first);
    await untilTrip('has lost its driver', ({ driverLostAt }) => driverLostAt > 0);
    expect(await read()).toMatchObject({ status: 'in_progress', driverId: first });
    await stage.get(AvailabilityService).connect(first);
    await untilTrip('has its driver again', ({ driverLostAt }) => driverLostAt === 0);
    const told = () =>
      heard
        .flatMap(({ entries }) => entries.flatMap(({ notices }) => notices))
        .filter(({ to, event }) => to.includes('passenger') && /driver_(lost|returned)/.test(event))
        .map(({ event }) => event);
    await until('the passenger is told', () => told().length === 2);
    expect(told()).toEqual(['trip:driver_lost', 'trip:driver_returned']);
    expect((await timers()).filter((name) => name.startsWith('lost'))).toEqual([]);
    await vanish(first);
    await untilTrip('has lost its driver again', ({ driverLostAt }) => driverLostAt > 0);
  });

  it('[DISP6] a driver who accepts without a connection and does not come back is replaced', async () => {
    await start({});
    const [first, second] = [await driver(100), await driver(200)];
    await request();
    await untilTrip('asks the first driver', isAsked(first));
    await vanish(first);
    await until('it is gone', async () => (await stage.stateOf(first))?.live === false);
    await until('its lease has ended', async () => {
      return (await stage.redis.zscore(stage.key('leases'), first)) === null;
    });
    expect(await accept(first)).toMatchObject({ status: 'accepted', driverId: first });
    await untilTrip('asks the second driver', isAsked(second));
  });

  it('[DISP7] waiting at the pickup is charged at each step and told, until the ride begins', async () => {
    await start({ FARE_WAITING_FREE: '0ms', FARE_WAITING_PER_MINUTE: '30' });
    const first = await driver(100);
    await request();
    await acceptBy(first);
    await stage.get(RidesService).arrive(first, 'trip-1');
    const trip = await untilTrip('costs a minute', ({ waiting }) => waiting.surcharge === 30);
    const nextAt = Number(await stage.redis.zscore(stage.key('timers'), 'waiting:trip-1'));
    expect(nextAt).toBe(trip.arrivedAt + 60_001);

    // As if the driver had come a minute earlier.
    const earlier = { ...trip, arrivedAt: trip.arrivedAt - 60_000 };
    await stage.redis.hset(stage.key('trip', 'trip-1'), 'record', JSON.stringify(earlier));
    await stage.redis.zadd(stage.key('timers'), nextAt - 60_000, 'waiting:trip-1');
    await untilTrip('costs two', ({ waiting }) => waiting.surcharge === 60);
    const charged = await entriesOf('penalty_applied');
    expect(charged.map(({ data }) => data['surcharge'])).toEqual([30, 60]);
    const { trip: started } = await stage.get(RidesService, 1).start(first, 'trip-1');
    expect(started.waiting).toMatchObject({ surcharge: 60 });
    expect(started.waiting.ms).toBeGreaterThan(60_000);
    expect((await timers()).filter((name) => name.startsWith('waiting'))).toEqual([]);
    const { trip: ended } = await stage.get(RidesService).complete(first, 'trip-1');
    expect(ended.final?.breakdown).toMatchObject({ total: ended.final?.fareTotal });
  });

  it('[DISP8] a ride over more fixes than are kept is as long as the way that was driven', async () => {
    await start({ LOCATION_HISTORY_LENGTH: '10', TRIP_ODOMETER_INTERVAL: '100ms' });
    const first = await driver(0);
    await request();
    await acceptBy(first);
    const { trip } = await stage.get(RidesService).start(first, 'trip-1');
    const stepMeters = 20;
    let driven = 0;
    for (let batch = 0; batch < 5; batch += 1) {
      const fixes = Array.from({ length: 8 }, () => {
        driven += 1;
        return {
          lat: PICKUP.lat + (driven * stepMeters) / 111_195,
          lng: PICKUP.lng,
          timestamp: trip.startedAt + driven * 500,
        };
      });
      const { results } = await stage.get(LocationService).record(first, fixes, 0);
      expect(results.every(({ verdict }) => verdict === 'stored' || verdict === 'stale')).toBe(
        true,
      );
      const last = fixes.at(-1)!.timestamp;
      await untilTrip('has counted them', ({ odometer }) => odometer.until >= last);
    }
    const { final } = (await stage.get(RidesService, 1).complete(first, 'trip-1')).trip;
    const expected = (driven - 1) * stepMeters;
    expect(final!.distanceMeters).toBeGreaterThanOrEqual(expected - 5);
    expect(final!.distanceMeters).toBeLessThanOrEqual(expected + stepMeters + 5);
    expect((await timers()).filter((name) => !name.startsWith('archive'))).toEqual([]);
  });

  it('[DISP8] a ride of which one fix is known is taken for as long as it was estimated', async () => {
    await start({ TRIP_ODOMETER_INTERVAL: '100ms' });
    const first = await driver(0);
    await request();
    await acceptBy(first);
    const { trip } = await stage.get(RidesService).start(first, 'trip-1');
    const timestamp = trip.startedAt + 1_000;
    await stage.get(LocationService).record(first, [{ ...PICKUP, timestamp }], 0);
    await untilTrip('has counted it', ({ odometer }) => odometer.until === timestamp);
    const { final } = (await stage.get(RidesService).complete(first, 'trip-1')).trip;
    expect(final!.distanceMeters).toBeGreaterThan(2_000);
  });

  it.each([-10_000, 10_000])(
    '[TRIP2] an instance whose clock is %i ms off gives drivers no more and no less time',
    async (offMs) => {
      const rightNow = Date.now;
      vi.spyOn(Date, 'now').mockImplementation(() => rightNow() + offMs);
      await start({
        DISPATCH_DELIVERY_ACK: 'required',
        DISPATCH_DELIVERY_TIMEOUT: '3s',
        DISPATCH_OFFER_TTL: '1m',
      });
      const redisNow = async () => {
        const [seconds, micros] = await stage.redis.time();
        return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
      };
      await until('the clock of Redis is known', async () => {
        const clocks = [0, 1].map((instance) => stage.get(TripClock, instance).now());
        const now = await redisNow();
        return clocks.every((clock) => Math.abs(clock - now) < 200);
      });
      const first = await driver(100);
      const before = await redisNow();
      await request();
      const trip = await untilTrip('asks', isAsked(first));
      const after = await redisNow();
      const [offer] = openOffers(trip);
      for (const [endsAt, ttlMs] of [
        [offer!.expiresAt, 60_000],
        [offer!.deliverBy, 3_000],
      ] as const) {
        expect(endsAt).toBeGreaterThanOrEqual(before + ttlMs - 200);
        expect(endsAt).toBeLessThanOrEqual(after + ttlMs + 200);
      }
    },
  );

  it('[DISP8] what a driver drove before the ride is no part of it, whoever ends the trip and when', async () => {
    await start({});
    const first = await driver(0);
    // 60 km of other business.
    const fixes = Array.from({ length: 120 }, (_, i) => ({
      lat: PICKUP.lat + ((i + 1) * 500) / 111_195,
      lng: PICKUP.lng,
      timestamp: Date.now() - (i + 1) * 60_000,
    }));
    await stage.get(LocationService).record(first, fixes, 0);
    await request();
    await acceptBy(first);
    const coming = await read();
    const rides = stage.get(RidesService);
    expect((await rides.finalOf(coming, {})).distanceMeters).toBeLessThan(10_000);
    // What was read before the start sets no price after it.
    await rides.start(first, 'trip-1');
    const final = { ...(await rides.finalOf(coming, {})), fareTotal: 99_999 };
    const { trip } = await rides.end(coming, { kind: 'complete', driverId: first, final }, () =>
      rides.complete(first, 'trip-1'),
    );
    expect(trip).toMatchObject({ status: 'completed' });
    expect(trip.final!.fareTotal).toBeLessThan(99_999);
  });

  it('[DISP9] dispatchers are told of a trip that stays in its status, and told again', async () => {
    await start({ TRIP_STUCK_AFTER: 'assigning=150ms' });
    await request();
    await until('it was told twice', async () => (await entriesOf('trip_stuck')).length >= 2);
    const [one, two] = await entriesOf('trip_stuck');
    const { statusSince } = await read();
    expect(one!.at - statusSince).toBeGreaterThanOrEqual(150);
    expect(two!.at - one!.at).toBeGreaterThanOrEqual(140);
    expect(one!.notices.map(({ to, event }) => `${event} > ${to.join(' ')}`)).toEqual([
      'admin:trip:stuck > admin',
    ]);
  });

  it('[TRIP8] a trip that is over leaves Redis when its time has come', async () => {
    await start({
      TRIP_ARCHIVE_AFTER: '100ms',
      TRIP_REQUEST_KEY_TTL: '50ms',
      TRIP_REQUESTS_WINDOW: '100ms',
    });
    await request();
    await stage
      .trips()
      .apply('trip-1', { kind: 'cancel', actor: { kind: 'system' }, reason: 'over' });
    await until('it is gone', async () => (await stage.trips(1).find('trip-1')) === null);
    await until('its timer too', async () => (await timers()).length === 0);
  });

  it('[TRIP8] a timer of a trip that is gone goes as well', async () => {
    await start({});
    const kinds = ['match', 'approach', 'waiting', 'odometer', 'lost', 'stuck', 'archive'];
    const names = [...kinds.map((kind) => `${kind}:gone`), 'offer:gone_1', 'vanished:gone'];
    await stage.redis.zadd(stage.key('timers'), ...names.flatMap((name) => [1, name]));
    await until('none is left', async () => (await timers()).length === 0);
  });

  it('[DISP3] a driver accepts, arrives, starts and completes, and is asked for the next trip', async () => {
    await start({});
    const first = await driver(100);
    await stage.get(AccountsService).create({ id: first, userType: UserType.driver, name: 'Bo' });
    await request();
    const trip = await untilTrip('asks', isAsked(first));
    const rides = [stage.get(RidesService), stage.get(RidesService, 1)] as const;
    await rides[1].acceptOffer(first, openOffers(trip)[0]!.assignmentId);
    await rides[0].arrive(first, 'trip-1');
    await rides[1].start(first, 'trip-1');
    const { trip: ended } = await rides[0].complete(first, 'trip-1');
    expect(ended).toMatchObject({ status: 'completed', driver: { id: first, name: 'Bo' } });
    const next = sampleRequest('trip-2', 'passenger-1');
    await stage.get(TripsService, 1).request(next);
    await until('the next trip asks', async () =>
      isAsked(first)(await stage.trips().get('trip-2')),
    );
  });
});
