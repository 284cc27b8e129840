import { afterEach, describe, expect, it } from 'vitest';
import { TripParty, type TripStatus } from '#libs/contracts';
import { sampleCard, sampleRequest, TripInstances, until } from '#libs/testing';
import { openOffers, type OfferRecord, type TripHistoryEntry, type TripRecord } from '#libs/trips';
import { MatchingModule } from './matching.module.js';

const PICKUP = { lat: 41.9, lng: 12.5, address: null };
const ADMIN = { kind: TripParty.admin, id: 'admin-1' } as const;

describe('the dispatcher', () => {
  let stage: TripInstances;
  afterEach(() => stage.close());

  async function start(overrides: Record<string, string>): Promise<void> {
    stage = await TripInstances.start(
      {
        DISPATCH_RADII_METERS: '500,1000,2000',
        DISPATCH_DELIVERY_ACK: 'optional',
        DISPATCH_RETRY_INTERVAL: '50ms',
        TRIP_TIMER_INTERVAL: '20ms',
        ...overrides,
      },
      [MatchingModule],
    );
  }

  const driver = (meters: number, options = {}) => stage.driverNear(PICKUP, meters, options);
  const request = async () =>
    (await stage.trips().request(sampleRequest('trip-1', 'passenger-1'))).trip;
  const read = (instance = 1): Promise<TripRecord> => stage.trips(instance).get('trip-1');
  const untilStatus = (status: TripStatus) =>
    until(`the trip is ${status}`, async () => (await read()).status === status);
  const untilAsked = async (...drivers: string[]): Promise<OfferRecord[]> => {
    await until(`${drivers.join()} are asked`, async () => {
      const open = openOffers(await read()).map(({ driverId }) => driverId);
      return open.toSorted().join() === drivers.toSorted().join();
    });
    return openOffers(await read());
  };
  const reject = ({ assignmentId, driverId }: OfferRecord, instance = 1) =>
    stage
      .trips(instance)
      .apply('trip-1', { kind: 'reject', assignmentId, driverId, reason: 'busy' });
  const entriesOf = async (type: TripHistoryEntry['type']) =>
    (await stage.trips().historyAfter('trip-1', 0))!.filter((entry) => entry.type === type);
  const outcomesOf = async () =>
    (await read()).offers.map(({ driverId, status }) => `${driverId} ${status}`);

  it('[DISP2] asks the smallest circle that has somebody, and widens it step by step', async () => {
    await start({});
    const [far, middle] = [await driver(1_500), await driver(800)];
    await request();
    const [first] = await untilAsked(middle);
    await reject(first!);
    await untilAsked(far);
    const rounds = await entriesOf('dispatch_round');
    expect(rounds.map(({ data }) => [data['round'], data['radiusMeters']])).toEqual([
      [1, 1_000],
      [2, 2_000],
    ]);
    expect(rounds[1]!.data['considered']).toMatchObject([
      { driverId: middle, outcome: 'asked_before' },
      { driverId: far, outcome: 'offered' },
    ]);
  });

  it('[DISP3] asks a batch at a time, nobody twice, no more than may be asked, and says when that was all', async () => {
    await start({ DISPATCH_BATCH_SIZE: '2', DISPATCH_MAX_OFFERS: '3' });
    const [a, b, c] = [await driver(100), await driver(200), await driver(300)];
    await driver(400);
    await request();
    const [first, second] = await untilAsked(a, b);
    await reject(first!, 0);
    expect(openOffers(await read()), 'the other one may still accept').toHaveLength(1);
    await reject(second!, 1);
    const [third] = await untilAsked(c);
    await reject(third!);
    await untilStatus('no_drivers_found');
    expect(await read()).toMatchObject({ noDriversReason: 'matching_exhausted' });
    expect(await outcomesOf()).toEqual([`${a} rejected`, `${b} rejected`, `${c} rejected`]);
  });

  it('[DISP3] an offer that nobody answers ends at its deadline, and the next driver is asked', async () => {
    await start({ DISPATCH_OFFER_TTL: '200ms' });
    const [a, b] = [await driver(100), await driver(200)];
    await request();
    const heard = await stage.listenFor(a);
    const [first] = await untilAsked(a);
    await untilAsked(b);
    const trip = await read();
    expect(trip.offers[0]).toMatchObject({ driverId: a, status: 'expired' });
    expect(trip.offers[0]!.answeredAt).toBeGreaterThanOrEqual(first!.expiresAt);
    const late = { kind: 'accept', assignmentId: first!.assignmentId, driverId: a } as const;
    await expect(
      stage.trips().apply('trip-1', { ...late, driver: sampleCard(a) }),
    ).rejects.toMatchObject({ code: 'ASSIGNMENT_EXPIRED' });
    const told = () =>
      heard
        .flatMap(({ entries }) => entries.flatMap(({ notices }) => notices))
        .filter(({ to }) => to.includes(`driver:${a}`));
    await until('it is told', () => told().some(({ event }) => event === 'trip:offer:expired'));
  });

  it('[DISP4] a driver whom no instance hosts is skipped at once', async () => {
    await start({ DISPATCH_OFFER_TTL: '1h' });
    const gone = await driver(100, { isReachable: false });
    const next = await driver(200);
    await request();
    await untilAsked(next);
    expect(await outcomesOf()).toEqual([`${gone} unreachable`, `${next} offered`]);
  });

  it('[DISP4] a driver whom no instance hosted for a moment is asked again, and before that nobody waits for it', async () => {
    await start({ DISPATCH_OFFER_TTL: '1h', DISPATCH_RETRY_INTERVAL: '200ms' });
    const only = await driver(100, { isReachable: false });
    await request();
    await until('it was not reached', async () => (await read()).offers.length > 0);
    await stage.listenFor(only);
    const [offer] = await untilAsked(only);
    const [first] = (await read()).offers;
    expect(first).toMatchObject({ driverId: only, status: 'unreachable' });
    expect(offer!.offeredAt - first!.answeredAt).toBeGreaterThanOrEqual(200);
    const late = { kind: 'accept', assignmentId: first!.assignmentId, driverId: only } as const;
    await expect(
      stage.trips().apply('trip-1', { ...late, driver: sampleCard(only) }),
    ).rejects.toMatchObject({ code: 'ASSIGNMENT_EXPIRED' });
  });

  it('[DISP4] drivers whom nobody hosts use up the offers of a search, three of them as one', async () => {
    await start({ DISPATCH_MAX_OFFERS: '2', DISPATCH_SEARCH_TIME: '1h' });
    await driver(100, { isReachable: false });
    await request();
    await untilStatus('no_drivers_found');
    expect(await read()).toMatchObject({ noDriversReason: 'matching_exhausted' });
    expect((await read()).offers).toHaveLength(6);
  });

  it('[DISP4] an app that does not confirm an offer loses it soon, one that does keeps it to its deadline', async () => {
    await start({
      DISPATCH_OFFER_TTL: '6s',
      DISPATCH_DELIVERY_ACK: 'required',
      DISPATCH_DELIVERY_TIMEOUT: '2s',
    });
    const [silent, awake] = [await driver(100), await driver(200)];
    await request();
    await untilAsked(silent);
    const [offer] = await untilAsked(awake);
    const { assignmentId, driverId } = offer!;
    await stage.trips().apply('trip-1', { kind: 'confirmDelivery', assignmentId, driverId });
    await until('it is over', async () => openOffers(await read()).length === 0);
    const [first, second] = (await read()).offers as [OfferRecord, OfferRecord];
    expect([first.status, second.status]).toEqual(['unreachable', 'expired']);
    expect(first.answeredAt).toBeGreaterThanOrEqual(first.deliverBy);
    expect(first.answeredAt).toBeLessThan(first.expiresAt);
    expect(second.answeredAt).toBeGreaterThanOrEqual(second.expiresAt);
  });

  it('[DISP5] a search that finds nobody tries again until its time is over, and then says why it ends', async () => {
    await start({ DISPATCH_SEARCH_TIME: '400ms' });
    const { search } = await request();
    await untilStatus('no_drivers_found');
    const trip = await read();
    expect(trip).toMatchObject({ noDriversReason: 'no_candidates_within_radius', offers: [] });
    expect(trip.endedAt).toBeGreaterThanOrEqual(search.endsAt);
    const rounds = await entriesOf('dispatch_round');
    expect(rounds.length).toBeGreaterThan(1);
    for (const { data } of rounds) expect(data).toMatchObject({ radiusMeters: 2_000, found: 0 });
    expect(await stage.redis.zrange(stage.key('timers'), '0', '-1')).toEqual(['archive:trip-1']);
  });

  it('[DISP5] a driver who comes into the circle during the search is asked in a later round', async () => {
    await start({});
    await request();
    await until('nobody was found', async () => (await read()).search.rounds > 0);
    const late = await driver(300);
    await untilAsked(late);
  });

  it('[DISP5] a dispatcher who begins the search anew widens it, and may ask again who did not answer', async () => {
    await start({ DISPATCH_MAX_OFFERS: '1', DISPATCH_OFFER_TTL: '100ms' });
    const near = await driver(100);
    const far = await driver(3_000);
    await request();
    await untilStatus('no_drivers_found');
    const wanted = { radiusMeters: 5_000, maxOffers: 2, offerTtlMs: 60_000 };
    await stage
      .trips()
      .apply('trip-1', { kind: 'retryMatching', actor: ADMIN, reason: 'again', wanted });
    const [offer] = await untilAsked(near);
    expect(offer!.expiresAt - offer!.offeredAt).toBe(60_000);
    await reject(offer!);
    await untilAsked(far);
  });

  it('[DISP3] a driver is asked by one trip at a time, however many search at once', async () => {
    await start({ DISPATCH_OFFER_TTL: '1h', DISPATCH_SEARCH_TIME: '1h' });
    const drivers = await Promise.all([100, 200, 300].map((meters) => driver(meters)));
    const trips = await Promise.all(
      Array.from({ length: 9 }, async (_, i) => {
        const trip = sampleRequest(`many-${i}`, `passenger-${i}`);
        return (await stage.trips(i % 2).request(trip)).trip;
      }),
    );
    const open = async () => {
      const found = await Promise.all(trips.map(({ id }) => stage.trips().get(id)));
      return found.flatMap((trip) => openOffers(trip).map(({ driverId }) => driverId));
    };
    await until('every driver is asked', async () => (await open()).length === drivers.length);
    const searched = async () =>
      (await Promise.all(trips.map(({ id }) => stage.trips().get(id)))).every(
        ({ search }) => search.rounds > 0,
      );
    await until('every trip has searched', searched);
    expect((await open()).toSorted()).toEqual(drivers.toSorted());
  });
});
