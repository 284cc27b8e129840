import {
  TripSnapshotReason,
  type TripFact,
  type TripSnapshot,
  PassengersRequest,
} from '#libs/contracts';
import { CheckSocket, short, type CheckTarget, type Say } from '../check-socket.js';

interface HeardFact extends Heard {
  payload: TripFact;
}

/** Numbers count the events of a trip; these carry none, or that of an event before. */
const UNNUMBERED = new Set(['trip:snapshot', 'trip:driver_location']);

/** A receiver of facts about trips, and what came, in order. */
export class TripWitness {
  private readonly heard = new Map<string, HeardFact[]>();
  private readonly notNumbered: { event: string; payload: unknown }[] = [];
  private readonly malformed: string[] = [];

  private constructor(
    readonly name: string,
    readonly socket: CheckSocket,
    events: readonly string[],
    private readonly say: Say,
  ) {
    for (const event of events) {
      socket.on(event, (payload) => this.hear(event, payload));
    }
  }

  /**
   * Connects; confirms each offer that comes.
   * @param events all facts of trips that this audience may get
   */
  static async open(
    name: string,
    target: CheckTarget,
    events: readonly string[],
    say: Say,
  ): Promise<TripWitness> {
    let witness: TripWitness | undefined;
    await CheckSocket.open(target, say, (socket) => {
      witness = new TripWitness(name, socket, events, say);
    });
    return witness!;
  }

  /** Resolves with the event of the trip, also when it has come already. */
  async expect(tripId: string, event: string, deadlineMs?: number): Promise<TripFact> {
    const look = () => this.of(tripId).find((fact) => fact.event === event)?.payload;
    const missing = `the ${this.name} got no ${event} of trip ${tripId}`;
    return this.socket.waitFor(look, missing, deadlineMs);
  }

  async expectUnnumbered(tripId: string, event: string): Promise<unknown> {
    const look = () =>
      this.notNumbered.find(
        (each) =>
          each.event === event &&
          (each.payload as { tripId?: string } | undefined)?.tripId === tripId,
      )?.payload;
    return this.socket.waitFor(look, `the ${this.name} got no ${event} of trip ${tripId}`);
  }

  /** The trip under way that the server showed to this connection before it answered anything. */
  get shownOnConnecting(): string | undefined {
    const shown = this.notNumbered.find(
      ({ event, payload }) =>
        event === 'trip:snapshot' &&
        (payload as TripSnapshot | undefined)?.reason === TripSnapshotReason.connected,
    );
    return (shown?.payload as TripSnapshot | undefined)?.tripId;
  }

  /** What is wrong with all that came of a trip. */
  faults(tripId: string, expected: readonly string[]): string[] {
    return [...this.malformed, ...faultsOf(expected, this.of(tripId))];
  }

  of(tripId: string): readonly HeardFact[] {
    return this.heard.get(tripId) ?? [];
  }

  private hear(event: string, payload: unknown): void {
    const fact = payload as Partial<TripFact> | undefined;
    // The minutes come again without a number (FOLLOW4).
    const isUpdate = event === 'trip:driver_en_route' && fact?.version === undefined;
    if (UNNUMBERED.has(event) || isUpdate) {
      this.say(`${this.name.padEnd(13)} <- ${event} ${short(payload)}`);
      this.notNumbered.push({ event, payload });
      return;
    }
    if (typeof fact?.tripId !== 'string' || typeof fact.version !== 'number') {
      this.malformed.push(`${event} has no tripId or no version: ${short(payload)}`);
      return;
    }
    const { tripId, version } = fact;
    this.say(`${this.name.padEnd(13)} <- ${event}  version ${version}, ${fact.status}`);
    const facts = this.heard.get(tripId) ?? [];
    facts.push({ event, version, payload: fact as TripFact });
    this.heard.set(tripId, facts);
  }
}

/** A numbered event of a trip as somebody heard it. */
export interface Heard {
  event: string;
  version: number;
}

/** What is wrong with what somebody heard of one trip: each event once, in order, and none besides. */
export function faultsOf(expected: readonly string[], heard: readonly Heard[]): string[] {
  const names = heard.map(({ event }) => event);
  const faults = [...new Set([...expected, ...names])].flatMap((event) => {
    const wanted = countOf(event, expected);
    const came = countOf(event, names);
    if (came === wanted) return [];
    if (wanted === 0) return [`${event} should not have come`];
    return came === 0 ? [`${event} is missing`] : [`${event} came ${came} times, not ${wanted}`];
  });
  if (faults.length === 0 && names.some((event, i) => event !== expected[i])) {
    faults.push(`the order is ${names.join(', ')}`);
  }
  const fallen = heard.find((each, i) => each.version <= (heard[i - 1]?.version ?? 0));
  if (fallen) faults.push(`version ${fallen.version} does not follow the one before it`);
  return faults;
}

function countOf(event: string, names: readonly string[]): number {
  return names.filter((name) => name === event).length;
}

/**
 * A passenger has one trip at a time: cancels what a run that was stopped half-way left behind.
 * @param kept a trip that is not cancelled
 * @returns whether the passenger may request a trip now
 */
export async function cancelOpenTrip(
  passenger: TripWitness,
  say: Say,
  kept?: string,
): Promise<boolean> {
  // All that a new connection gets comes before the first answer.
  await passenger.socket.request(PassengersRequest.nearbyUnsubscribe, {});
  const tripId = passenger.shownOnConnecting;
  if (tripId === undefined) return true;
  if (tripId === kept) return false;
  await passenger.socket.request(PassengersRequest.tripCancel, { tripId, reason: 'check' });
  say(`cancelled trip ${tripId}, which the passenger still had open`);
  return true;
}
