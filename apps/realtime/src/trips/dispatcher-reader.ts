import { type TripSnapshot, type TripSnapshotReason } from '#libs/contracts';
import { toTripView, type TripHistoryEntry, type TripRecord } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { sendTripEvent, type TripFactToSend } from '../socket/sending/send-fact.js';

/** Trips of which a dispatcher knows what it was sent; one more forgets the oldest. */
const REMEMBERED_TRIPS = 20_000;

/** The events of a trip that a dispatcher was sent: all from one version to another. */
interface Heard {
  from: number;
  to: number;
}

/** One socket of a dispatcher: the trips it has joined, and the events it was sent of all trips. */
export class DispatcherReader {
  readonly joined = new Set<string>();
  private readonly heard = new Map<string, Heard>();
  /** Events of trips whose past is being read: they are sent after it. */
  private readonly waiting = new Map<string, TripHistoryEntry[]>();
  private replaying: Promise<void> = Promise.resolve();

  constructor(readonly socket: RealtimeSocket) {}

  /** Nothing of this trip is sent from now on until `replay` has read its past. */
  hold(tripId: string): void {
    if (!this.waiting.has(tripId)) this.waiting.set(tripId, []);
  }

  /** Whether this event is to be sent now: it is neither known nor one that has to wait. */
  takes(tripId: string, entry: TripHistoryEntry): boolean {
    const waiting = this.waiting.get(tripId);
    if (waiting) {
      waiting.push(entry);
      return false;
    }
    const { version } = entry;
    const { from, to } = this.heard.get(tripId) ?? { from: version, to: 0 };
    if (version <= to) return false;
    this.remember(tripId, { from, to: version });
    return true;
  }

  /**
   * Sends what happened to a trip after a version, then what has happened during the read. What this
   * dispatcher was sent before is left out.
   * @param read gives entries from that version on; null for nothing to send
   */
  replay(
    tripId: string,
    version: number,
    read: () => Promise<readonly TripHistoryEntry[] | null>,
  ): Promise<void> {
    this.hold(tripId);
    const run = async (): Promise<void> => {
      let past: readonly TripHistoryEntry[] | null = null;
      try {
        past = await read();
      } finally {
        const waiting = this.waiting.get(tripId) ?? [];
        this.waiting.delete(tripId);
        if (past) this.sendPast(tripId, version, past);
        for (const entry of waiting) {
          if (this.takes(tripId, entry)) this.tell(entry);
        }
      }
    };
    this.replaying = this.replaying.then(run, run);
    return this.replaying;
  }

  /** The state of a trip whose events are gone, or that there is no such trip. */
  show(tripId: string, trip: TripRecord | null, reason: TripSnapshotReason): void {
    if (trip) {
      const known = this.heard.get(tripId);
      const to = Math.max(known?.to ?? 0, trip.version);
      this.remember(tripId, { from: known?.from ?? trip.version + 1, to });
    }
    this.sendSnapshot({
      tripId,
      trip: trip && toTripView(trip),
      version: trip?.version ?? 0,
      reason,
    });
  }

  private sendPast(tripId: string, version: number, past: readonly TripHistoryEntry[]): void {
    const { from, to } = this.heard.get(tripId) ?? { from: Number.POSITIVE_INFINITY, to: version };
    for (const entry of past) {
      if (entry.version > version && (entry.version < from || entry.version > to)) this.tell(entry);
    }
    const newest = Math.max(to, past.at(-1)?.version ?? 0);
    this.remember(tripId, { from: Math.min(from, version + 1), to: newest });
  }

  /** Every event of a trip that a dispatcher gets leaves here, e.g. `trip:no_drivers_found`. */
  private tell({ notices }: TripHistoryEntry): void {
    for (const { to, event, payload } of notices) {
      if (to.includes('admin')) this.send({ event, payload });
    }
  }

  private sendSnapshot(payload: TripSnapshot): void {
    this.send({ event: 'trip:snapshot', payload });
  }

  private send(fact: TripFactToSend): void {
    if (this.socket.connected) sendTripEvent(this.socket, fact);
  }

  private remember(tripId: string, heard: Heard): void {
    this.heard.delete(tripId);
    this.heard.set(tripId, heard);
    if (this.heard.size > REMEMBERED_TRIPS) this.heard.delete(this.heard.keys().next().value!);
  }
}
