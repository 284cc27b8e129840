import { Injectable } from '@nestjs/common';
import { AvailabilityService } from '#libs/drivers';
import { LocationService, type StoredPosition } from '#libs/location';

export interface DriverOnTrip {
  driverId: string;
  tripId: string;
}

/** Reads where drivers are, for the people whose trips they drive. */
@Injectable()
export class DriverPositions {
  constructor(
    private readonly locations: LocationService,
    private readonly availability: AvailabilityService,
  ) {}

  /**
   * One read for all of them.
   * @returns in the order asked: the last position, null for none, or `'elsewhere'` for a driver who
   * is not on that trip, whatever was announced or got lost (LEAK1)
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async read(drivers: readonly DriverOnTrip[]): Promise<(StoredPosition | null | 'elsewhere')[]> {
    const driverIds = drivers.map(({ driverId }) => driverId);
    const positions = await this.locations.lastPositions(driverIds);
    // Read after the positions: a driver who is still on the trip then was on it there.
    const states = await this.availability.states(driverIds);
    return drivers.map(({ tripId }, i) =>
      states[i]?.record.tripId === tripId ? positions[i]! : 'elsewhere',
    );
  }
}
