import { Injectable } from '@nestjs/common';
import { TripParty, type OfferStatus, type TripActor } from '#libs/contracts';
import { tripNotFound } from './machine/refusals.js';
import { type ConsideredDriver, type DispatchRound } from './machine/trip-command.js';
import { driverAudience, TripHistoryType, type TripHistoryEntry } from './store/trip-history.js';
import { type OfferRecord, type TripRecord } from './store/trip-record.js';
import { TripsStore } from './store/trips.store.js';
import { TripsService } from './trips.service.js';

/** What became of an offer that a round made. */
export interface OfferOutcome {
  assignmentId: string;
  status: OfferStatus;
  reason: string | null;
  deliveredAt: number;
  answeredAt: number;
}

export interface DispatchDecision extends Omit<DispatchRound, 'considered'> {
  version: number;
  round: number;
  /** Epoch ms. */
  at: number;
  considered: (ConsideredDriver & { offer: OfferOutcome | null })[];
}

/** What happened to a trip, who did it, who got it, and why drivers were asked or not. */
@Injectable()
export class TripAudit {
  constructor(
    private readonly trips: TripsService,
    private readonly store: TripsStore,
  ) {}

  /**
   * The audit trail after a version, as far back as it is kept.
   * @throws RequestError NOT_FOUND
   */
  async auditTrail(tripId: string, after: number): Promise<TripHistoryEntry[]> {
    await this.trips.get(tripId);
    return this.store.keptHistory(tripId, after);
  }

  /**
   * The facts of a trip that a person got after a version, and nothing else.
   * @throws RequestError NOT_FOUND for people who never got any
   */
  async told(by: TripActor, tripId: string, after: number): Promise<TripHistoryEntry[]> {
    const trip = await this.trips.get(tripId);
    if (!hasPart(by, trip)) throw tripNotFound();
    const audience =
      by.kind === TripParty.passenger ? TripParty.passenger : driverAudience(by.id ?? '');
    const entries = await this.store.keptHistory(tripId, after);
    return entries.flatMap((entry) => {
      const notices = entry.notices.filter(({ to }) => to.includes(audience));
      return notices.length === 0 ? [] : [{ ...entry, notices }];
    });
  }

  /**
   * Every round of the search: who was considered, why not asked, and what became of the offers.
   * @throws RequestError NOT_FOUND
   */
  async decisions(tripId: string): Promise<DispatchDecision[]> {
    const trip = await this.trips.get(tripId);
    const entries = await this.store.keptHistory(tripId);
    return entries
      .filter(({ type }) => type === TripHistoryType.dispatchRound)
      .map(({ version, at, data }) => {
        const { round, radiusMeters, found, considered } = data as unknown as DispatchRound & {
          round: number;
        };
        return {
          version,
          at,
          round,
          radiusMeters,
          found,
          considered: considered.map((driver) => ({
            ...driver,
            offer: outcomeOf(trip.offers, driver.driverId, at),
          })),
        };
      });
  }
}

/** Drivers who were asked have a part as well: they may read again what was said to them. */
function hasPart({ kind, id }: TripActor, { passengerId, driverId, offers }: TripRecord): boolean {
  if (kind === TripParty.passenger) return passengerId === id;
  return (
    kind === TripParty.driver && (driverId === id || offers.some((offer) => offer.driverId === id))
  );
}

/** The offers of a round were made in the same step as its record. */
function outcomeOf(
  offers: readonly OfferRecord[],
  driverId: string,
  at: number,
): OfferOutcome | null {
  const offer = offers.find((each) => each.driverId === driverId && each.offeredAt === at);
  if (!offer) return null;
  const { assignmentId, status, reason, deliveredAt, answeredAt } = offer;
  return { assignmentId, status, reason, deliveredAt, answeredAt };
}
