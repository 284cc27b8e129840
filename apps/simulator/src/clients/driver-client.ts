import { type Socket } from 'socket.io-client';
import {
  AvailabilityStatus,
  DriversRequest,
  MAX_FIXES_PER_PING,
  Namespace,
  type Ack,
  type AckError,
  type DriversClientToServer,
  type DriversServerToClient,
  type FixResult,
  type Hello,
  type LocationPingResult,
  type TripOffered,
} from '#libs/contracts';
import { type MeasuredFix } from '../drives/fix-source.js';
import { askPersistently, type PersistentRequest } from './persistent-request.js';
import { openSocket, SessionKeeper, type AnySocket } from './session-socket.js';
import { type SessionTokens } from './session-tokens.js';

/** A fix with its place in the order that the server keeps. */
export interface NumberedFix extends MeasuredFix {
  epoch?: number;
  sequence?: number;
}

export interface DriverEvents {
  onEmitted: (fixes: readonly NumberedFix[], areLate: boolean) => void;
  onResult: (fix: NumberedFix, result: FixResult) => void;
  onConnected: (isFirst: boolean) => void;
  onOffer: (offer: TripOffered) => void;
  /** The trip is over, or another driver is looked for. */
  onTripLost: (tripId: string) => void;
  onTrouble: (what: string) => void;
}

const ANSWER_DEADLINE_MS = 8_000;
/** Longer than any offline time here; the oldest fixes go first when it is full. */
const OUTBOX_LENGTH = 1_000;

/** A driver's phone: one socket, and an outbox for what it measures while it has no network. */
export class DriverClient {
  private readonly socket: Socket<DriversServerToClient, DriversClientToServer>;
  private readonly keeper: SessionKeeper;
  private outbox: NumberedFix[] = [];
  private epoch: number | undefined;
  private sequence = 0;
  private isReady = false;
  private hasConnected = false;
  private isSilent = false;

  constructor(
    server: string,
    tokens: SessionTokens,
    private readonly events: DriverEvents,
  ) {
    const socket = openSocket(server, Namespace.drivers, tokens);
    this.keeper = new SessionKeeper(socket, tokens, events);
    // The typed view of this namespace on the same socket.
    this.socket = socket as AnySocket as unknown as typeof this.socket;
    this.socket.on('hello', (hello) => this.begin(hello));
    this.socket.on('disconnect', () => (this.isReady = false));
    this.socket.on('trip:assignment:offered', (offer, received) => {
      received();
      events.onOffer(offer);
    });
    this.socket.on('trip:cancelled', ({ tripId }) => events.onTripLost(tripId));
    this.socket.on('trip:driver_lost', ({ tripId, reassigning }) => {
      if (reassigning) events.onTripLost(tripId);
    });
  }

  connect(): Promise<void> {
    return this.keeper.connect();
  }

  close(): void {
    this.keeper.stop();
    this.socket.disconnect();
  }

  /** Into a tunnel: the connection is gone, measuring goes on. */
  fallSilent(): void {
    this.isSilent = true;
    this.isReady = false;
    this.socket.disconnect();
  }

  /** Out of the tunnel: reconnects, and what waited goes out as one array. */
  async comeBack(): Promise<void> {
    this.isSilent = false;
    await this.keeper.connect();
  }

  /** A request about an offer or a trip. @returns undefined when there was no answer */
  ask<T>(request: PersistentRequest, signal: AbortSignal): Promise<Ack<T> | undefined> {
    return askPersistently<T>(this.socket as unknown as Socket, request, signal);
  }

  measure(fix: MeasuredFix): void {
    this.sequence += 1;
    const order = this.epoch === undefined ? {} : { epoch: this.epoch, sequence: this.sequence };
    this.outbox.push({ ...fix, ...order });
    if (this.outbox.length > OUTBOX_LENGTH) this.outbox.shift();
    this.flush(this.outbox.length > 1);
  }

  private begin({ epoch }: Hello): void {
    this.epoch = epoch;
    this.sequence = 0;
    this.isReady = true;
    this.events.onConnected(!this.hasConnected);
    this.hasConnected = true;
    this.socket
      .timeout(ANSWER_DEADLINE_MS)
      .emit(
        DriversRequest.statusUpdate,
        { availabilityStatus: AvailabilityStatus.available },
        (error: Error | null, answer: Ack<unknown>) => {
          if (error) this.events.onTrouble('driver:status:update: no answer');
          else if (!answer.ok && answer.error.code !== 'DRIVER_ON_TRIP')
            this.events.onTrouble(`driver:status:update: ${answer.error.code}`);
        },
      );
    this.flush(true);
  }

  /** @param areLate whether they waited for the network */
  private flush(areLate: boolean): void {
    while (this.isReady && this.outbox.length > 0) {
      const fixes = this.outbox.splice(0, MAX_FIXES_PER_PING);
      this.events.onEmitted(fixes, areLate);
      this.send(fixes);
    }
  }

  private send(fixes: NumberedFix[]): void {
    const payload = fixes.length === 1 ? fixes[0]! : fixes;
    this.socket
      .timeout(ANSWER_DEADLINE_MS)
      .emit(
        DriversRequest.locationPing,
        payload,
        (error: Error | null, answer: Ack<LocationPingResult>) => {
          if (error) this.keep(fixes, this.isSilent ? undefined : 'no answer');
          else if (answer.ok) this.report(fixes, answer.data?.results ?? []);
          else if (answer.error.code === 'FIX_REFUSED') this.report(fixes, refusedResults(answer));
          else if (answer.error.retryable) this.keep(fixes, answer.error.code);
          else this.events.onTrouble(`driver:location:ping: ${answer.error.code}`);
        },
      );
  }

  private report(fixes: readonly NumberedFix[], results: readonly FixResult[]): void {
    if (results.length !== fixes.length) this.events.onTrouble('driver:location:ping: wrong ack');
    results.forEach((result, i) => {
      const fix = fixes[i];
      if (fix) this.events.onResult(fix, result);
    });
  }

  /** It goes out again with the next fix: the server knows by its number whether it had it. */
  private keep(fixes: NumberedFix[], why: string | undefined): void {
    if (why !== undefined) this.events.onTrouble(`driver:location:ping: ${why}`);
    this.outbox = [...fixes, ...this.outbox].slice(-OUTBOX_LENGTH);
  }
}

/** A ping of which nothing was kept says of each fix why, as one that was answered. */
function refusedResults({ error }: AckError): readonly FixResult[] {
  return (error.details as LocationPingResult | undefined)?.results ?? [];
}
