import { type RideLink, type RidewireClient } from '#libs/client';
import {
  AvailabilityStatus,
  FeedMode,
  type AvailabilitySnapshot,
  type DriverSnapshot,
  type FramedPosition,
  type PositionQuality,
} from '#libs/contracts';
import { type Point } from '../drives/geography.js';
import { openClient, type ClientTrouble } from './open-client.js';
import { type SessionTokens } from './session-tokens.js';

export interface DispatcherEvents extends ClientTrouble {
  onPosition: (driverId: string, timestamp: number, isFromSnapshot: boolean) => void;
  onConnected: (isFirst: boolean) => void;
  /** What the screen says of a driver from now on; `gone` for one who has left it. */
  onShown: (driverId: string, what: PositionQuality | 'gone') => void;
}

/** A dispatcher's screen without the screen: who is live, how good each position is. */
export class DispatcherClient {
  /** Live drivers; null for one without a position. */
  readonly live = new Map<string, PositionQuality | null>();
  private readonly available = new Set<string>();
  private readonly places = new Map<string, Point>();
  private readonly client: RidewireClient;
  private completeSince: number | undefined;
  private hasConnected = false;

  constructor(
    readonly server: string,
    tokens: SessionTokens,
    private readonly events: DispatcherEvents,
  ) {
    this.client = openClient(server, tokens, events);
    this.listen(this.client.admin({ auth: () => ({ feed: FeedMode.frames }) }));
    this.client.subscribe(() => {
      if (this.client.getState().status !== 'ready') this.completeSince = undefined;
    });
  }

  /** Since when it has seen everything without a break, performance.now(); undefined while it does not. */
  get watchingSince(): number | undefined {
    return this.completeSince;
  }

  /** Where those are who wait for offers. */
  freeCars(): { driverId: string; place: Point }[] {
    return [...this.available].flatMap((driverId) => {
      const place = this.places.get(driverId);
      return place ? { driverId, place } : [];
    });
  }

  async connect(): Promise<void> {
    await this.client.connect();
  }

  close(): void {
    this.client.close();
  }

  private listen(desk: RideLink<'/admin'>): void {
    desk.on('driver:snapshot', (snapshot) => this.takeSnapshot(snapshot));
    desk.on('driver:location:batch', ({ drivers }) => {
      for (const position of drivers) this.takePosition(position, false);
    });
    desk.on('driver:availability:update', (driver) => this.takeAvailability(driver));
    desk.on('driver:quality:update', ({ driverId, quality }) => this.show(driverId, quality));
    desk.on('driver:offline', ({ driverId }) => this.remove(driverId));
  }

  private takeSnapshot({ part, parts, drivers }: DriverSnapshot): void {
    if (part === 1) for (const known of [this.live, this.available, this.places]) known.clear();
    for (const driver of drivers) {
      this.takeAvailability(driver);
      if (driver.position) this.takePosition(driver.position, true);
    }
    if (part !== parts) return;
    this.completeSince = performance.now();
    this.events.onConnected(!this.hasConnected);
    this.hasConnected = true;
  }

  private takeAvailability({ driverId, availabilityStatus }: AvailabilitySnapshot): void {
    if (availabilityStatus === AvailabilityStatus.available) this.available.add(driverId);
    else this.available.delete(driverId);
    if (availabilityStatus === AvailabilityStatus.offline) this.remove(driverId);
    else if (!this.live.has(driverId)) this.live.set(driverId, null);
  }

  private takePosition(
    { driverId, lat, lng, timestamp, quality }: FramedPosition,
    isFromSnapshot: boolean,
  ): void {
    this.places.set(driverId, { lat, lng });
    this.show(driverId, quality);
    this.events.onPosition(driverId, timestamp, isFromSnapshot);
  }

  private show(driverId: string, quality: PositionQuality): void {
    if (!this.live.has(driverId)) return;
    this.live.set(driverId, quality);
    this.events.onShown(driverId, quality);
  }

  private remove(driverId: string): void {
    this.available.delete(driverId);
    if (this.live.delete(driverId)) this.events.onShown(driverId, 'gone');
  }
}
