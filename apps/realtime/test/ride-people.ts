import { type TripOffered, type TripView } from '#libs/contracts';
import { TestClient, until, type TestUser } from '#libs/testing';

export const PICKUP = { lat: 41.9, lng: 12.5 };
export const DROPOFF = { lat: 41.92, lng: 12.52 };

export const TRIP_REQUEST = {
  paymentMode: 'cash',
  pickupPoint: PICKUP,
  stops: [{ point: DROPOFF }],
};

export interface SeenEvent {
  event: string;
  version: number;
}

/** A passenger's phone that may be anywhere: it names the last event it saw whenever it connects. */
export class PassengerPhone {
  /** Every numbered event over all connections, in the order it came. */
  readonly seen: SeenEvent[] = [];
  client: TestClient | undefined;
  tripId = '';

  constructor(private readonly user: TestUser) {}

  async connect(url: string): Promise<TestClient> {
    const trips = this.tripId === '' ? {} : { [this.tripId]: this.lastVersion };
    const client = TestClient.open(url, '/passengers', { token: this.user.token, trips });
    client.socket.onAny((event: string, payload: { version?: number; trip?: TripView }) => {
      const isNumbered = event.startsWith('trip:') && payload.version !== undefined;
      if (isNumbered) this.seen.push({ event, version: payload.version! });
    });
    this.client = client;
    await client.waitFor('hello', () => true, 20_000);
    return client;
  }

  async request(): Promise<TripView> {
    const trip = await this.client!.ask<TripView>('trip:request', TRIP_REQUEST);
    this.tripId = trip.tripId;
    return trip;
  }

  async sees(event: string, timeoutMs = 20_000): Promise<void> {
    await until(
      `the passenger sees ${event}`,
      () => this.seen.some((each) => each.event === event),
      timeoutMs,
    );
  }

  get lastVersion(): number {
    return this.seen.at(-1)?.version ?? 0;
  }
}

/** A driver who is free near the pickup, and confirms every offer that comes. */
export async function driverNear(
  client: TestClient,
  northMeters: number,
): Promise<{ offer: () => Promise<TripOffered> }> {
  client.socket.on('trip:assignment:offered', (_offer: unknown, received: () => void) =>
    received(),
  );
  await client.ask('driver:status:update', { isAvailableForTrips: true });
  await client.ask('driver:location:ping', {
    lat: PICKUP.lat + northMeters / 111_195,
    lng: PICKUP.lng,
  });
  return {
    offer: () => client.waitFor<TripOffered>('trip:assignment:offered', () => true, 20_000),
  };
}

/** What a passenger is told of a ride from its request to its end. */
export const WHOLE_RIDE = [
  'trip:requested',
  'trip:assigning_started',
  'trip:driver_accepted',
  'trip:driver_assigned',
  'trip:arriving_started',
  'trip:driver_en_route',
  'trip:driver_arrived_pickup',
  'trip:started',
  'trip:completed',
];
