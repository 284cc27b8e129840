import {
  LocationReporter,
  type NumberedFix,
  type RequestData,
  type RequestName,
  type RequestPayload,
  type Result,
  type RideLink,
  type RidewireClient,
} from '#libs/client';
import { AvailabilityStatus, type FixResult, type TripOffered } from '#libs/contracts';
import { type MeasuredFix } from '../drives/fix-source.js';
import { openClient, PATIENCE_MS, type ClientTrouble } from './open-client.js';
import { type SessionTokens } from './session-tokens.js';

export interface DriverEvents extends ClientTrouble {
  onEmitted: (fixes: readonly NumberedFix[], areLate: boolean) => void;
  onResult: (fix: NumberedFix, result: FixResult) => void;
  onConnected: (isFirst: boolean) => void;
  onOffer: (offer: TripOffered) => void;
  /** The trip is over, or another driver is looked for. */
  onTripLost: (tripId: string) => void;
}

/** A driver's phone that sends whatever it measures. */
export class DriverClient {
  private readonly client: RidewireClient;
  private readonly drives: RideLink<'/drivers'>;
  private readonly reporter: LocationReporter;
  private hasConnected = false;

  constructor(server: string, tokens: SessionTokens, events: DriverEvents) {
    this.client = openClient(server, tokens, events);
    this.drives = this.client.drivers();
    this.drives.keep('driver:status:update', { availabilityStatus: AvailabilityStatus.available });
    this.drives.on('hello', () => {
      events.onConnected(!this.hasConnected);
      this.hasConnected = true;
    });
    this.drives.on('trip:assignment:offered', events.onOffer);
    this.drives.on('trip:cancelled', ({ tripId }) => events.onTripLost(tripId));
    this.drives.on('trip:driver_lost', ({ tripId, reassigning }) => {
      if (reassigning) events.onTripLost(tripId);
    });
    this.reporter = new LocationReporter(this.drives, {
      distanceMeters: 0,
      minIntervalMs: 0,
      onSent: (fixes) => events.onEmitted(fixes, fixes.length > 1),
      onResult: events.onResult,
      onTrouble: ({ code }) => events.onTrouble(`driver:location:ping: ${code}`),
      onDropped: (_fixes, reason) => events.onTrouble(`positions are lost: ${reason}`),
    });
  }

  async connect(): Promise<void> {
    await this.client.connect();
  }

  close(): void {
    this.reporter.stop();
    this.client.close();
  }

  /** Into a tunnel: the connection is gone, measuring goes on. */
  fallSilent(): void {
    this.client.close();
  }

  /** Out of the tunnel: reconnects, and what waited goes out as one array. */
  comeBack(): Promise<void> {
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
    this.reporter.report(fix);
  }
}
