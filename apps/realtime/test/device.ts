import { UserType, type TripView } from '#libs/contracts';
import { AppClient, until } from '#libs/testing';
import { NAMESPACE_OF, type TestUser } from './cluster.js';
import { confirmOffers, TRIP_REQUEST } from './ride-people.js';

export interface SeenEvent {
  event: string;
  version: number;
}

/**
 * A device of a passenger, driver or dispatcher that goes to whatever instance the test says, each time
 * with a client of its own that knows of its trip only the last event that the device saw.
 */
export class Device {
  client: AppClient | undefined;
  private readonly clients: AppClient[] = [];
  private requested = '';

  constructor(private readonly user: TestUser) {}

  /** Every numbered event over all connections, in the order it came. */
  get seen(): SeenEvent[] {
    return this.facts.map(({ event, payload: { version } }) => ({ event, version }));
  }

  /** The trip that it requested, or the one that it hears of. */
  get tripId(): string {
    return this.facts.at(-1)?.payload.tripId ?? this.requested;
  }

  async connect(url: string): Promise<AppClient> {
    const { userType, token } = this.user;
    const trips = this.tripId === '' ? {} : { [this.tripId]: this.lastVersion };
    const client = AppClient.make(url, NAMESPACE_OF[userType], { token, trips });
    if (userType === UserType.driver) confirmOffers(client);
    this.clients.push(client);
    this.client = client;
    await client.enter();
    return client;
  }

  /** Notices that its instance is gone, and connects to another one. */
  async moveTo(url: string): Promise<void> {
    await until('the device notices', () => !this.client!.isConnected);
    this.client!.close();
    await this.connect(url);
  }

  async request(): Promise<TripView> {
    const trip = await this.client!.ask<TripView>('trip:request', TRIP_REQUEST);
    this.requested = trip.tripId;
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

  private get facts(): { event: string; payload: { tripId: string; version: number } }[] {
    return this.clients
      .flatMap(({ received }) => received as { event: string; payload: never }[])
      .filter(
        ({ event, payload }: { event: string; payload: { version?: number } }) =>
          /^(admin:)?trip:/.test(event) && payload.version !== undefined,
      );
  }
}
