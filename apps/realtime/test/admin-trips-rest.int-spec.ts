import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TripMessage } from '#libs/contracts';
import { testEnvironment, until } from '#libs/testing';
import { TripFeed, type TripAnnouncement } from '#libs/trips';
import { startRest } from './rest-instance.js';
import { TripScene, type AdminTrip } from './trip-scene.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const STUCK_AFTER_MS = 400;

describe('trips of dispatchers over REST on two instances', () => {
  let scene: TripScene;
  const announced: TripAnnouncement[] = [];

  beforeAll(async () => {
    const environment = testEnvironment({
      ADMIN_API_KEY: API_KEY,
      DISPATCH_DELIVERY_ACK: 'optional',
      DISPATCH_RADII_METERS: '3000',
      DISPATCH_SEARCH_TIME: '1h',
      DISPATCH_RETRY_INTERVAL: '1h',
      TRIP_TIMER_INTERVAL: '20ms',
      TRIP_STUCK_AFTER: `pending=1h,assigning=${STUCK_AFTER_MS}ms,accepted=1h,arriving=1h,in_progress=1h`,
    });
    const [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
    scene = await TripScene.open(one, two);
    await two.app.get(TripFeed, { strict: false }).followAll((each) => announced.push(each));
  });
  afterAll(() => Promise.all([scene?.one.close(), scene?.two.close()]));

  const list = async (query: string) => {
    const { token } = scene.admin;
    const answer = await scene.two.call('GET', `admin/trips${query}`, { token });
    expect([query, answer.status]).toEqual([query, 200]);
    return {
      ids: (answer.body.data as AdminTrip[]).map(({ id }) => id),
      meta: answer.body.meta as Record<string, unknown>,
    };
  };
  const notices = (tripId: string) =>
    announced
      .filter((each) => each.tripId === tripId)
      .flatMap(({ entries }) => entries.flatMap(({ notices: told }) => told));
  /** Announcements come beside the answers. */
  const untilAnnounced = async (tripId: string): Promise<void> => {
    const { version } = await scene.look(tripId);
    await until('it is announced', () =>
      announced.some(
        (each) => each.tripId === tripId && each.entries.some((entry) => entry.version >= version),
      ),
    );
  };
  const issuedIn = (tripId: string) =>
    notices(tripId)
      .filter(({ event }) => event === 'admin:trip:action_issued')
      .map(({ to, payload }) => ({ to, ...payload }));
  const trailOf = async (tripId: string) => {
    const path = `admin/trips/${tripId}/events`;
    const answer = await scene.one.call('GET', path, { token: scene.admin.token });
    return answer.body.data as { type: string; actor: object; data: Record<string, unknown> }[];
  };
  const byAdmin = () => ({ kind: 'admin', id: scene.admin.id });

  it('[TRIP16] Dispatchers filter trips by whatever they know of them', async () => {
    const place = scene.place();
    const [ada, bob, driver] = await Promise.all([
      scene.passenger('Ada Lovelace'),
      scene.passenger('Bob'),
      scene.driver(place, 100),
    ]);
    const driven = await scene.taken(ada, driver, place);
    const waiting = await scene.requested(bob, scene.place());
    const over = await scene.requested(await scene.passenger('Cy'), scene.place());
    await scene.act(over.id, 'cancel', { reason: 'over' });

    const all = await list('');
    expect(all.ids).toEqual([over.id, waiting.id, driven.id]);
    expect(all.meta).toEqual({
      asOf: expect.any(Number),
      total: 3,
      page: 1,
      limit: 20,
      pageCount: 1,
      hasNext: false,
      hasPrev: false,
      nextPage: null,
      prevPage: null,
      isComplete: true,
      continueAt: null,
    });
    const second = await list('?limit=2&page=2');
    expect(second).toMatchObject({ ids: [driven.id], meta: { total: 3, hasPrev: true } });
    for (const [query, ids] of [
      ['?onlyActive=true', [waiting.id, driven.id]],
      ['?onlyActive=false', [over.id, waiting.id, driven.id]],
      ['?status=cancelled', [over.id]],
      ['?status=arriving', [driven.id]],
      ['?status=completed', []],
      ['?paymentMode=card', []],
      ['?paymentMode=cash&onlyActive=1', [waiting.id, driven.id]],
      [`?passengerId=${bob.id}`, [waiting.id]],
      [`?passengerId=${bob.id}&status=arriving`, []],
      [`?passengerId=${driver.id}`, []],
      [`?driverId=${driver.id}`, [driven.id]],
      [`?driverId=${driver.id}&passengerId=${ada.id}`, [driven.id]],
      ['?driverId=nobody', []],
      ['?vehicleId=some-car', []],
      ['?q=lovelace', [driven.id]],
      ['?q=PIAZZA%20navona', [over.id, waiting.id, driven.id]],
      [`?q=${waiting.id}`, [waiting.id]],
      [`?q=${waiting.id.slice(0, 13)}`, [waiting.id]],
      [`?q=${driver.id}`, [driven.id]],
      [`?q=${waiting.id}&status=cancelled`, []],
      [`?requestedFrom=${waiting.requestedAt}`, [over.id, waiting.id]],
      [`?requestedTo=${waiting.requestedAt}`, [waiting.id, driven.id]],
      [`?requestedFrom=${waiting.requestedAt}&requestedTo=${waiting.requestedAt}`, [waiting.id]],
    ] as const) {
      const found = await list(query);
      expect([query, found.ids, found.meta['total']]).toEqual([query, ids, ids.length]);
    }
    const withKey = await scene.one.call('GET', 'admin/trips', {
      headers: { 'x-api-key': API_KEY },
    });
    expect(withKey.status).toBe(200);
    for (const query of [
      '?status=lost',
      '?requestedFrom=yesterday',
      '?onlyStuck=maybe',
      '?limit=101',
      '?q=',
      '?passengerId=a:b',
      '?color=red',
    ]) {
      const { token } = scene.admin;
      const answer = await scene.one.call('GET', `admin/trips${query}`, { token });
      expect([query, answer.status]).toEqual([query, 400]);
    }
    for (const { id } of [driven, waiting]) await scene.act(id, 'cancel', { reason: 'over' });
  });

  it('[TRIP17] A trip that is in its status for too long is listed as stuck, the oldest first', async () => {
    const [first, second] = await Promise.all([scene.passenger(), scene.passenger()]);
    const old = await scene.requested(first, scene.place());
    const young = await scene.requested(second, scene.place());
    await until('both are stuck', async () => (await list('?onlyStuck=true')).ids.length === 2);
    expect((await list('?onlyStuck=1')).ids).toEqual([old.id, young.id]);
    expect((await list(`?onlyStuck=true&passengerId=${second.id}`)).ids).toEqual([young.id]);
    expect(await scene.look(old.id)).toMatchObject({ isStuck: true, status: 'assigning' });
    for (const { id } of [old, young]) await scene.act(id, 'cancel', { reason: 'over' });
    expect((await list('?onlyStuck=true')).ids).toEqual([]);
    expect((await scene.look(old.id)).isStuck).toBe(false);
  });

  it('[TRIP18] A search is ended and begun anew, each by name and announced once', async () => {
    const place = scene.place();
    const passenger = await scene.passenger();
    const { id } = await scene.requested(passenger, place);
    await until('it is looked for', async () => (await scene.look(id)).status === 'assigning');
    const marked = await scene.act(id, 'mark-no-drivers', {
      reason: 'nobody works there',
      internalNote: 'as on Sundays',
    });
    expect(marked).toMatchObject({
      status: 200,
      body: { data: { status: 'no_drivers_found', noDriversReason: 'nobody works there' } },
    });
    expect(await scene.act(id, 'mark-no-drivers', { reason: 'again' })).toMatchObject({
      status: 409,
      body: { error: { reason: 'TRIP_STATUS_CONFLICT' } },
    });
    const driver = await scene.driver(place, 2_500);
    const wanted = { searchRadiusMeters: 2_600, maxCandidates: 1, offerTtlSeconds: 60 };
    const retried = await scene.one.call('POST', `admin/trips/${id}/actions/retry-matching`, {
      headers: { 'x-api-key': API_KEY },
      body: { reason: 'somebody came', ...wanted },
    });
    expect(retried).toMatchObject({ status: 200, body: { data: { status: 'assigning' } } });
    await scene.offerTo(driver, id);
    await untilAnnounced(id);
    expect(issuedIn(id)).toMatchObject([
      { to: ['admin'], action: 'mark-no-drivers', reason: 'nobody works there', by: byAdmin() },
      { to: ['admin'], action: 'retry-matching', reason: 'somebody came', by: { kind: 'admin' } },
    ]);
    const trail = await trailOf(id);
    expect(trail.find(({ type }) => type === 'no_drivers_found')).toMatchObject({
      actor: byAdmin(),
      data: { reason: 'nobody works there', note: 'as on Sundays' },
    });
    const { actor } = trail.find(({ type }) => type === 'matching_retried')!;
    expect(actor).toEqual({ kind: 'admin' });
    const told = JSON.stringify(notices(id).filter(({ to }) => !to.includes('admin')));
    expect(told).not.toContain('Sundays');
    await scene.act(id, 'cancel', { reason: 'over' });
  });

  it('[TRIP18] A dispatcher cancels a trip: driver and passenger are told why, not the note', async () => {
    const place = scene.place();
    const [passenger, driver] = await Promise.all([scene.passenger(), scene.driver(place, 100)]);
    const { id } = await scene.taken(passenger, driver, place);
    const body = { reason: 'the road is closed', internalNote: 'police called' };
    const cancelled = await scene.act(id, 'cancel', body);
    expect(cancelled.body).toMatchObject({
      data: {
        status: 'cancelled',
        cancellation: { by: 'admin', reason: 'the road is closed' },
        cancellationNote: 'police called',
      },
    });
    expect((await scene.act(id, 'cancel', body)).status).toBe(200);
    await untilAnnounced(id);
    expect(issuedIn(id)).toMatchObject([{ action: 'cancel', by: byAdmin() }]);
    for (const { token } of [passenger, driver]) {
      const trip = await scene.two.call('GET', `trips/${id}`, { token });
      expect(trip.body).toMatchObject({ data: { cancellation: { by: 'admin' } } });
      const events = await scene.two.call('GET', `trips/${id}/events`, { token });
      expect(JSON.stringify(events.body)).toContain('the road is closed');
      expect(JSON.stringify([trip.body, events.body])).not.toContain('police');
      const active = await scene.two.call('GET', 'trips/active', { token });
      expect(active.body.data).toBeNull();
    }
  });

  it('[TRIP18] A status is set by hand, with the distance, time or fare of a ride that nobody ended', async () => {
    const place = scene.place();
    const [passenger, driver] = await Promise.all([scene.passenger(), scene.driver(place, 100)]);
    const { id } = await scene.taken(passenger, driver, place);
    const set = (targetStatus: string, more: object = {}) =>
      scene.act(id, 'override-status', { targetStatus, reason: 'phone is broken', ...more });
    expect((await set('in_progress', { fareTotal: 100 })).status).toBe(400);
    expect((await set('pending')).body.error?.reason).toBe('TRIP_STATUS_CONFLICT');
    expect((await set('in_progress')).body).toMatchObject({ data: { status: 'in_progress' } });
    for (const wrong of [
      { fareTotal: -1 },
      { fareTotal: 1.5 },
      { actualDistanceKm: 10_001 },
      { actualDurationMin: -1 },
    ]) {
      expect((await set('completed', wrong)).status).toBe(400);
    }
    const done = await set('completed', { actualDistanceKm: 7.5, actualDurationMin: 20 });
    // 250 for any ride, 7.5 km at 120, 20 minutes at 30.
    expect(done.body).toMatchObject({
      data: { status: 'completed', distanceMeters: 7_500, durationSec: 1_200, fareTotal: 1_750 },
    });
    await untilAnnounced(id);
    expect(issuedIn(id)).toMatchObject([
      { action: 'override-status', reason: 'phone is broken', by: byAdmin() },
      { action: 'override-status', reason: 'phone is broken', by: byAdmin() },
    ]);
    const fixed = await scene.taken(await scene.passenger(), driver, place);
    const cheap = await scene.act(fixed.id, 'override-status', {
      targetStatus: 'completed',
      reason: 'an apology',
      fareTotal: 1,
    });
    expect(cheap.body).toMatchObject({ data: { fareTotal: 1, fare: { base: 250 } } });

    const third = await scene.requested(await scene.passenger(), scene.place());
    await scene.act(third.id, 'override-status', { targetStatus: 'cancelled', reason: 'a test' });
    await untilAnnounced(third.id);
    expect(issuedIn(third.id)).toMatchObject([{ action: 'override-status' }]);
  });

  it('[TRIP18] A message reaches whom it is for', async () => {
    const place = scene.place();
    const [passenger, driver] = await Promise.all([scene.passenger(), scene.driver(place, 100)]);
    const { id } = await scene.taken(passenger, driver, place);
    for (const target of ['passenger', 'driver', 'both']) {
      const sent = await scene.act(id, 'send-message', { target, message: `for ${target}` });
      expect(sent.status).toBe(200);
    }
    await untilAnnounced(id);
    const messagesTo = (audience: string) =>
      notices(id)
        .filter(({ to, event }) => event === 'trip:message' && (to as string[]).includes(audience))
        .map(({ payload }) => (payload as TripMessage).message);
    expect(messagesTo('passenger')).toEqual(['for passenger', 'for both']);
    expect(messagesTo(`driver:${driver.id}`)).toEqual(['for driver', 'for both']);
    expect((await trailOf(id)).filter(({ type }) => type === 'message_sent')).toMatchObject([
      { actor: byAdmin() },
      { actor: byAdmin() },
      { actor: byAdmin() },
    ]);
    expect((await scene.act(id, 'send-message', { target: 'all', message: 'x' })).status).toBe(400);

    const alone = await scene.requested(await scene.passenger(), scene.place());
    const toNobody = { target: 'driver', message: 'where are you?' };
    expect((await scene.act(alone.id, 'send-message', toNobody)).status).toBe(409);
    expect((await scene.act('no-such-trip', 'send-message', toNobody)).status).toBe(404);
  });
});
