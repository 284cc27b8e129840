import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account } from '../clients/accounts.js';
import { PassengerClient, type TripNews } from '../clients/passenger-client.js';
import { type Point } from '../drives/geography.js';
import { type Habits } from './habits.js';
import { TripJournal } from './trip-journal.js';
import { type TripTally } from './trip-tally.js';

const LOOK_AGAIN_MS = 1_000;
/** A ride of the demo takes less than a minute, a search that finds nobody as long. */
const TRIP_DEADLINE_MS = 240_000;
const REMEMBERED_TRIPS = 5;
/** The trip went on meanwhile, or the passenger is out of reach. */
const TOO_LATE: ReadonlySet<string> = new Set(['TRIP_STATUS_CONFLICT', 'CLOSED']);

/** A passenger who requests one trip after the other near some car, and notes the facts that come. */
export class Rider {
  private readonly client: PassengerClient;
  private readonly journals = new Map<string, TripJournal>();
  private requestedAt = 0;
  private onOver: () => void = () => undefined;

  constructor(
    server: string,
    { tokens }: Account,
    private readonly habits: Habits,
    private readonly tally: TripTally,
    private readonly carSomewhere: () => Point | undefined,
    private readonly onTrouble: (what: string) => void,
  ) {
    this.client = new PassengerClient(server, tokens, {
      onTripEvent: (event, fact) => this.hear(event, fact),
      onTripSnapshot: ({ tripId, version }) => this.journalOf(tripId).show(version),
      onTrouble,
    });
  }

  connect(): Promise<void> {
    return this.client.connect();
  }

  close(): void {
    this.client.close();
  }

  /** Trip after trip until the signal comes. */
  async live(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.habits.pauseMs(), signal);
      const car = this.carSomewhere();
      if (!car) await pause(LOOK_AGAIN_MS, signal);
      else if (!signal.aborted) await this.ride(this.habits.pickupNear(car), signal);
    }
  }

  private async ride(pickup: Point, signal: AbortSignal): Promise<void> {
    const over = new Promise<void>((resolve) => (this.onOver = resolve));
    this.requestedAt = performance.now();
    const dropoff = this.habits.dropoffFrom(pickup);
    const answer = await this.client.request(pickup, dropoff, randomUUID(), signal);
    if (!answer.ok) {
      if (!signal.aborted) this.onTrouble(`trip:request: ${answer.error.code}`);
      return;
    }
    this.tally.requested += 1;
    const { tripId } = answer.data;
    const end = new AbortController();
    const untilEnd = AbortSignal.any([signal, end.signal]);
    const moods = [this.maybeCancel(tripId, untilEnd), this.maybeVanish(untilEnd)];
    const deadline = pause(TRIP_DEADLINE_MS, untilEnd).then(() => {
      if (!untilEnd.aborted) this.onTrouble('a trip did not end');
    });
    await Promise.race([over, deadline]);
    end.abort();
    await Promise.all(moods);
  }

  private async maybeCancel(tripId: string, signal: AbortSignal): Promise<void> {
    const afterMs = this.habits.cancelAfterMs();
    if (afterMs === undefined) return;
    await pause(afterMs, signal);
    if (signal.aborted) return;
    const answer = await this.client.cancel(tripId, signal);
    if (!answer.ok && !signal.aborted && !TOO_LATE.has(answer.error.code)) {
      this.onTrouble(`trip:cancel: ${answer.error.code}`);
    }
  }

  private async maybeVanish(signal: AbortSignal): Promise<void> {
    const absence = this.habits.absence();
    if (!absence) return;
    await pause(absence.afterMs, signal);
    if (signal.aborted) return;
    this.tally.absences += 1;
    this.client.close();
    // The end of the trip comes only after the return.
    await pause(absence.durationMs, signal);
    await this.client.connect();
  }

  private hear(event: string, { tripId, version }: TripNews): void {
    const journal = this.journalOf(tripId);
    const fault = journal.hear(event, version);
    if (fault) this.tally.violate(fault);
    switch (event) {
      case 'trip:driver_accepted':
        this.tally.matched += 1;
        this.tally.matching.record(performance.now() - this.requestedAt);
        break;
      case 'trip:completed':
        this.tally.completed += 1;
        break;
      case 'trip:cancelled':
        this.tally.cancelled += 1;
        break;
      case 'trip:no_drivers_found':
        this.tally.withoutDriver += 1;
    }
    if (journal.isOver) this.onOver();
  }

  private journalOf(tripId: string): TripJournal {
    let journal = this.journals.get(tripId);
    if (!journal) {
      journal = new TripJournal();
      this.journals.set(tripId, journal);
      if (this.journals.size > REMEMBERED_TRIPS) {
        this.journals.delete(this.journals.keys().next().value!);
      }
    }
    return journal;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
