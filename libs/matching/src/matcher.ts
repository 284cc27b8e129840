import { Inject, Injectable } from '@nestjs/common';
import { dispatchConfig, type ConfigType } from '#libs/config';
import { NoDriversReason, RequestError, TripParty, TripStatus } from '#libs/contracts';
import {
  DriverTakenError,
  isUnhosted,
  openOffers,
  type TimerOccasion,
  TripClock,
  TripsService,
  TripTimer,
  TripTimers,
  type TripOutcome,
  type TripRecord,
} from '#libs/trips';
import { CandidateSearch, type SearchResult } from './candidate-search.js';

/** So many offers that no instance took to their drivers count as one of DISPATCH_MAX_OFFERS. */
const UNHOSTED_AS_ONE = 3;

const SYSTEM = { kind: TripParty.system } as const;

/** Finds a driver for a trip: asks the best ones, a batch at a time, in growing circles. */
@Injectable()
export class Matcher {
  /** Steps of the same trip on this instance wait for each other; others are refused by the store. */
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    @Inject(dispatchConfig.KEY) private readonly settings: ConfigType<typeof dispatchConfig>,
    private readonly trips: TripsService,
    private readonly candidates: CandidateSearch,
    private readonly clock: TripClock,
    timers: TripTimers,
  ) {
    timers.register(TripTimer.match, (tripId, occasion) => this.advance(tripId, occasion));
  }

  /** Takes the search of a trip as far as it can go now; does nothing when there is nothing to do. */
  private advance(tripId: string, occasion: TimerOccasion): Promise<void> {
    const step = (this.running.get(tripId) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.search(tripId, occasion));
    this.running.set(tripId, step);
    const forget = () => {
      if (this.running.get(tripId) === step) this.running.delete(tripId);
    };
    step.then(forget, forget);
    return step;
  }

  private async search(tripId: string, { isDue, written }: TimerOccasion): Promise<void> {
    // The pause after a round that found nobody is over.
    let mayAsk = isDue;
    let trip = written ?? (await this.trips.find(tripId));
    if (trip?.status === TripStatus.pending) {
      ({ trip } = await this.trips.apply(trip, { kind: 'startAssigning' }));
    }
    while (trip && isSearching(trip) && (mayAsk || trip.search.retryAt === 0)) {
      mayAsk = false;
      const reason = this.reasonToGiveUp(trip);
      ({ trip } = await (reason ? this.giveUp(trip, reason) : this.ask(trip)));
    }
  }

  /** Asks the best drivers of the smallest circle that has any. */
  private async ask(trip: TripRecord): Promise<TripOutcome> {
    const taken = new Set<string>();
    for (;;) {
      const { round, offers } = await this.look(trip, taken);
      try {
        const outcome = await this.trips.apply(trip, (current) =>
          // Another instance was faster, or the trip is over: that step counts.
          current.revision === trip.revision
            ? {
                kind: 'offer',
                round,
                offers,
                retryAt: this.clock.now() + this.settings.retryIntervalMs,
              }
            : null,
        );
        return await this.skipUnreached(outcome);
      } catch (error) {
        if (!(error instanceof DriverTakenError)) throw error;
        taken.add(error.driverId);
      }
    }
  }

  private async look(trip: TripRecord, taken: ReadonlySet<string>): Promise<SearchResult> {
    const { search } = trip;
    const { radiiMeters, batchSize } = this.settings;
    const radii = search.radiusMeters > 0 ? [search.radiusMeters] : radiiMeters;
    const limit = Math.min(batchSize, this.maxOffers(trip) - offersOfSearch(trip));
    let result: SearchResult | undefined;
    for (const radiusMeters of radii) {
      result = await this.candidates.search(trip, radiusMeters, limit, taken);
      if (result.offers.length > 0) break;
    }
    return result!;
  }

  /** No instance hosts these drivers: they are not waited for. */
  private async skipUnreached(outcome: TripOutcome): Promise<TripOutcome> {
    let last = outcome;
    for (const { driverId, assignmentId } of openOffers(outcome.trip)) {
      if (!outcome.unreached.includes(driverId)) continue;
      last = await this.trips.apply(last.trip, { kind: 'unreachable', assignmentId });
    }
    return last;
  }

  private async giveUp(trip: TripRecord, reason: NoDriversReason): Promise<TripOutcome> {
    return this.trips
      .apply(trip, (current) =>
        current.revision === trip.revision ? { kind: 'noDrivers', reason, actor: SYSTEM } : null,
      )
      .catch((error: unknown) => {
        if (error instanceof RequestError && error.code === 'TRIP_STATUS_CONFLICT')
          return { trip, changed: false, unreached: [] };
        throw error;
      });
  }

  /** Why passengers are told `trip:no_drivers_found`; null while the search goes on. */
  private reasonToGiveUp(trip: TripRecord): NoDriversReason | null {
    const asked = offersOfSearch(trip);
    if (asked >= this.maxOffers(trip)) return NoDriversReason.exhausted;
    if (this.clock.now() < trip.search.endsAt) return null;
    const hasAsked = trip.offers.length > trip.search.firstOffer;
    return hasAsked ? NoDriversReason.exhausted : NoDriversReason.noCandidates;
  }

  private maxOffers({ search }: TripRecord): number {
    return search.maxOffers || this.settings.maxOffers;
  }
}

function isSearching(trip: TripRecord): boolean {
  return trip.status === TripStatus.assigning && openOffers(trip).length === 0;
}

function offersOfSearch({ offers, search }: TripRecord): number {
  const made = offers.slice(search.firstOffer);
  const unhosted = made.filter(isUnhosted).length;
  return made.length - unhosted + Math.floor(unhosted / UNHOSTED_AS_ONE);
}
