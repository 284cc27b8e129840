import { Inject, Injectable } from '@nestjs/common';
import { travelConfig, type ConfigType } from '#libs/config';
import { TripStatus } from '#libs/contracts';
import { distanceMeters, estimateEtaMs, LocationService } from '#libs/location';
import { type TripRecord } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { TripTimers } from '../timers/trip-timers.js';
import { TripsService, type TripOutcome } from '../trips.service.js';

/** Sends an accepted trip on its way: arriving, with the place of the driver and when it is there. */
@Injectable()
export class Approach {
  constructor(
    @Inject(travelConfig.KEY) private readonly settings: ConfigType<typeof travelConfig>,
    private readonly trips: TripsService,
    private readonly locations: LocationService,
    timers: TripTimers,
  ) {
    timers.register(TripTimer.approach, (tripId, { written }) => this.begin(tripId, written));
  }

  private async begin(tripId: string, written: TripRecord | undefined): Promise<void> {
    const trip = written ?? (await this.trips.find(tripId));
    if (trip?.status !== TripStatus.accepted) return;
    const way = await this.wayOf(trip);
    await this.trips.apply(trip, (current) =>
      // Another driver may have it by now, whose step sets out by itself.
      current.status === TripStatus.accepted && current.assignmentId === trip.assignmentId
        ? { kind: 'approach', ...way }
        : null,
    );
  }

  /**
   * For the driver, who may be faster than the server.
   * @throws RequestError NOT_FOUND, TRIP_STATUS_CONFLICT
   */
  async beginBy(driverId: string, tripId: string): Promise<TripOutcome> {
    const trip = await this.trips.get(tripId);
    const way = await this.wayOf(trip);
    return this.trips.apply(trip, { kind: 'approach', driverId, ...way });
  }

  private async wayOf({ driverId, pickup }: TripRecord) {
    const [position] = driverId === null ? [] : await this.locations.lastPositions([driverId]);
    if (!position) return { etaMs: null, position: null };
    const { assumedSpeedKmh } = this.settings;
    return {
      etaMs: estimateEtaMs(distanceMeters(position, pickup), assumedSpeedKmh),
      position: { lat: position.lat, lng: position.lng },
    };
  }
}
