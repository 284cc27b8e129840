import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  RequestError,
  TripStatus,
  UserType,
  type AvailabilitySnapshot,
  type TripView,
} from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { ShardSubscriber } from '#libs/redis';
import { until, type AppClient, type ToldClient } from '#libs/testing';
import { tripAnnouncementIn, TripsService } from '#libs/trips';
import { PersonalChannels } from '../src/socket/sending/personal-channels.js';
import { TestCluster, type TestUser } from './cluster.js';
import { driverNear, TRIP_REQUEST } from './ride-people.js';

const UPDATE = 'driver:availability:update';

/** What a device shows: the newest state that it was told. */
function shown(client: ToldClient): AvailabilitySnapshot | undefined {
  return client
    .payloads<AvailabilitySnapshot>(UPDATE)
    .toSorted((a, b) => a.version - b.version)
    .at(-1);
}

/** This request waits for the end of the greeting. */
async function untilCaughtUp(client: ToldClient): Promise<void> {
  const answer = await client.request('trip:resume', { tripId: 'none' });
  expect(answer).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
}

describe('a device of a driver whose state changes while it is greeted', () => {
  let cluster: TestCluster;
  let user: TestUser;
  let cab: AppClient;
  let rider: ToldClient;
  beforeAll(async () => {
    cluster = await TestCluster.start({ env: { DISPATCH_RETRY_INTERVAL: '200ms' } });
  });
  afterAll(() => cluster.close());
  afterEach(() => vi.restoreAllMocks());

  /** On the second instance, where the driver connects anew. */
  const serviceOf = <T>(type: new (...args: never[]) => T): T =>
    cluster.instances[1]!.app.get(type, { strict: false });

  /** Lets something happen right behind the read of what the device is greeted with. */
  const afterGreetingRead = (happen: () => Promise<unknown>): void => {
    const availability = serviceOf(AvailabilityService);
    const connect = availability.connect.bind(availability);
    vi.spyOn(availability, 'connect').mockImplementationOnce(async (driverId) => {
      const connected = await connect(driverId);
      await happen();
      return connected;
    });
  };

  const startRide = async () => {
    user = await cluster.addUser(UserType.driver);
    cab = await cluster.connect(user, 0);
    const { offer } = await driverNear(cab, 100);
    rider = await cluster.connect(await cluster.addUser(UserType.passenger), 0);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const { assignmentId } = await offer();
    return { tripId, accept: () => cab.ask('driver:offer:accept', { assignmentId }) };
  };

  it.each(['a trip of another system', 'a trip of ours'])(
    '[AVAIL1] is told its availability once when it comes back with %s',
    async (whose) => {
      const { accept } = await startRide();
      if (whose === 'a trip of ours') await accept();
      else await cab.ask('driver:trip:set', { tripId: 'of-another-system' });
      cab.close();
      const back = await cluster.connect(user, 1);
      // Answered once it is wholly let in.
      await back.ask('driver:location:ping', { lat: 41.9, lng: 12.5 });
      expect(back.payloads<AvailabilitySnapshot>(UPDATE)).toMatchObject([
        { availabilityReason: 'ON_TRIP', currentTripId: expect.any(String) },
      ]);
      back.close();
    },
  );

  it('[TRIP22] a driver who was busy when it took a trip is so again after it', async () => {
    const { tripId, accept } = await startRide();
    await cab.ask('driver:status:update', { availabilityStatus: 'BUSY' });
    await accept();
    await until('the trip is shown', () => shown(cab)?.currentTripId === tripId);
    await rider.ask('trip:cancel', { tripId, reason: 'enough' });
    await until('the end is shown', () => shown(cab)?.currentTripId === null);
    expect(shown(cab)).toMatchObject({ availabilityStatus: 'BUSY' });
    await cab.ask('driver:status:update', { isOnline: false });
  });

  it('[REDIS1] connects anew by itself where Redis has lost what it knew of the driver', async () => {
    const { tripId, accept } = await startRide();
    await accept();
    const device = await cluster.connect(user, 1);
    await untilCaughtUp(device);
    const lost = vi
      .spyOn(serviceOf(AvailabilityService), 'find')
      .mockRejectedValueOnce(new RequestError('NOT_FOUND'));
    await rider.ask('trip:cancel', { tripId, reason: 'took too long' });
    await until('it is greeted again', () => device.payloads('hello').length === 2);
    expect(lost).toHaveBeenCalled();
    await until('the end is shown', () => shown(device)?.currentTripId === null);
    device.close();
  });

  it('[TRIP22] shows the trip that another device took meanwhile', async () => {
    const { tripId, accept } = await startRide();
    afterGreetingRead(async () => {
      await accept();
      await cab.waitFor<AvailabilitySnapshot>(UPDATE, (told) => told.currentTripId === tripId);
    });
    const second = await cluster.connect(user, 1);
    await until('the trip is shown', () => shown(second)?.currentTripId === tripId);
    await rider.ask('trip:cancel', { tripId, reason: 'enough' });
    await until('its end is shown', () => shown(second)?.currentTripId === null);
    await cab.ask('driver:status:update', { isOnline: false });
  });

  it('[TRIP22] shows that the trip it came back for was cancelled meanwhile', async () => {
    const { tripId, accept } = await startRide();
    await accept();
    cab.close();
    afterGreetingRead(() => rider.ask('trip:cancel', { tripId, reason: 'took too long' }));
    const back = await cluster.connect(user, 1);
    await until('the end is shown', () => shown(back)?.currentTripId === null);
    await back.ask('driver:status:update', { isOnline: false });
  });

  it('[TRIP22] shows the end of a trip that is announced before an older read of it is answered', async () => {
    const { tripId, accept } = await startRide();
    await accept();
    const trips = serviceOf(TripsService);
    const ofDriver = trips.ofDriver.bind(trips);
    let isEnded = false;
    serviceOf(PersonalChannels).onMessage((_personId, message) => {
      const announcement = tripAnnouncementIn(message);
      if (announcement?.tripId === tripId) isEnded ||= announcement.status === TripStatus.cancelled;
    });
    vi.spyOn(trips, 'ofDriver').mockImplementationOnce(async (driverId) => {
      const older = await ofDriver(driverId);
      await rider.ask('trip:cancel', { tripId, reason: 'took too long' });
      await until('its end is announced', () => isEnded);
      return older;
    });
    const second = await cluster.connect(user, 1);
    await until('the end is shown', () => shown(second)?.currentTripId === null);
    expect(second.payloads<AvailabilitySnapshot>(UPDATE)[0]).toMatchObject({
      currentTripId: tripId,
    });
    await cab.ask('driver:status:update', { isOnline: false });
  });

  it('[TRIP22] leaves no older device behind when it has read an end that is announced later', async () => {
    const { tripId, accept } = await startRide();
    await accept();
    const subscriber = serviceOf(ShardSubscriber);
    const subscribe = subscriber.subscribe.bind(subscriber);
    let announceLate: (() => void) | undefined;
    vi.spyOn(subscriber, 'subscribe').mockImplementationOnce((channel, handler) =>
      subscribe(channel, (message, of) => {
        announceLate = () => handler(message, of);
      }),
    );
    const older = await cluster.connect(user, 1);
    await until('the trip is shown', () => shown(older)?.currentTripId === tripId);
    await rider.ask('trip:cancel', { tripId, reason: 'took too long' });
    await until('its end is on its way', () => announceLate !== undefined);
    const newer = await cluster.connect(user, 1);
    await untilCaughtUp(newer);
    expect(shown(newer)).toMatchObject({ currentTripId: null });
    announceLate?.();
    await until('the end is shown', () => shown(older)?.currentTripId === null);
    await cab.ask('driver:status:update', { isOnline: false });
  });

  it('[TRIP22] is told the end of its trip although Redis does not say so at first', async () => {
    const { tripId, accept } = await startRide();
    await accept();
    const second = await cluster.connect(user, 1);
    await untilCaughtUp(second);
    expect(shown(second)).toMatchObject({ currentTripId: tripId });
    const find = vi
      .spyOn(serviceOf(AvailabilityService), 'find')
      .mockRejectedValueOnce(new RequestError('REDIS_UNAVAILABLE'));
    await rider.ask('trip:cancel', { tripId, reason: 'took too long' });
    await until('the end is shown', () => shown(second)?.currentTripId === null);
    expect(find.mock.calls.length).toBeGreaterThan(1);
    await cab.ask('driver:status:update', { isOnline: false });
  });

  it('[FAN2] shows what another device chose while its channel was being followed', async () => {
    user = await cluster.addUser(UserType.driver);
    cab = await cluster.connect(user, 0);
    await cab.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    const subscriber = serviceOf(ShardSubscriber);
    const subscribe = subscriber.subscribe.bind(subscriber);
    let busy: AvailabilitySnapshot | undefined;
    vi.spyOn(subscriber, 'subscribe').mockImplementationOnce(async (channel, handler) => {
      busy = await cab.ask<AvailabilitySnapshot>('driver:status:update', {
        availabilityStatus: 'BUSY',
      });
      return subscribe(channel, handler);
    });
    const second = await cluster.connect(user, 1);
    await untilCaughtUp(second);
    expect(busy).toMatchObject({ availabilityStatus: 'BUSY' });
    expect(shown(second)).toEqual(busy);
  });
});
