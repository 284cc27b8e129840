import { Injectable } from '@nestjs/common';
import { FaresService } from '#libs/fares';
import { type TripRecord } from '../store/trip-record.js';
import { TripClock } from '../timers/trip-clock.js';
import { TripTimer } from '../timers/trip-timer.js';
import { TripTimers } from '../timers/trip-timers.js';
import { TripsService } from '../trips.service.js';

export interface WaitingSoFar {
  waitingMs: number;
  /** Minor units, for all of it. */
  surcharge: number;
  /** When it next costs more, epoch ms; null for never. */
  nextAt: number | null;
}

/** What the passenger pays for letting the driver wait at the pickup. */
@Injectable()
export class Waiting {
  constructor(
    private readonly fares: FaresService,
    private readonly trips: TripsService,
    private readonly clock: TripClock,
    timers: TripTimers,
  ) {
    timers.register(TripTimer.waiting, (tripId) => this.charge(tripId));
  }

  soFar({ arrivedAt }: TripRecord, now: number): WaitingSoFar {
    if (arrivedAt === 0) return { waitingMs: 0, surcharge: 0, nextAt: null };
    const { amount, nextWaitingStepAt } = this.fares.waiting(arrivedAt, now);
    return {
      waitingMs: Math.max(0, now - arrivedAt),
      surcharge: amount,
      nextAt: nextWaitingStepAt,
    };
  }

  private async charge(tripId: string): Promise<void> {
    await this.trips.apply(tripId, (trip) =>
      trip.arrivedAt === 0 || trip.startedAt > 0 || trip.endedAt > 0
        ? null
        : { kind: 'wait', ...this.soFar(trip, this.clock.now()) },
    );
  }
}
