import { type TripOffered, type TripRequestInput } from '#libs/contracts';
import { type AppClient, type ToldClient } from '#libs/testing';

export const PICKUP = { lat: 41.9, lng: 12.5 };
export const DROPOFF = { lat: 41.92, lng: 12.52 };

export const TRIP_REQUEST = {
  paymentMode: 'cash',
  pickupPoint: PICKUP,
  stops: [{ point: DROPOFF }],
} satisfies TripRequestInput;

/** Confirms every offer that comes, as any app does that listens to them. @returns what ends it */
export function confirmOffers({ app }: AppClient): () => void {
  return app.drivers().on('trip:assignment:offered', () => undefined);
}

/** The driver is free, so far from the pickup. */
export async function standNear(client: ToldClient, northMeters: number): Promise<void> {
  await client.ask('driver:status:update', { isAvailableForTrips: true });
  await client.ask('driver:location:ping', {
    lat: PICKUP.lat + northMeters / 111_195,
    lng: PICKUP.lng,
  });
}

export function offerTo(client: ToldClient): Promise<TripOffered> {
  return client.waitFor<TripOffered>('trip:assignment:offered');
}

/** A driver who is free near the pickup, and confirms every offer that comes. */
export async function driverNear(
  client: AppClient,
  northMeters: number,
): Promise<{ offer: () => Promise<TripOffered>; stopConfirming: () => void }> {
  const stopConfirming = confirmOffers(client);
  await standNear(client, northMeters);
  return { offer: () => offerTo(client), stopConfirming };
}

/** What passenger, driver and dispatchers are told once the trip has a driver. */
const ONCE_ASSIGNED = [
  'trip:arriving_started',
  'trip:driver_en_route',
  'trip:driver_arrived_pickup',
  'trip:started',
  'trip:completed',
];

/** What a passenger is told of a ride from its request to its end. */
export const WHOLE_RIDE = [
  'trip:requested',
  'trip:assigning_started',
  'trip:driver_accepted',
  'trip:driver_assigned',
  ...ONCE_ASSIGNED,
];

/** What its driver is told of a ride from the offer to the end. */
export const RIDE_OF_DRIVER = [
  'trip:assignment:offered',
  'trip:assignment:accepted',
  'trip:driver_assigned',
  ...ONCE_ASSIGNED,
];

/**
 * What a dispatcher is told of a ride.
 * @param offers all offers, and what became of them until one was accepted
 * @param takenBack what became of the others then
 */
export function rideOfDispatcher(
  offers: readonly string[],
  takenBack: readonly string[] = [],
): string[] {
  return [
    'trip:requested',
    'trip:assigning_started',
    ...offers,
    'trip:assignment:accepted',
    'trip:driver_assigned',
    ...takenBack,
    ...ONCE_ASSIGNED,
  ];
}
