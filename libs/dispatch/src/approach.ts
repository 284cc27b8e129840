import { Injectable } from '@nestjs/common';
import { Configuration } from '#libs/config';
import { TripStatus } from '#libs/contracts';
import { distanceMeters, estimateEtaMs, LocationService } from '#libs/location';
import { TripsService } from '#libs/trips';

/** Sends an accepted trip on its way: arriving, with the place of the driver and when it is there. */
@Injectable()
export class Approach {
  constructor(
    private readonly configuration: Configuration,
    private readonly trips: TripsService,
    private readonly locations: LocationService,
  ) {}

  async begin(tripId: string): Promise<void> {
    const trip = await this.trips.find(tripId);
    if (trip?.status !== TripStatus.accepted || trip.driverId === null) return;
    const [position] = await this.locations.lastPositions([trip.driverId]);
    const { assumedSpeedKmh } = this.configuration.travel;
    const etaMs = position
      ? estimateEtaMs(distanceMeters(position, trip.pickup), assumedSpeedKmh)
      : null;
    await this.trips.apply(tripId, (current) =>
      current.status === TripStatus.accepted
        ? {
            kind: 'approach',
            etaMs,
            position: position ? { lat: position.lat, lng: position.lng } : null,
          }
        : null,
    );
  }
}
