import { Inject, Injectable } from '@nestjs/common';
import { dispatchConfig, travelConfig, type ConfigType } from '#libs/config';
import { AvailabilityService, isMatchable, type DriverState } from '#libs/drivers';
import { estimateEtaMs, LocationService, type NearbyPosition } from '#libs/location';
import {
  CandidateOutcome,
  isUnhosted,
  TripClock,
  TripsService,
  wasAsked,
  type ConsideredDriver,
  type DispatchRound,
  type OfferPlan,
  type TripRecord,
} from '#libs/trips';

/** How many of the drivers that are not asked the record names, nearest first. */
const NAMED = 20;
/** How many drivers' states are read at a time, nearest first. */
const STEP = 200;

interface Candidate {
  entry: NearbyPosition;
  ageMs: number;
  outcome: CandidateOutcome;
}

export interface SearchResult {
  round: DispatchRound;
  offers: OfferPlan[];
}

/** Looks for drivers to ask, and says of each who is near why not. */
@Injectable()
export class CandidateSearch {
  constructor(
    @Inject(dispatchConfig.KEY)
    private readonly dispatchSettings: ConfigType<typeof dispatchConfig>,
    @Inject(travelConfig.KEY) private readonly travelSettings: ConfigType<typeof travelConfig>,
    private readonly locations: LocationService,
    private readonly availability: AvailabilityService,
    private readonly trips: TripsService,
    private readonly clock: TripClock,
  ) {}

  /**
   * The best drivers for a trip within a radius: by the distance to the pickup and what they may
   * have moved since their last position.
   * @param limit the most offers to make
   * @param taken drivers who turned out not to be free
   */
  async search(
    trip: TripRecord,
    radiusMeters: number,
    limit: number,
    taken: ReadonlySet<string>,
  ): Promise<SearchResult> {
    const near = await this.locations.near(trip.pickup, radiusMeters);
    const now = this.clock.now();
    const candidates: Candidate[] = [];
    let eligible = 0;
    for (let first = 0; first < near.length && eligible < limit; first += STEP) {
      const step = await this.judge(trip, near.slice(first, first + STEP), now, taken);
      candidates.push(...step);
      eligible += step.filter(({ outcome }) => outcome === CandidateOutcome.notNeeded).length;
    }
    const chosen = candidates
      .filter(({ outcome }) => outcome === CandidateOutcome.notNeeded)
      .toSorted((a, b) => this.weigh(a) - this.weigh(b))
      .slice(0, limit);
    for (const candidate of chosen) candidate.outcome = CandidateOutcome.offered;
    return {
      round: { radiusMeters, found: near.length, considered: toConsidered(candidates) },
      offers: chosen.map(({ entry }) => this.toOffer(entry)),
    };
  }

  private async judge(
    trip: TripRecord,
    near: readonly NearbyPosition[],
    now: number,
    taken: ReadonlySet<string>,
  ): Promise<Candidate[]> {
    const ids = near.map(({ driverId }) => driverId);
    const [states, open] = await Promise.all([
      this.availability.states(ids),
      this.trips.openOffersOf(ids),
    ]);
    return near.map((entry, i) => {
      const ageMs = Math.max(0, now - entry.position.timestamp);
      const hasOffer = taken.has(entry.driverId) || (open[i]?.until ?? 0) > now;
      return { entry, ageMs, outcome: this.outcomeOf(trip, entry, ageMs, states[i], hasOffer) };
    });
  }

  private outcomeOf(
    trip: TripRecord,
    { driverId }: NearbyPosition,
    ageMs: number,
    state: DriverState | null | undefined,
    hasOffer: boolean,
  ): CandidateOutcome {
    if (driverId === trip.passengerId) return CandidateOutcome.isPassenger;
    if (!state?.live || !state.record.online) return CandidateOutcome.offline;
    if (state.record.tripId !== '') return CandidateOutcome.onTrip;
    if (!isMatchable(state)) return CandidateOutcome.unavailable;
    if (ageMs > this.dispatchSettings.maxPositionAgeMs) return CandidateOutcome.stalePosition;
    if (wasAsked(trip, driverId) || this.wasJustUnhosted(trip, driverId))
      return CandidateOutcome.askedBefore;
    return hasOffer ? CandidateOutcome.hasOffer : CandidateOutcome.notNeeded;
  }

  /** Asked again at once it would be no other; a moment later an instance may host it again. */
  private wasJustUnhosted({ offers, search }: TripRecord, driverId: string): boolean {
    const since = this.clock.now() - this.dispatchSettings.retryIntervalMs;
    return offers
      .slice(search.firstOffer)
      .some(
        (offer) => offer.driverId === driverId && isUnhosted(offer) && offer.answeredAt > since,
      );
  }

  private weigh({ entry, ageMs }: Candidate): number {
    return entry.distanceMeters + (ageMs / 1_000) * this.dispatchSettings.stalenessMps;
  }

  private toOffer({ driverId, distanceMeters }: NearbyPosition): OfferPlan {
    return {
      driverId,
      distanceMeters: Math.round(distanceMeters),
      etaMs: estimateEtaMs(distanceMeters, this.travelSettings.assumedSpeedKmh),
    };
  }
}

/** All who are asked, and the nearest of the others. */
function toConsidered(candidates: readonly Candidate[]): ConsideredDriver[] {
  let others = 0;
  return candidates
    .filter(({ outcome }) => outcome === CandidateOutcome.offered || (others += 1) <= NAMED)
    .map(({ entry, ageMs, outcome }) => ({
      driverId: entry.driverId,
      distanceMeters: Math.round(entry.distanceMeters),
      ageMs: Math.round(ageMs),
      outcome,
    }));
}
