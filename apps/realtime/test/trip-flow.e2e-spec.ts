import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type TripView } from '#libs/contracts';
import { TestCluster, until } from '#libs/testing';

const PICKUP = { lat: 41.9, lng: 12.5 };
const DROPOFF = { lat: 41.92, lng: 12.52 };

describe('a trip over two instances', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start({ env: { DISPATCH_RETRY_INTERVAL: '200ms' } });
  });
  afterAll(() => cluster.close());

  it('[TRIP20] A passenger requests a trip, a driver on the other instance wins and ends it', async () => {
    const [passenger, driver, admin] = await Promise.all([
      cluster.addUser(UserType.passenger),
      cluster.addUser(UserType.driver),
      cluster.addUser(UserType.admin),
    ]);
    const rider = await cluster.connect(passenger, 0);
    const cab = await cluster.connect(driver, 1);
    const desk = await cluster.connect(admin, 0);
    cab.socket.on('trip:assignment:offered', (_offer: unknown, received: () => void) => received());
    await cab.ask('driver:status:update', { isAvailableForTrips: true });
    await cab.ask('driver:location:ping', { lat: 41.901, lng: 12.501 });
    const trip = await rider.ask<TripView>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: PICKUP,
      stops: [{ point: DROPOFF }],
    });
    expect(trip.status).toBe('pending');
    const offer = await cab.waitFor<{ assignmentId: string }>('trip:assignment:offered');
    await cab.ask('driver:offer:accept', { assignmentId: offer.assignmentId });
    await rider.waitFor('trip:driver_en_route');
    await cab.ask('trip:arrive', { tripId: trip.tripId });
    await cab.ask('trip:start', { tripId: trip.tripId });
    await cab.ask('driver:location:ping', { lat: 41.903, lng: 12.503 });
    const done = await cab.ask<TripView>('trip:complete', { tripId: trip.tripId });
    expect(done).toMatchObject({ status: 'completed', driverId: driver.userId });
    await rider.waitFor('trip:completed');
    await desk.waitFor('trip:completed');
    console.log(
      rider.received,
      cab.received.map(({ event, payload }) => [event, (payload as { version?: number }).version]),
      desk.received
        .filter(({ event }) => event.includes('trip'))
        .map(({ event, payload }) => [event, (payload as { version?: number }).version]),
    );
    await until('x', () => true);
  });
});
