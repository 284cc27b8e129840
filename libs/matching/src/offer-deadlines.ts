import { Injectable } from '@nestjs/common';
import { TripStatus } from '#libs/contracts';
import { isOpen, tripIdOf, TripClock, TripsService, TripTimer, TripTimers } from '#libs/trips';

/** Ends offers whose time is over: those that no app confirmed, and those that nobody answered (TRIP2). */
@Injectable()
export class OfferDeadlines {
  constructor(
    private readonly trips: TripsService,
    private readonly clock: TripClock,
    timers: TripTimers,
  ) {
    timers.register(TripTimer.offer, (assignmentId) => this.meet(assignmentId));
  }

  /** @returns when the offer is due again, epoch ms; null when it is done with */
  private async meet(assignmentId: string): Promise<number | null> {
    const tripId = tripIdOf(assignmentId);
    const trip = await this.trips.find(tripId);
    const offer = trip?.offers.find((candidate) => candidate.assignmentId === assignmentId);
    if (!trip || !offer || !isOpen(offer) || trip.status !== TripStatus.assigning) return null;
    const now = this.clock.now();
    const { deliverBy, deliveredAt, expiresAt } = offer;
    const isUnreachable = deliverBy > 0 && deliveredAt === 0 && now >= deliverBy;
    if (!isUnreachable && now < expiresAt)
      return deliveredAt > 0 || deliverBy === 0 ? expiresAt : deliverBy;
    await this.trips.apply(trip, (current) =>
      current.status === TripStatus.assigning
        ? { kind: now >= expiresAt ? 'expire' : 'unreachable', assignmentId }
        : null,
    );
    return null;
  }
}
