import { type Socket } from 'socket.io-client';
import {
  AvailabilityStatus,
  FeedMode,
  Namespace,
  type AdminClientToServer,
  type AdminServerToClient,
  type AvailabilitySnapshot,
  type DriverSnapshot,
  type FramedPosition,
  type PositionQuality,
} from '#libs/contracts';
import { openSocket, SessionKeeper, type AnySocket } from './session-socket.js';
import { type SessionTokens } from './session-tokens.js';

export interface DispatcherEvents {
  onPosition: (driverId: string, timestamp: number, isFromSnapshot: boolean) => void;
  onConnected: (isFirst: boolean) => void;
  onTrouble: (what: string) => void;
}

/** A dispatcher's screen without the screen: who is live, how good each position is. */
export class DispatcherClient {
  /** Live drivers; null for one without a position. */
  readonly live = new Map<string, PositionQuality | null>();
  private readonly socket: Socket<AdminServerToClient, AdminClientToServer>;
  private readonly keeper: SessionKeeper;
  private completeSince: number | undefined;
  private hasConnected = false;

  constructor(
    readonly server: string,
    tokens: SessionTokens,
    private readonly events: DispatcherEvents,
  ) {
    const socket = openSocket(server, Namespace.admin, tokens, { feed: FeedMode.frames });
    this.keeper = new SessionKeeper(socket, tokens, events);
    // The typed view of this namespace on the same socket.
    this.socket = socket as AnySocket as unknown as typeof this.socket;
    this.listen();
  }

  /** Since when it has seen everything without a break, performance.now(); undefined while it does not. */
  get watchingSince(): number | undefined {
    return this.completeSince;
  }

  connect(): Promise<void> {
    return this.keeper.connect();
  }

  close(): void {
    this.keeper.stop();
    this.socket.disconnect();
  }

  private listen(): void {
    const { socket } = this;
    socket.on('driver:snapshot', (snapshot) => this.takeSnapshot(snapshot));
    socket.on('driver:location:batch', ({ drivers }) => {
      for (const position of drivers) this.takePosition(position, false);
    });
    socket.on('driver:availability:update', (driver) => this.takeAvailability(driver));
    socket.on('driver:quality:update', ({ driverId, quality }) => {
      if (this.live.has(driverId)) this.live.set(driverId, quality);
    });
    socket.on('driver:offline', ({ driverId }) => this.live.delete(driverId));
    socket.on('disconnect', () => (this.completeSince = undefined));
  }

  private takeSnapshot({ part, parts, drivers }: DriverSnapshot): void {
    if (part === 1) this.live.clear();
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
    if (availabilityStatus === AvailabilityStatus.offline) this.live.delete(driverId);
    else if (!this.live.has(driverId)) this.live.set(driverId, null);
  }

  private takePosition(
    { driverId, timestamp, quality }: FramedPosition,
    isFromSnapshot: boolean,
  ): void {
    if (this.live.has(driverId)) this.live.set(driverId, quality);
    this.events.onPosition(driverId, timestamp, isFromSnapshot);
  }
}
