import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TripRequestDto, UserType, type FareBreakdown, type TripView } from '#libs/contracts';
import { testEnvironment, until } from '#libs/testing';
import { RidesService } from '#libs/trips';
import { startRest, type Answer } from './rest-instance.js';
import { requestBody, TripScene, type Person } from './trip-scene.js';

interface TripEvent {
  version: number;
  type: string;
  told: { event: string; payload: Record<string, unknown>; to?: string[] }[];
}

describe('trips over REST on two instances', () => {
  let scene: TripScene;

  beforeAll(async () => {
    const environment = testEnvironment({
      DISPATCH_DELIVERY_ACK: 'optional',
      DISPATCH_RADII_METERS: '3000',
      DISPATCH_SEARCH_TIME: '1h',
      DISPATCH_RETRY_INTERVAL: '1h',
      TRIP_TIMER_INTERVAL: '20ms',
    });
    const [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
    scene = await TripScene.open(one, two);
  });
  afterAll(() => Promise.all([scene?.one.close(), scene?.two.close()]));

  const eventsFor = async (tripId: string, { token }: Person): Promise<TripEvent[]> => {
    const answer = await scene.two.call('GET', `trips/${tripId}/events`, { token });
    expect(answer.status).toBe(200);
    return answer.body.data;
  };
  const toldTo = async (tripId: string, person: Person): Promise<string[]> =>
    (await eventsFor(tripId, person)).flatMap(({ told }) => told.map(({ event }) => event));

  it('[TRIP10] Twins of a request race on two instances and are one trip', async () => {
    const passenger = await scene.passenger();
    const place = scene.place();
    const key: string = randomUUID();
    const send = (instance: typeof scene.one, body: object, name = key) =>
      instance.call('POST', 'trips', {
        token: passenger.token,
        body,
        headers: { 'idempotency-key': name },
      });
    const twins = await Promise.all(
      [scene.one, scene.two, scene.one, scene.two].map((instance) =>
        send(instance, requestBody(place)),
      ),
    );
    expect(twins.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const ids = new Set(twins.map(({ body }) => (body.data as TripView).id));
    expect(ids.size).toBe(1);

    expect(await send(scene.two, { ...requestBody(place), paymentMode: 'card' })).toMatchObject({
      status: 409,
      body: { error: { reason: 'IDEMPOTENCY_KEY_REUSED' } },
    });
    const [id] = ids;
    expect(await send(scene.two, requestBody(place), 'another')).toMatchObject({
      status: 409,
      body: { error: { reason: 'TRIP_ACTIVE', details: { tripId: id } } },
    });
    await scene.one.call('POST', `trips/${id}/cancel`, { token: passenger.token });
    const again = await send(scene.two, requestBody(place));
    expect(again).toMatchObject({ status: 201, body: { data: { id, status: 'cancelled' } } });
    const quoted = await send(scene.one, requestBody(place), `"${key}"`);
    expect(quoted).toMatchObject({ status: 201, body: { data: { id } } });
    const inBody = { ...requestBody(place), idempotencyKey: `"${key}"` };
    expect(await send(scene.one, inBody)).toMatchObject({ status: 201, body: { data: { id } } });
    expect(await send(scene.one, inBody, 'another')).toMatchObject({
      status: 400,
      body: { error: { reason: 'VALIDATION_FAILED' } },
    });
    for (const wrong of ['', '""', 'a b', '"a", "b"', 'x'.repeat(65)]) {
      expect(await send(scene.one, requestBody(place), wrong)).toMatchObject({
        status: 400,
        body: { error: { reason: 'VALIDATION_FAILED' } },
      });
    }
  });

  it('[REST2] A trip is refused with a line for each wrong field, and for an unknown one', async () => {
    const { token } = await scene.passenger();
    const right = requestBody(scene.place());
    const post = (body: unknown) => scene.one.call('POST', 'trips', { token, body });
    const wrong = await post({ ...right, paymentMode: 'gold', stops: [{ point: { lat: 91 } }] });
    expect(wrong.status).toBe(400);
    expect(wrong.body.error).toMatchObject({
      reason: 'VALIDATION_FAILED',
      details: [
        'paymentMode must be one of cash, card, wallet',
        'stops.0.point must have lat from -90 to 90 and lng from -180 to 180',
      ],
    });
    const [stop] = right.stops;
    for (const body of [
      { ...right, color: 'red' },
      { ...right, stops: [{ ...stop, color: 'red' }] },
      { ...right, stops: [{ ...stop, point: { lat: 1, lng: 1, alt: 1 } }] },
      { ...right, pickupPoint: { lat: 1, lng: 1, alt: 1 } },
      { ...right, pickupPoint: 'here' },
      { ...right, stops: 'there' },
      { ...right, stops: {} },
      { ...right, stops: [] },
      { ...right, stops: [null] },
      { ...right, stops: Array.from({ length: 11 }, () => stop) },
      { ...right, stops: undefined },
      [],
      undefined,
    ]) {
      const answer = await post(body);
      expect([body, answer.status, answer.body.error?.reason]).toEqual([
        body,
        400,
        'VALIDATION_FAILED',
      ]);
    }
    const active = await scene.one.call('GET', 'trips/active', { token });
    expect(active.body).toMatchObject({ success: true, data: null });
  });

  it('[TRIP12] A passenger sees the price, requests, cancels, and finds its trips again', async () => {
    const passenger = await scene.passenger();
    const { token } = passenger;
    const place = scene.place();
    const { pickupPoint, stops } = requestBody(place);
    const estimate = await scene.two.call('POST', 'trips/estimate', {
      token,
      body: {
        pickup: { latitude: pickupPoint.lat, longitude: pickupPoint.lng },
        stops: stops.map(({ point: { lat, lng } }) => ({
          point: { type: 'Point', coordinates: [lng, lat] },
        })),
      },
    });
    expect(estimate.status).toBe(200);
    const { total, currency } = estimate.body.data as FareBreakdown;
    expect(total).toBeGreaterThan(0);

    const trip = await scene.requested(passenger, place);
    expect(trip).toMatchObject({
      passengerId: passenger.id,
      fareEstimatedTotal: total,
      currency,
      fareTotal: null,
      pickup: { ...place, address: 'Via Appia 1' },
    });
    for (const path of [
      'trips/active',
      `trips/passengers/${passenger.id}/active-trip`,
      // As a native app prints an id that it has read as a UUID.
      `trips/${trip.id.toUpperCase()}`,
    ]) {
      const active = await scene.two.call('GET', path, { token });
      expect(active).toMatchObject({ status: 200, body: { data: { id: trip.id } } });
    }
    const history = () => scene.two.call('GET', 'trips/history?limit=1', { token });
    expect((await history()).body).toMatchObject({
      data: [],
      meta: { total: 0, isComplete: true },
    });
    const cancelled = await scene.two.call('POST', `trips/${trip.id}/cancel`, {
      token,
      body: { reason: 'it rains' },
    });
    expect(cancelled.body).toMatchObject({
      data: { status: 'cancelled', cancellation: { by: 'passenger', reason: 'it rains' } },
    });
    const active = await scene.one.call('GET', 'trips/active', { token });
    expect(active.body.data).toBeNull();

    const second = await scene.requested(passenger, place);
    await scene.one.call('POST', `trips/${second.id}/cancel`, { token });
    expect((await history()).body).toMatchObject({
      data: [{ id: second.id, cancellation: { reason: 'passenger_cancelled' } }],
      meta: { total: 2, pageCount: 2, hasNext: true, isComplete: true, continueAt: null },
    });
    const other = await scene.passenger();
    const forAnother = { ...requestBody(place), passengerId: other.id };
    expect(await scene.request(passenger, place, { body: forAnother })).toMatchObject({
      status: 403,
      body: { error: { reason: 'FORBIDDEN' } },
    });
  });

  it('[TRIP12] A passenger of another identity service needs no account here', async () => {
    const rides = scene.one.app.get(RidesService, { strict: false });
    const request = TripRequestDto.parse(requestBody(scene.place()));
    const { trip } = await rides.request('of-another-service', request);
    expect((await scene.look(trip.id)).passenger).toEqual({
      id: 'of-another-service',
      name: null,
      photoUrl: null,
      phoneMasked: null,
    });
    await scene.act(trip.id, 'cancel', { reason: 'the test is over' });
  });

  it('[TRIP13] A driver refuses, takes and drives; what it says of the way sets no price', async () => {
    const place = scene.place();
    const [passenger, near, far] = await Promise.all([
      scene.passenger(),
      scene.driver(place, 100),
      scene.driver(place, 900),
    ]);
    const { id, fareEstimatedTotal } = await scene.requested(passenger, place);
    const refused = await scene.offerTo(near, id);
    const { token } = far;
    const wrongReason = { token: near.token, body: { reason: 'tired' } };
    expect((await scene.one.call('POST', `trips/${refused}/reject`, wrongReason)).status).toBe(400);
    const answer = await scene.one.call('POST', `trips/${refused}/reject`, {
      token: near.token,
      body: { reason: 'busy' },
    });
    expect(answer.body.data).toEqual({ assignmentId: refused, status: 'rejected' });
    expect(
      await scene.one.call('PATCH', `trips/assignments/${refused}/accept`, { token: near.token }),
    ).toMatchObject({ status: 409, body: { error: { reason: 'ASSIGNMENT_ALREADY_RESPONDED' } } });

    const offered = await scene.offerTo(far, id);
    const accept = (body?: object) =>
      scene.one.call('PATCH', `trips/assignments/${offered}/accept`, { token, body });
    expect(await accept({ driverId: near.id })).toMatchObject({ status: 403 });
    expect(await accept()).toMatchObject({
      status: 200,
      body: { data: { driverId: far.id, assignmentId: offered } },
    });
    expect((await accept({ driverId: far.id })).status).toBe(200);
    for (const path of ['trips/active', `trips/drivers/${far.id}/active-trip`]) {
      const active = await scene.two.call('GET', path, { token });
      expect(active.body).toMatchObject({ data: { id } });
    }

    const step = (name: string, body: object = {}) =>
      scene.two.call('POST', `trips/${id}/${name}`, { token, body });
    expect(await step('complete')).toMatchObject({
      status: 409,
      body: { error: { reason: 'TRIP_STATUS_CONFLICT' } },
    });
    for (const status of [
      ['arriving', 'arriving'],
      ['arriving', 'arriving'],
      ['arrived-pickup', 'arriving'],
      ['start', 'in_progress'],
      ['start', 'in_progress'],
    ] as const) {
      const [name, after] = status;
      const driven = await step(name, { driverId: far.id });
      expect([name, driven.status, (driven.body.data as TripView).status]).toEqual([
        name,
        200,
        after,
      ]);
    }
    const lies = { actualDistanceKm: 500, actualDurationMin: 600, waitingTimeMinutes: 90 };
    const tooMuch = await step('complete', { ...lies, extraFees: 5_001 });
    expect(tooMuch).toMatchObject({
      status: 400,
      body: { error: { reason: 'VALIDATION_FAILED' } },
    });
    const completed = await step('complete', { ...lies, extraFees: 150 });
    expect(completed.status).toBe(200);
    const trip = completed.body.data as TripView;
    expect(trip.status).toBe('completed');
    expect(trip.fareTotal).toBeGreaterThan(150);
    expect(trip.fareTotal).toBeLessThanOrEqual(fareEstimatedTotal + 150);
    expect(trip.durationSec).toBeLessThan(60);
    expect((await step('complete')).body.data).toEqual(trip);
    const history = await scene.one.call('GET', 'trips/history', { token });
    expect(history.body).toMatchObject({ data: [{ id }], meta: { total: 1 } });
    const others = await scene.one.call('GET', 'trips/history', { token: near.token });
    expect(others.body.data).toEqual([]);
  });

  it('[TRIP11] For others a trip does not exist, whatever they try', async () => {
    const place = scene.place();
    const [passenger, driver, otherPassenger, otherDriver] = await Promise.all([
      scene.passenger(),
      scene.driver(place, 100),
      scene.passenger(),
      scene.driver(scene.place(), 100),
    ]);
    const trip = await scene.taken(passenger, driver, place);
    const attempts = (tripId: string, assignmentId: string) =>
      [
        [otherPassenger, 'GET', `trips/${tripId}`],
        [otherPassenger, 'GET', `trips/${tripId}/events`],
        [otherPassenger, 'POST', `trips/${tripId}/cancel`],
        [otherDriver, 'GET', `trips/${tripId}`],
        [otherDriver, 'GET', `trips/${tripId}/events`],
        [otherDriver, 'POST', `trips/${tripId}/cancel`],
        [otherDriver, 'POST', `trips/${tripId}/arriving`],
        [otherDriver, 'POST', `trips/${tripId}/arrived-pickup`],
        [otherDriver, 'POST', `trips/${tripId}/start`],
        [otherDriver, 'POST', `trips/${tripId}/complete`],
        [otherDriver, 'PATCH', `trips/assignments/${assignmentId}/accept`],
        [otherDriver, 'POST', `trips/${assignmentId}/reject`],
      ] as const;
    const unknown = randomUUID();
    const imagined = attempts(unknown, `${unknown}_1`);
    for (const [i, [{ token }, method, path]] of attempts(
      trip.id,
      trip.assignmentId ?? '',
    ).entries()) {
      const refused = await scene.one.call(method, path, { token });
      expect([path, refused.status]).toEqual([path, 404]);
      const nothing = await scene.one.call(method, imagined[i]![2], { token });
      expect([path, refused.body]).toEqual([path, nothing.body]);
    }
    for (const [{ token }, path] of [
      [otherPassenger, `trips/passengers/${passenger.id}/active-trip`],
      [otherDriver, `trips/drivers/${driver.id}/active-trip`],
    ] as const) {
      expect((await scene.one.call('GET', path, { token })).status).toBe(404);
    }
    for (const { token } of [passenger, driver]) {
      for (const path of ['', `/${trip.id}`, `/${trip.id}/events`, `/${trip.id}/decisions`]) {
        expect((await scene.one.call('GET', `admin/trips${path}`, { token })).status).toBe(403);
      }
      const body = { reason: 'mine' };
      expect((await scene.act(trip.id, 'cancel', body, token)).status).toBe(403);
    }
    expect((await scene.look(trip.id)).version).toBe(trip.version);
    for (const { token } of [passenger, driver, scene.admin]) {
      const own = await scene.two.call('GET', `trips/${trip.id}`, { token });
      expect(own).toMatchObject({ status: 200, body: { data: { id: trip.id } } });
      expect(JSON.stringify(own.body)).not.toContain('151000');
    }
  });

  it('[TRIP11] A suspended account sees and does nothing', async () => {
    const place = scene.place();
    const [passenger, driver] = await Promise.all([scene.passenger(), scene.driver(place, 100)]);
    const trip = await scene.taken(passenger, driver, place);
    for (const { id } of [passenger, driver]) {
      const path = `admin/users/${id}/suspend`;
      await scene.one.call('POST', path, { token: scene.admin.token, body: {} });
    }
    for (const [{ token }, method, path, body] of [
      [passenger, 'POST', 'trips', requestBody(place)],
      [passenger, 'GET', `trips/${trip.id}`],
      [passenger, 'POST', `trips/${trip.id}/cancel`],
      [driver, 'GET', `trips/${trip.id}`],
      [driver, 'POST', `trips/${trip.id}/arrived-pickup`],
      [driver, 'POST', `trips/${trip.id}/cancel`],
    ] as const) {
      const { status } = await scene.two.call(method, path, { token, body });
      expect([path, [401, 403].includes(status)]).toEqual([path, true]);
    }
    expect((await scene.look(trip.id)).status).toBe('arriving');
  });

  it('[TRIP14] Each reads what it was told, dispatchers also who did what', async () => {
    const place = scene.place();
    const [passenger, refuses, takes] = await Promise.all([
      scene.passenger(),
      scene.driver(place, 100),
      scene.driver(place, 900),
    ]);
    const { id } = await scene.requested(passenger, place);
    const refused = await scene.offerTo(refuses, id);
    await scene.one.call('POST', `trips/${refused}/reject`, { token: refuses.token });
    const offered = await scene.offerTo(takes, id);
    await scene.one.call('PATCH', `trips/assignments/${offered}/accept`, { token: takes.token });
    await until('it is on the way', async () => (await scene.look(id)).status === 'arriving');

    expect(await toldTo(id, refuses)).toEqual(['trip:assignment:offered']);
    expect(await toldTo(id, takes)).toEqual([
      'trip:assignment:offered',
      'trip:assignment:accepted',
      'trip:driver_assigned',
      'trip:arriving_started',
      'trip:driver_en_route',
    ]);
    expect(await toldTo(id, passenger)).toEqual([
      'trip:requested',
      'trip:assigning_started',
      'trip:driver_accepted',
      'trip:driver_assigned',
      'trip:arriving_started',
      'trip:driver_en_route',
    ]);
    const own = await eventsFor(id, passenger);
    expect(JSON.stringify(own)).not.toContain(refuses.id);
    expect(own.flatMap(({ told }) => told).every(({ to }) => to === undefined)).toBe(true);
    const all = await eventsFor(id, scene.admin);
    expect(all.flatMap(({ told }) => told).every(({ to }) => to !== undefined)).toBe(true);
    const beyond = await scene.one.call('GET', `trips/${id}/events?after=1e21`, {
      token: passenger.token,
    });
    expect(beyond.status).toBe(400);
    const after = await scene.one.call('GET', `trips/${id}/events?after=${own.at(-2)!.version}`, {
      token: passenger.token,
    });
    expect(after.body.data).toEqual(own.slice(-1));

    const trail = await scene.two.call('GET', `admin/trips/${id}/events`, {
      token: scene.admin.token,
    });
    const system = { kind: 'system' };
    expect(
      (trail.body.data as { version: number; type: string; actor: object }[]).map(
        ({ version, type, actor }) => [version, type, actor],
      ),
    ).toEqual([
      [1, 'trip_requested', { kind: 'passenger', id: passenger.id }],
      [2, 'assigning_started', system],
      [3, 'dispatch_round', system],
      [4, 'driver_offered', system],
      [5, 'driver_rejected', { kind: 'driver', id: refuses.id }],
      [6, 'dispatch_round', system],
      [7, 'driver_offered', system],
      [8, 'driver_accepted', { kind: 'driver', id: takes.id }],
      [9, 'driver_assigned', system],
      [10, 'arriving_started', system],
      [11, 'driver_en_route', system],
    ]);
  });

  it('[TRIP15] Every round says who was considered, why not asked, and what the offer became', async () => {
    const place = scene.place();
    const [passenger, near, busy, far] = await Promise.all([
      scene.passenger(),
      scene.driver(place, 100),
      scene.driver(place, 300, false),
      scene.driver(place, 900),
    ]);
    const { id } = await scene.requested(passenger, place);
    const refused = await scene.offerTo(near, id);
    await scene.one.call('POST', `trips/${refused}/reject`, {
      token: near.token,
      body: { reason: 'price' },
    });
    const offered = await scene.offerTo(far, id);
    const answer = await scene.one.call('GET', `admin/trips/${id}/decisions`, {
      token: scene.admin.token,
    });
    const rejected = { assignmentId: refused, status: 'rejected', reason: 'price' };
    const open = { assignmentId: offered, status: 'offered', reason: null, endedAt: null };
    expect(answer.body.data).toMatchObject([
      {
        round: 1,
        radiusMeters: 3_000,
        found: 3,
        considered: [
          { driverId: near.id, outcome: 'offered', offer: rejected },
          { driverId: busy.id, outcome: 'unavailable', offer: null },
          { driverId: far.id, outcome: 'not_needed', offer: null },
        ],
      },
      {
        round: 2,
        considered: [
          { driverId: near.id, outcome: 'asked_before', offer: null },
          { driverId: busy.id, outcome: 'unavailable', offer: null },
          { driverId: far.id, outcome: 'offered', offer: open },
        ],
      },
    ]);
    const distances = (
      answer.body.data as { considered: { distanceMeters: number }[] }[]
    )[0]!.considered.map(({ distanceMeters }) => Math.round(distanceMeters / 100));
    expect(distances).toEqual([1, 3, 9]);
    await scene.act(id, 'cancel', { reason: 'the test is over' });
  });

  it('[TRIP19] The dispatch routes of older clients are for dispatchers', async () => {
    const place = scene.place();
    const [passenger, driver] = await Promise.all([
      scene.passenger(),
      scene.person(UserType.driver),
    ]);
    const { id } = await scene.requested(passenger, place);
    const call = (path: string, token: string, body: object = {}): Promise<Answer> =>
      scene.two.call('POST', `trips/${id}/assign/${path}`, { token, body });
    for (const { token } of [passenger, driver]) {
      for (const path of ['start', 'no-drivers']) {
        expect((await call(path, token)).status).toBe(403);
      }
    }
    const { token } = scene.admin;
    expect(await call('no-drivers', token)).toMatchObject({
      status: 200,
      body: { data: { status: 'no_drivers_found', noDriversReason: 'marked_by_admin' } },
    });
    const search = { searchRadiusMeters: 3_000, maxCandidates: 5, offerTtlSeconds: 20 };
    expect(await call('start', token, search)).toMatchObject({
      status: 200,
      body: { data: { status: 'assigning', noDriversReason: null } },
    });
    expect((await scene.look(id)).search).toMatchObject({
      radiusMeters: 3_000,
      maxOffers: 5,
      offerTtlMs: 20_000,
    });
    expect((await call('start', token, { searchRadiusMeters: 20_001 })).status).toBe(400);
  });
});
