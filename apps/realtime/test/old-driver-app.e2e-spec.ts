import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type TripOffered, type TripView } from '#libs/contracts';
import { until } from '#libs/testing';
import { AcknowledgingDevices, TripsService, type OfferRecord } from '#libs/trips';
import { TestCluster, type TestUser } from './cluster.js';
import { confirmOffers, standNear, TRIP_REQUEST } from './ride-people.js';

/** Longer than a busy machine takes for a confirmation. */
const DELIVERY_MS = 3_000;

describe('a driver app that never calls the ack of an offer', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        DISPATCH_DELIVERY_TIMEOUT: `${DELIVERY_MS}ms`,
        DISPATCH_OFFER_TTL: '1m',
        DISPATCH_RETRY_INTERVAL: '200ms',
      },
    });
  });
  afterAll(() => cluster.close());

  const trips = () => cluster.instances[0]!.app.get(TripsService, { strict: false });

  /** As tutorials write it: the event has one argument, and nothing is called. */
  async function oldDriver(user: TestUser) {
    const client = await cluster.connectBare(user, 1);
    const offers: TripOffered[] = [];
    client.socket.on('trip:assignment:offered', (offer: TripOffered) => offers.push(offer));
    await standNear(client, 100);
    return { client, offers };
  }

  async function offered(driver: { offers: TripOffered[] }): Promise<TripOffered> {
    await until('the offer comes', () => driver.offers.length > 0);
    return driver.offers[0]!;
  }

  /** The time in which apps confirm has gone by, by a clock that the deadlines are kept by. */
  async function afterDeliveryTime({ tripId, assignmentId }: TripOffered): Promise<OfferRecord> {
    const read = async () => {
      const { offers } = await trips().get(tripId);
      return offers.find((made) => made.assignmentId === assignmentId)!;
    };
    const { offeredAt } = await read();
    await until('apps would have confirmed', () => Date.now() > offeredAt + 1.5 * DELIVERY_MS);
    return read();
  }

  it('[TRIP23] keeps its offer beyond the time for confirmations and takes the trip by its socket', async () => {
    const rider = await cluster.connect(await cluster.addUser(UserType.passenger), 0);
    const driver = await oldDriver(await cluster.addUser(UserType.driver));
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const offer = await offered(driver);
    expect(await afterDeliveryTime(offer)).toMatchObject({ status: 'offered' });
    await driver.client.ask('driver:offer:accept', { assignmentId: offer.assignmentId });
    await rider.waitFor('trip:driver_assigned');
    await rider.ask('trip:cancel', { tripId });
    await driver.client.ask('driver:status:update', { isOnline: false });
  });

  it('[TRIP23] takes the trip by REST on another instance than that of its socket', async () => {
    const rider = await cluster.connect(await cluster.addUser(UserType.passenger), 1);
    const user = await cluster.addUser(UserType.driver);
    const driver = await oldDriver(user);
    const { tripId } = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const offer = await offered(driver);
    expect(await afterDeliveryTime(offer)).toMatchObject({ status: 'offered' });
    const answer = await fetch(
      `${cluster.url(0)}/api/trips/assignments/${offer.assignmentId}/accept`,
      { method: 'PATCH', headers: { authorization: `Bearer ${user.token}` } },
    );
    expect(answer.status).toBe(200);
    await rider.waitFor('trip:driver_assigned');
    await rider.ask('trip:cancel', { tripId });
    await driver.client.ask('driver:status:update', { isOnline: false });
  });

  it('[TRIP23] is known by its session: once it has confirmed an offer it is skipped when it is silent', async () => {
    const rider = await cluster.connect(await cluster.addUser(UserType.passenger), 0);
    const user = await cluster.addUser(UserType.driver);
    const first = await cluster.connect(user, 0);
    confirmOffers(first);
    await standNear(first, 100);
    const once = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    await first.waitFor<TripOffered>('trip:assignment:offered');
    const devices = cluster.instances[1]!.app.get(AcknowledgingDevices, { strict: false });
    await until('it is remembered', () => devices.has(user.sid));
    await rider.ask('trip:cancel', { tripId: once.tripId });
    await first.waitFor('trip:offer:cancelled');
    first.close();
    // The same device on another instance, and another one of the same driver.
    const silent = await oldDriver(user);
    const again = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    await silent.client.waitFor<{ tripId: string; reason: string }>(
      'trip:offer:expired',
      ({ tripId, reason }) => tripId === again.tripId && reason === 'unreachable',
    );
    await rider.ask('trip:cancel', { tripId: again.tripId });
    await silent.client.ask('driver:status:update', { isOnline: false });
    const other = await oldDriver({
      ...(await cluster.addUser(UserType.driver, { userId: user.userId })),
    });
    const last = await rider.ask<TripView>('trip:request', TRIP_REQUEST);
    const offer = await offered(other);
    expect(offer.tripId).toBe(last.tripId);
    expect(await afterDeliveryTime(offer)).toMatchObject({ status: 'offered' });
    await rider.ask('trip:cancel', { tripId: last.tripId });
  });
});
