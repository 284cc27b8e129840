import { Inject, Injectable } from '@nestjs/common';
import { tripsConfig, type ConfigType } from '#libs/config';
import { AvailabilityService } from '#libs/drivers';
import { TripClock } from '../timers/trip-clock.js';
import { TripTimer } from '../timers/trip-timer.js';
import { TripTimers } from '../timers/trip-timers.js';
import { TripsService } from '../trips.service.js';

/** Notices drivers who vanish during their trip, and those who come back to it. */
@Injectable()
export class DriverWatch {
  constructor(
    @Inject(tripsConfig.KEY) private readonly settings: ConfigType<typeof tripsConfig>,
    private readonly availability: AvailabilityService,
    private readonly trips: TripsService,
    private readonly clock: TripClock,
    timers: TripTimers,
  ) {
    timers.register(TripTimer.vanished, (driverId) => this.vanished(driverId));
    timers.register(TripTimer.lost, (tripId) => this.lookFor(tripId));
  }

  /** The lease of a driver on a trip has lapsed. */
  private async vanished(driverId: string): Promise<void> {
    const [state] = await this.availability.states([driverId]);
    if (!state || state.live || state.record.tripId === '') return;
    const trip = await this.trips.find(state.record.tripId);
    if (!trip || trip.driverId !== driverId || trip.endedAt > 0) return;
    const seen = { driverId, isLive: false };
    await this.trips.apply(trip, { kind: 'loseDriver', driverId }, seen);
  }

  /**
   * Looks for a driver that was lost during the ride.
   * @returns when to look again, epoch ms; null when there is nobody to look for
   */
  private async lookFor(tripId: string): Promise<number | null> {
    const trip = await this.trips.find(tripId);
    if (!trip || trip.driverId === null || trip.driverLostAt === 0) return null;
    const { driverId } = trip;
    const [state] = await this.availability.states([driverId]);
    const later = () => this.clock.now() + this.settings.lostCheckMs;
    if (!state?.live) return later();
    const outcome = await this.trips.apply(
      trip,
      (current) => (current.driverLostAt > 0 ? { kind: 'findDriverAgain', driverId } : null),
      { driverId, isLive: true },
    );
    // It has gone again.
    return outcome.trip.driverLostAt > 0 ? later() : null;
  }
}
