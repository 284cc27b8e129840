import {
  type RequestData,
  type RequestName,
  type RequestPayload,
  type Result,
  type RideLink,
  type RidewireClient,
} from '#libs/client';
import { LocationReporter, type NumberedFix } from '#libs/client/location';
import { AvailabilityStatus, type FixResult, type TripOffered } from '#libs/contracts';
import { type MeasuredFix } from '../drives/fix-source.js';
import { type TripTalk } from '../talks/trip-talk.js';
import { cuttableAgent, type CuttableAgent } from './cuttable-agent.js';
import { openClient, PATIENCE_MS, type ClientTrouble } from './open-client.js';
import { type SessionTokens } from './session-tokens.js';
import { Talker } from './talker.js';

export interface DriverEvents extends ClientTrouble {
  /** Times are those of a right clock. */
  onEmitted: (fixes: readonly NumberedFix[], areLate: boolean) => void;
  onResult: (fix: NumberedFix, result: FixResult) => void;
  onConnected: (isFirst: boolean) => void;
  onOffer: (offer: TripOffered) => void;
  /** The trip is over, or another driver is looked for. */
  onTripLost: (tripId: string) => void;
}

/** A car in traffic says where it is when that is news, and seldom while it stands. */
const DISTANCE_METERS = 10;
const HEARTBEAT_MS = 9_000;

/** A phone that was frozen knows by then whether its connection has ended meanwhile, and is back. */
export const THAWED_WITHIN_MS = 30_000;

const availability = (isOnDuty: boolean) => ({
  availabilityStatus: isOnDuty ? AvailabilityStatus.available : AvailabilityStatus.offline,
});

/** A driver's phone. */
export class DriverClient {
  private readonly client: RidewireClient;
  private readonly drives: RideLink<'/drivers'>;
  private readonly reporter: LocationReporter;
  private readonly duty;
  private readonly connections: CuttableAgent;
  private readonly talker: Talker;
  private hasConnected = false;
  /** Out of reach on purpose: what fails then, or by it, is no trouble of the server's. */
  private isStopped = false;
  private thawTimer: NodeJS.Timeout | undefined;

  /** @param clockAheadMs how wrong the clock of the phone is */
  constructor(
    server: string,
    tokens: SessionTokens,
    private readonly clockAheadMs: number,
    { onTrouble, ...others }: DriverEvents,
  ) {
    const events: DriverEvents = {
      ...others,
      onTrouble: (what) => {
        if (!this.isStopped) onTrouble(what);
      },
    };
    this.connections = cuttableAgent(server);
    this.client = openClient(server, tokens, events, this.connections);
    this.drives = this.client.drivers();
    this.duty = this.drives.keep('driver:status:update', availability(false));
    this.drives.on('hello', () => {
      events.onConnected(!this.hasConnected);
      this.hasConnected = true;
    });
    this.drives.on('trip:assignment:offered', events.onOffer);
    this.drives.on('trip:cancelled', ({ tripId }) => events.onTripLost(tripId));
    this.drives.on('trip:driver_lost', ({ tripId, reassigning }) => {
      if (reassigning) events.onTripLost(tripId);
    });
    const right = (fix: NumberedFix): NumberedFix => this.shifted(fix, -clockAheadMs);
    this.reporter = new LocationReporter(this.drives, {
      distanceMeters: DISTANCE_METERS,
      heartbeatMs: HEARTBEAT_MS,
      minIntervalMs: 0,
      onSent: (fixes) => events.onEmitted(fixes.map(right), fixes.length > 1),
      onResult: (fix, result) => events.onResult(right(fix), result),
      onTrouble: ({ code }) => events.onTrouble(`driver:location:ping: ${code}`),
      onDropped: (_fixes, reason) => events.onTrouble(`positions are lost: ${reason}`),
    });
    this.talker = new Talker(this.client, events);
  }

  async connect(): Promise<void> {
    await this.client.connect();
  }

  close(): void {
    this.connections.thaw();
    this.reporter.stop();
    this.client.close();
  }

  work(isOnDuty: boolean): void {
    this.duty.change(availability(isOnDuty));
  }

  /** The connection is gone; what is measured meanwhile waits. */
  fallSilent(): void {
    this.isStopped = true;
    this.client.close();
  }

  /** Gone from one moment to the next, without a goodbye. */
  die(): void {
    this.isStopped = true;
    this.connections.cut();
    this.client.close();
  }

  /** The app is stopped: its connection stays open, and nobody answers. */
  freeze(): void {
    clearTimeout(this.thawTimer);
    this.isStopped = true;
    this.connections.freeze();
  }

  /** It goes on where it was; a connection that has ended meanwhile is made anew. */
  thaw(): void {
    this.connections.thaw();
    this.thawTimer = setTimeout(() => (this.isStopped = false), THAWED_WITHIN_MS).unref();
  }

  /** Reconnects, and what waited goes out as one array. */
  comeBack(): Promise<void> {
    this.isStopped = false;
    return this.connect();
  }

  ask<E extends RequestName<'/drivers'>>(
    event: E,
    payload: RequestPayload<'/drivers', E>,
    signal: AbortSignal,
  ): Promise<Result<RequestData<'/drivers', E>>> {
    return this.drives.request(event, payload, { signal, deadlineMs: PATIENCE_MS });
  }

  measure(fix: MeasuredFix): void {
    this.reporter.report(this.shifted(fix, this.clockAheadMs));
  }

  talk(talk: TripTalk): Promise<void> {
    return this.talker.join(talk);
  }

  stopTalking(talk: TripTalk): void {
    this.talker.leave(talk);
  }

  say(talk: TripTalk, text: string): Promise<void> {
    return this.talker.say(talk, text);
  }

  writeTo(userId: string, text: string): Promise<void> {
    return this.talker.writeTo(userId, text);
  }

  private shifted<F extends MeasuredFix>(fix: F, byMs: number): F {
    return byMs === 0 ? fix : { ...fix, timestamp: fix.timestamp + byMs };
  }
}
