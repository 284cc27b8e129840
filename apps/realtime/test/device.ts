import { UserType, type TripView } from '#libs/contracts';
import { TestClient, until } from '#libs/testing';
import { NAMESPACE_OF, type TestUser } from './cluster.js';
import { confirmOffers, TRIP_REQUEST } from './ride-people.js';

export interface SeenEvent {
  event: string;
  version: number;
}

/**
 * A device of a passenger, driver or dispatcher that may be anywhere: it names the last event it saw
 * of its trip whenever it connects.
 */
export class Device {
  /** Every numbered event over all connections, in the order it came. */
  readonly seen: SeenEvent[] = [];
  client: TestClient | undefined;
  /** The trip that it requested, or the one that it hears of. */
  tripId = '';

  constructor(private readonly user: TestUser) {}

  async connect(url: string): Promise<TestClient> {
    const { userType, token } = this.user;
    const trips = this.tripId === '' ? {} : { [this.tripId]: this.lastVersion };
    const client = TestClient.open(url, NAMESPACE_OF[userType], { token, trips });
    client.socket.onAny((event: string, payload: { tripId?: string; version?: number }) => {
      if (!/^(admin:)?trip:/.test(event) || payload.version === undefined) return;
      this.tripId = payload.tripId!;
      this.seen.push({ event, version: payload.version });
    });
    if (userType === UserType.driver) confirmOffers(client);
    this.client = client;
    await client.waitFor('hello');
    return client;
  }

  /** Notices that its instance is gone, and connects to another one. */
  async moveTo(url: string): Promise<void> {
    await until('the device notices', () => this.client!.disconnectReason !== undefined);
    await this.connect(url);
  }

  async request(): Promise<TripView> {
    const trip = await this.client!.ask<TripView>('trip:request', TRIP_REQUEST);
    this.tripId = trip.tripId;
    return trip;
  }

  async sees(event: string, timeoutMs = 20_000): Promise<void> {
    await until(
      `${this.user.userId} sees ${event}`,
      () => this.seen.some((each) => each.event === event),
      timeoutMs,
    );
  }

  /** Asks for what follows the newest event: whatever was on its way comes before the answer. */
  async asksForTheRest(): Promise<void> {
    const request = this.user.userType === UserType.admin ? 'admin:trip:join' : 'trip:resume';
    await this.client!.ask(request, { tripId: this.tripId, version: this.lastVersion });
  }

  get lastVersion(): number {
    return this.seen.at(-1)?.version ?? 0;
  }
}
