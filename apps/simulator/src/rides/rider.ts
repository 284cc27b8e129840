import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account } from '../clients/accounts.js';
import { PassengerClient, type TripNews } from '../clients/passenger-client.js';
import { RestClient, RestError } from '../clients/rest-client.js';
import { ShareFollower, type ShareTally } from '../clients/share-follower.js';
import { type Point } from '../drives/geography.js';
import { type PassengerPlan, type PlannedRequest } from '../plan/passenger-plan.js';
import { type TripEnds } from '../plan/trip-places.js';
import { type TripTalks } from '../talks/trip-talks.js';
import { TripJournal } from './trip-journal.js';
import { type TripTally } from './trip-tally.js';

/** Nobody requests the next trip in the moment in which the last one ends. */
const SHORTEST_PAUSE_MS = 1_500;
const LOOK_AGAIN_MS = 1_000;
/** A ride through the city takes a quarter of an hour. */
const TRIP_DEADLINE_MS = 2_400_000;
const REMEMBERED_TRIPS = 5;
/** The trip went on meanwhile, or the passenger is out of reach. */
const TOO_LATE: ReadonlySet<string> = new Set(['TRIP_STATUS_CONFLICT', 'CLOSED']);

/** What all passengers of a run share. */
export interface RiderWorld {
  tally: TripTally;
  talks: TripTalks;
  shares: ShareTally;
  /** Where some free car is; undefined while there is none. */
  carSomewhere: () => Point | undefined;
  onTrouble: (what: string) => void;
  /** When the run began, epoch ms. */
  startedAt: number;
}

/** A passenger who requests one trip after the other by its plan, and notes the facts that come. */
export class Rider {
  private readonly client: PassengerClient;
  private readonly rest: RestClient;
  private readonly journals = new Map<string, TripJournal>();
  private requestedAt = 0;
  private onOver: () => void = () => undefined;
  private onAccepted: () => void = () => undefined;
  private follower: ShareFollower | undefined;

  constructor(
    private readonly server: string,
    private readonly account: Account,
    private readonly plan: PassengerPlan,
    private readonly world: RiderWorld,
  ) {
    const { onTrouble } = world;
    this.rest = new RestClient(server);
    this.client = new PassengerClient(server, account.tokens, {
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
    this.follower?.close();
  }

  /** Trip after trip until the signal comes. */
  async live(signal: AbortSignal): Promise<void> {
    for (const planned of this.plan.requests()) {
      const waitMs = this.world.startedAt + planned.atMs - Date.now();
      await pause(Math.max(SHORTEST_PAUSE_MS, waitMs), signal);
      let ends = this.endsOf(planned);
      while (!ends && !signal.aborted) {
        await pause(LOOK_AGAIN_MS, signal);
        ends = this.endsOf(planned);
      }
      if (!ends || signal.aborted) return;
      await this.ride(ends, planned, signal);
    }
  }

  private endsOf(planned: PlannedRequest): TripEnds | undefined {
    if (planned.ends) return planned.ends;
    const car = this.world.carSomewhere();
    return car && this.plan.endsNear(car, planned);
  }

  private async ride(
    { pickup, dropoff }: TripEnds,
    planned: PlannedRequest,
    signal: AbortSignal,
  ): Promise<void> {
    const { tally, onTrouble } = this.world;
    const over = new Promise<void>((resolve) => (this.onOver = resolve));
    const accepted = new Promise<void>((resolve) => (this.onAccepted = resolve));
    this.requestedAt = performance.now();
    const answer = await this.client.request(pickup, dropoff, randomUUID(), signal);
    if (!answer.ok) {
      if (!signal.aborted) onTrouble(`trip:request: ${answer.error.code}`);
      return;
    }
    const { tripId } = answer.data;
    tally.request(tripId);
    const end = new AbortController();
    const untilEnd = AbortSignal.any([signal, end.signal]);
    const moods = [
      this.maybeCancel(tripId, planned, untilEnd),
      this.maybeVanish(planned, untilEnd),
      this.talk(tripId, planned, accepted, untilEnd),
      this.maybeShare(tripId, planned, accepted, untilEnd),
    ];
    const deadline = pause(TRIP_DEADLINE_MS, untilEnd).then(() => {
      if (!untilEnd.aborted) onTrouble('a trip did not end');
    });
    await Promise.race([over, deadline]);
    end.abort();
    await Promise.all(moods);
  }

  private async maybeCancel(
    tripId: string,
    { cancelAfterMs }: PlannedRequest,
    signal: AbortSignal,
  ): Promise<void> {
    if (cancelAfterMs === null) return;
    await pause(cancelAfterMs, signal);
    if (signal.aborted) return;
    const answer = await this.client.cancel(tripId, signal);
    if (!answer.ok && !signal.aborted && !TOO_LATE.has(answer.error.code)) {
      this.world.onTrouble(`trip:cancel: ${answer.error.code}`);
    }
  }

  private async maybeVanish({ absence }: PlannedRequest, signal: AbortSignal): Promise<void> {
    if (!absence) return;
    await pause(absence.afterMs, signal);
    if (signal.aborted) return;
    this.world.tally.absences += 1;
    this.client.close();
    // The end of the trip comes only after the return.
    await pause(absence.durationMs, signal);
    await this.client.connect();
  }

  private async talk(
    tripId: string,
    { messages }: PlannedRequest,
    accepted: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const hasDriver = await isBefore(accepted, signal);
    if (!hasDriver || messages.length === 0) return;
    const talk = this.world.talks.of(tripId);
    const since = performance.now();
    await this.client.talk(talk);
    for (const { afterMs, text } of messages) {
      await pause(Math.max(0, since + afterMs - performance.now()), signal);
      if (signal.aborted) return;
      await this.client.say(talk, text);
    }
  }

  /** Somebody at home follows the trip by its link until it is over. */
  private async maybeShare(
    tripId: string,
    { isShared }: PlannedRequest,
    accepted: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (!isShared || !(await isBefore(accepted, signal))) return;
    const { shares, onTrouble } = this.world;
    try {
      const share = await this.rest.shareTrip(await this.account.tokens.give('connecting'), tripId);
      shares.links += 1;
      this.follower = new ShareFollower(this.server, share, shares, onTrouble);
      await untilAborted(signal);
    } catch (error) {
      // The trip is over meanwhile.
      const isLate = error instanceof RestError && error.code === 'CONFLICT';
      if (!isLate && !signal.aborted) onTrouble(`link of a trip: ${codeOf(error)}`);
    } finally {
      this.follower?.close();
      this.follower = undefined;
    }
  }

  private hear(event: string, { tripId, version }: TripNews): void {
    const { tally } = this.world;
    const journal = this.journalOf(tripId);
    const fault = journal.hear(event, version);
    if (fault) tally.violate(fault);
    switch (event) {
      case 'trip:driver_accepted':
        tally.matched += 1;
        tally.matching.record(performance.now() - this.requestedAt);
        this.onAccepted();
        break;
      case 'trip:completed':
        tally.completed += 1;
        break;
      case 'trip:cancelled':
        tally.cancelled += 1;
        break;
      case 'trip:no_drivers_found':
        tally.withoutDriver += 1;
    }
    if (!journal.isOver) return;
    tally.end(tripId);
    this.onOver();
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

/** @returns whether it came before the signal */
async function isBefore(event: Promise<void>, signal: AbortSignal): Promise<boolean> {
  await Promise.race([event, untilAborted(signal)]);
  return !signal.aborted;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function codeOf(error: unknown): string {
  return error instanceof RestError ? error.code : String(error);
}
