import { Injectable } from '@nestjs/common';
import { TripStatus } from '#libs/contracts';
import { distanceMeters, LocationService } from '#libs/location';
import { type TripRecord } from '../store/trip-record.js';
import { TripsService } from '../trips.service.js';

export interface DrivenSoFar {
  meters: number;
  /** Up to this fix, epoch ms. */
  until: number;
  /** False when there are not even two fixes of the ride. */
  isMeasured: boolean;
}

/** What has been driven with the passenger, along the believed fixes of the driver. */
@Injectable()
export class Odometer {
  constructor(
    private readonly locations: LocationService,
    private readonly trips: TripsService,
  ) {}

  /** Adds what came since the last look; the history of the driver keeps only so much. */
  async read({ driverId, odometer, startedAt }: TripRecord): Promise<DrivenSoFar> {
    // The last fix that was counted is read again: the way goes on from there. Before the start of
    // the ride nothing the driver drove is the passenger's.
    const track =
      driverId && startedAt > 0
        ? await this.locations.history(driverId, odometer.until, Number.MAX_SAFE_INTEGER)
        : [];
    let { meters } = odometer;
    for (let i = 1; i < track.length; i += 1) meters += distanceMeters(track[i - 1]!, track[i]!);
    return {
      meters,
      until: track.at(-1)?.timestamp ?? odometer.until,
      isMeasured: track.length > 1 || odometer.meters > 0,
    };
  }

  async note(tripId: string): Promise<void> {
    const trip = await this.trips.find(tripId);
    if (trip?.status !== TripStatus.inProgress) return;
    const { meters, until } = await this.read(trip);
    await this.trips.apply(tripId, (current) =>
      current.status === TripStatus.inProgress && current.odometer.until === trip.odometer.until
        ? { kind: 'measure', meters, until }
        : null,
    );
  }
}
