import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type FareBreakdown } from '#libs/contracts';
import { testEnvironment } from '#libs/testing';
import { startRest } from './rest-instance.js';
import { requestBody, TripScene, type AdminTrip, type Person } from './trip-scene.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';

describe('requests by phone over REST on two instances', () => {
  let scene: TripScene;

  beforeAll(async () => {
    const environment = testEnvironment({ ADMIN_API_KEY: API_KEY });
    const [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
    scene = await TripScene.open(one, two);
  });
  afterAll(() => Promise.all([scene?.one.close(), scene?.two.close()]));

  const book = (body: object, key?: string, token = scene.admin.token, instance = scene.one) =>
    instance.call('POST', 'admin/trips', {
      token,
      body,
      ...(key ? { headers: { 'idempotency-key': key } } : {}),
    });
  const bookingFor = (passenger: Person) => ({
    ...requestBody(scene.place()),
    passengerId: passenger.id,
  });

  it('[BOOK1] A dispatcher requests a trip for a passenger, who has it as one of its own; the trail names the dispatcher', async () => {
    const passenger = await scene.passenger('Grace Hopper');
    const answer = await book(bookingFor(passenger));
    expect(answer.status).toBe(201);
    const trip = answer.body.data as AdminTrip;
    expect(trip).toMatchObject({
      passengerId: passenger.id,
      passenger: { name: 'Grace Hopper' },
      status: 'assigning',
      offers: [],
    });
    const own = await scene.two.call('GET', 'trips/active', { token: passenger.token });
    expect(own.body.data).toMatchObject({ id: trip.id });
    const told = await scene.two.call('GET', `trips/${trip.id}/events`, { token: passenger.token });
    expect((told.body.data as { type: string }[])[0]).toMatchObject({ type: 'trip_requested' });
    const trail = await scene.two.call('GET', `admin/trips/${trip.id}/events`, {
      token: scene.admin.token,
    });
    expect((trail.body.data as object[])[0]).toMatchObject({
      type: 'trip_requested',
      actor: { kind: 'admin', id: scene.admin.id },
    });
    const second = await book(bookingFor(passenger));
    expect(second.body.error?.reason).toBe('TRIP_ACTIVE');
  });

  it('[BOOK2] A booking that comes again under its key, on another instance too, is one trip; keys of passengers are others', async () => {
    const passenger = await scene.passenger();
    const booking = bookingFor(passenger);
    const [first, again] = await Promise.all([
      book(booking, 'call-1'),
      book(booking, 'call-1', scene.admin.token, scene.two),
    ]);
    expect([first.status, again.status]).toEqual([201, 201]);
    const { id } = first.body.data as AdminTrip;
    expect((again.body.data as AdminTrip).id).toBe(id);
    const other = await book({ ...booking, paymentMode: 'card' }, 'call-1');
    expect(other.body.error?.reason).toBe('IDEMPOTENCY_KEY_REUSED');
    await scene.act(id, 'cancel', { reason: 'the call was dropped' });
    const own = await scene.request(passenger, scene.place(), {
      headers: { 'idempotency-key': 'call-1' },
    });
    expect(own.status).toBe(201);
    expect((own.body.data as AdminTrip).id).not.toBe(id);
  });

  it('[BOOK3] Trips are booked by dispatchers and the API key, for active passengers only', async () => {
    const passenger = await scene.passenger();
    const booking = bookingFor(passenger);
    for (const { token } of [passenger, await scene.person(UserType.driver)]) {
      expect((await book(booking, undefined, token)).body.error?.reason).toBe('FORBIDDEN');
    }
    const { passengerId: _, ...nobody } = booking;
    expect((await book(nobody)).body.error?.reason).toBe('VALIDATION_FAILED');
    const unknown = await book({ ...booking, passengerId: 'nobody' });
    expect(unknown.body.error?.reason).toBe('NOT_FOUND');
    const driver = await scene.person(UserType.driver);
    const ofDriver = await book({ ...booking, passengerId: driver.id });
    expect(ofDriver.body.error?.reason).toBe('CONFLICT');
    const { token } = scene.admin;
    await scene.one.call('POST', `admin/users/${passenger.id}/suspend`, { token, body: {} });
    expect((await book(booking)).body.error?.reason).toBe('CONFLICT');
    await scene.one.call('POST', `admin/users/${passenger.id}/reactivate`, { token });
    const byKey = await scene.one.call('POST', 'admin/trips', {
      headers: { 'x-api-key': API_KEY },
      body: booking,
    });
    expect(byKey.status).toBe(201);
  });

  it('[BOOK3] A dispatcher tells the caller what the trip would cost', async () => {
    const passenger = await scene.passenger();
    const body = requestBody(scene.place());
    const answers = await Promise.all(
      [scene.admin, passenger].map(({ token }) =>
        scene.two.call('POST', 'admin/trips/estimate', { token, body }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 403]);
    const own = await scene.two.call('POST', 'trips/estimate', { token: passenger.token, body });
    expect(answers[0]!.body.data as FareBreakdown).toEqual(own.body.data);
  });
});
