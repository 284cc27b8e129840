import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestError, TripParty } from '#libs/contracts';
import { sampleCard, sampleRequest, sampleRules, TripInstances, until } from '#libs/testing';
import { decide } from './machine/decide.js';
import { type TripCommand } from './machine/trip-command.js';
import { assignmentIdOf } from './store/trip-record.js';
import { TripsStore } from './store/trips.store.js';

const CANCEL: TripCommand = { kind: 'cancel', actor: { kind: TripParty.system }, reason: 'over' };
const KEY_TTL_MS = 60_000;
const LIMIT = { requests: 3, windowMs: 3_600_000 };

describe('requests for trips', () => {
  let stage: TripInstances;
  let requested = 0;

  beforeAll(async () => {
    stage = await TripInstances.start({
      TRIP_STUCK_AFTER: 'assigning=100ms',
      TRIP_REQUESTS: String(LIMIT.requests),
      TRIP_REQUESTS_WINDOW: String(LIMIT.windowMs),
    });
  });
  afterAll(() => stage.close());

  const newTripId = () => `trip-${(requested += 1)}`;
  const named = (key: string, fingerprint = 'a') => ({ key, fingerprint, ttlMs: KEY_TTL_MS });
  const tripsOf = (passengerId: string) =>
    stage.redis.zrange(stage.key('trips', 'of', passengerId), '0', '-1');

  it('[TRIP5] a request that comes again under its key gives the same trip, also when it is over', async () => {
    const first = await stage.trips().request(sampleRequest(newTripId(), 'ann'), named('k'));
    expect(first.changed).toBe(true);
    const again = await stage.trips(1).request(sampleRequest(newTripId(), 'ann'), named('k'));
    expect(again).toEqual({ trip: first.trip, changed: false, unreached: [] });
    await stage.trips().apply(first.trip.id, CANCEL);
    const later = await stage.trips(1).request(sampleRequest(newTripId(), 'ann'), named('k'));
    expect(later).toMatchObject({ trip: { id: first.trip.id, status: 'cancelled' } });
    expect(await tripsOf('ann')).toEqual([first.trip.id]);
  });

  it('[TRIP5] twins that come at the same time over two instances make one trip', async () => {
    for (let round = 0; round < 25; round += 1) {
      const passenger = `twin-${round}`;
      const outcomes = await Promise.all(
        [0, 1, 0, 1].map((instance) =>
          stage
            .trips(instance)
            .request(sampleRequest(newTripId(), passenger), named('key of the twins')),
        ),
      );
      expect(new Set(outcomes.map(({ trip }) => trip.id)).size).toBe(1);
      expect(outcomes.filter(({ changed }) => changed)).toHaveLength(1);
      expect(await tripsOf(passenger)).toHaveLength(1);
    }
  });

  it('[TRIP5] another request under the key is refused, and the key of another passenger is another key', async () => {
    const first = await stage.trips().request(sampleRequest(newTripId(), 'bob'), named('shared'));
    await expect(
      stage.trips(1).request(sampleRequest(newTripId(), 'bob'), named('shared', 'b')),
    ).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    const other = await stage.trips().request(sampleRequest(newTripId(), 'cyd'), named('shared'));
    expect(other.trip.id).not.toBe(first.trip.id);
    const ttlMs = await stage.redis.pttl(stage.key('request', 'bob', 'shared'));
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(KEY_TTL_MS);
  });

  it('[TRIP5] a request that was refused is not remembered under its key', async () => {
    const { trip } = await stage.trips().request(sampleRequest(newTripId(), 'dan'));
    const retry = () => stage.trips().request(sampleRequest(newTripId(), 'dan'), named('k'));
    await expect(retry()).rejects.toMatchObject({ code: 'TRIP_ACTIVE' });
    await stage.trips().apply(trip.id, CANCEL);
    expect((await retry()).changed).toBe(true);
  });

  it('[LIM4] too many trips of a passenger in a time are refused, over all instances, but not the same request again', async () => {
    const { requests } = LIMIT;
    const request = (instance: number, key: string) =>
      stage.trips(instance).request(sampleRequest(newTripId(), 'una'), named(key));
    for (let i = 0; i < requests; i += 1) {
      const { trip } = await request(i % 2, `k${i}`);
      await request((i + 1) % 2, `k${i}`);
      await stage.trips().apply(trip.id, CANCEL);
    }
    const refused: unknown = await request(1, 'more').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    const { retryAfterMs } = refused as RequestError;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(LIMIT.windowMs);
    expect((await request(0, 'k0')).changed).toBe(false);
    const other = await stage.trips().request(sampleRequest(newTripId(), 'vic'), named('more'));
    expect(other.changed).toBe(true);
    const list = stage.key('trips', 'of', 'una');
    const [oldest] = await stage.redis.zrange(list, '0', '0');
    await stage.redis.zincrby(list, -LIMIT.windowMs, oldest!);
    expect((await request(1, 'more')).changed).toBe(true);
  });

  it('[TRIP6] a passenger who has a trip gets no second one before it is over', async () => {
    const attempts = await Promise.allSettled(
      [0, 1, 0, 1, 0, 1].map((instance) =>
        stage.trips(instance).request(sampleRequest(newTripId(), 'eve')),
      ),
    );
    const [made] = attempts.filter((attempt) => attempt.status === 'fulfilled');
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { trip } = made!.value;
    for (const attempt of attempts) {
      if (attempt.status === 'rejected')
        expect(attempt.reason).toMatchObject({ code: 'TRIP_ACTIVE', details: { tripId: trip.id } });
    }
    expect((await stage.trips(1).activeOf('eve'))?.id).toBe(trip.id);
    await stage.trips().apply(trip.id, CANCEL);
    expect(await stage.trips(1).activeOf('eve')).toBeNull();
    const next = await stage.trips().request(sampleRequest(newTripId(), 'eve'));
    expect(next.changed).toBe(true);
  });

  it('[TRIP6] a trip without drivers is not searched again while its passenger has another one', async () => {
    const { trip } = await stage.trips().request(sampleRequest(newTripId(), 'fay'));
    const admin = { kind: TripParty.admin, id: 'admin-1' } as const;
    await stage
      .trips()
      .apply(trip.id, { kind: 'noDrivers', actor: admin, reason: 'marked_by_admin' });
    const next = await stage.trips().request(sampleRequest(newTripId(), 'fay'));
    const retry = { kind: 'retryMatching', actor: admin, reason: 'try again', wanted: {} } as const;
    const before = await stage.everything();
    await expect(stage.trips().apply(trip.id, retry)).rejects.toMatchObject({
      code: 'TRIP_ACTIVE',
      details: { tripId: next.trip.id },
    });
    expect(await stage.everything()).toEqual(before);
    await stage.trips().apply(next.trip.id, CANCEL);
    const retried = await stage.trips().apply(trip.id, retry);
    expect(retried.trip.status).toBe('assigning');
    expect((await stage.trips().activeOf('fay'))?.id).toBe(trip.id);
  });

  it('[TRIP3] steps of two instances that meet are all done, each on the state that the other left', async () => {
    const { trip } = await stage.trips().request(sampleRequest(newTripId(), 'gil'));
    const message = (text: number): TripCommand => ({
      kind: 'message',
      actor: { kind: TripParty.admin },
      target: 'passenger',
      message: String(text),
    });
    const steps = Array.from({ length: 12 }, (_, i) =>
      stage.trips(i % 2).apply(trip.id, message(i)),
    );
    await Promise.all(steps);
    const history = await stage.trips().historyAfter(trip.id, trip.version);
    const said = history!.map(({ data }) => Number(data['message']));
    expect(said.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('[TRIP3] a trip that stays in its status is noted once, and not before its time', async () => {
    const { trip } = await stage.trips().request(sampleRequest(newTripId(), 'hal'));
    const dueAgainAt = await stage.trips().noteStuck(trip.id);
    if (dueAgainAt !== null) expect(dueAgainAt).toBe(trip.statusSince + 100);
    await until('it is stuck', () => Date.now() > trip.statusSince + 100);
    expect(await stage.trips().noteStuck(trip.id)).toBeNull();
    const stuck = (await stage.trips().historyAfter(trip.id, 1))!;
    expect(stuck.at(-1)).toMatchObject({ type: 'trip_stuck', data: { status: 'assigning' } });
    await stage.trips().apply(trip.id, CANCEL);
    expect(await stage.trips().noteStuck(trip.id)).toBeNull();
    expect(await stage.trips().noteStuck('no-such-trip')).toBeNull();
  });

  it('[TRIP8] a trip that is over leaves with all its history, and nothing of it stays', async () => {
    const [lost, winner] = (await stage.freeDrivers(2)) as [string, string];
    const trips = stage.trips();
    const before = Object.keys(await stage.everything());
    const { trip } = await trips.request(sampleRequest(newTripId(), 'ida'));
    for (const [i, driverId] of [lost, winner].entries()) {
      const offers = [{ driverId, distanceMeters: 10, etaMs: 60_000 }];
      const round = { radiusMeters: 1_000, found: 1, considered: [] };
      const assignmentId = assignmentIdOf(trip.id, i + 1);
      await trips.apply(trip.id, { kind: 'startAssigning' });
      await trips.apply(trip.id, { kind: 'offer', round, offers, retryAt: 0 });
      const driver = sampleCard(driverId);
      await trips.apply(trip.id, { kind: 'accept', assignmentId, driverId, driver });
      if (driverId === lost) await trips.apply(trip.id, { kind: 'loseDriver', driverId });
    }
    await trips.archive(trip.id);
    expect(await trips.find(trip.id), 'it is not over yet').not.toBeNull();
    await trips.apply(trip.id, CANCEL);
    const { version } = await trips.get(trip.id);
    const history = (await trips.historyAfter(trip.id, 0))!.map(({ notices: _, ...rest }) => rest);
    await Promise.all([stage.trips(1).archive(trip.id), trips.archive(trip.id)]);

    const exported = (await stage.redis.xrange(stage.key('exports'), '-', '+'))
      .map(([, fields]) => fields)
      .filter((fields) => fields[1] === 'trip.archived' && fields[3] === trip.id);
    expect(exported).toHaveLength(1);
    expect(exported[0]![5]).toBe(String(version + 1));
    const { trip: view, history: handed } = JSON.parse(exported[0]![9]!) as {
      trip: object;
      history: object[];
    };
    expect(view).toMatchObject({ id: trip.id, status: 'cancelled', driverId: winner });
    expect(handed).toEqual(history);

    const left = Object.keys(await stage.everything()).filter((key) => !before.includes(key));
    expect(left.filter((key) => key !== stage.key('offers'))).toEqual([]);
    for (const set of ['all', 'active'])
      expect(await stage.redis.zscore(stage.key('trips', set), trip.id)).toBeNull();
    const timers = await stage.redis.zrange(stage.key('timers'), '0', '-1');
    expect(timers.filter((name) => name.includes(trip.id))).toEqual([]);
    await expect(trips.get(trip.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('[TRIP8] of a trip with more entries than are kept those that are kept leave with it', async () => {
    const { trip } = await stage.trips().request(sampleRequest(newTripId(), 'jon'));
    await stage.trips().apply(trip.id, CANCEL);
    await stage.redis.xtrim(stage.key('trip', trip.id, 'history'), 'MAXLEN', 1);
    await stage.trips().archive(trip.id);
    const exported = await stage.redis.xrevrange(stage.key('exports'), '+', '-', 'COUNT', 1);
    const { history } = JSON.parse(exported[0]![1][9]!) as { history: object[] };
    expect(history).toMatchObject([{ version: 3, type: 'trip_canceled' }]);
  });

  it('[TRIP8] a trip that is searched again meanwhile is not archived', async () => {
    const { trip } = await stage.trips().request(sampleRequest(newTripId(), 'kim'));
    const admin = { kind: TripParty.admin } as const;
    const noDrivers = { kind: 'noDrivers', actor: admin, reason: 'marked_by_admin' } as const;
    const over = (await stage.trips().apply(trip.id, noDrivers)).trip;
    const again = { kind: 'retryMatching', actor: admin, reason: 'r', wanted: {} } as const;
    expect(decide(over, again, { now: Date.now(), rules: sampleRules })).not.toBeNull();
    await stage.trips(1).apply(trip.id, again);
    expect(await stage.get(TripsStore).archive(over, {})).toBe(false);
    expect((await stage.trips().get(trip.id)).status).toBe('assigning');
  });
});
