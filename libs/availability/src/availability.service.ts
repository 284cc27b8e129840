import { Injectable } from '@nestjs/common';
import { Configuration } from '#libs/config';
import {
  AvailabilityStatus,
  RequestError,
  type AvailabilitySnapshot,
  type DriverStatusUpdateDto,
} from '#libs/contracts';
import { LocationService } from '#libs/location';
import { toAvailabilitySnapshot, type DriverState } from './availability-record.js';
import { AvailabilityStore, type LeaseHold, type StateChange } from './availability.store.js';

/** The rules of who is here and who may be offered trips. */
@Injectable()
export class AvailabilityService {
  constructor(
    private readonly configuration: Configuration,
    private readonly store: AvailabilityStore,
    private readonly locations: LocationService,
  ) {}

  /** A driver connects: it gets a lease and the epoch that orders its fixes. */
  async connect(driverId: string): Promise<{ epoch: number; snapshot: AvailabilitySnapshot }> {
    const { leaseTtlMs, resumeWindowMs } = this.configuration.drivers;
    const [{ epoch, record }, [position]] = await Promise.all([
      this.store.connect(driverId, leaseTtlMs, resumeWindowMs),
      this.locations.lastPositions([driverId]),
    ]);
    return { epoch, snapshot: toAvailabilitySnapshot({ live: true, record }, position ?? null) };
  }

  /** Renews by when each driver was last heard, so that a half-open connection keeps nobody alive. */
  renew(holds: readonly LeaseHold[]): Promise<void> {
    return this.store.renew(holds, this.configuration.drivers.resumeWindowMs);
  }

  /** The newest connection of a driver closed: it may come back within the grace period (LOC2). */
  async disconnect(driverId: string, epoch: number): Promise<void> {
    await this.store.release(driverId, epoch, this.configuration.drivers.graceMs);
  }

  /** @throws RequestError VALIDATION_FAILED, DRIVER_ON_TRIP */
  async updateStatus(
    driverId: string,
    request: DriverStatusUpdateDto,
  ): Promise<AvailabilitySnapshot> {
    const { online, available } = readWish(request);
    return this.toSnapshot(await this.store.changeStatus(driverId, online, available));
  }

  async setTrip(driverId: string, tripId: string | null): Promise<AvailabilitySnapshot> {
    return this.toSnapshot(await this.store.setTrip(driverId, tripId));
  }

  /** @throws RequestError NOT_FOUND for a driver that never connected */
  async find(driverId: string): Promise<AvailabilitySnapshot> {
    const [state] = await this.store.read([driverId]);
    return this.toSnapshot(state ?? 'ABSENT');
  }

  /** The states of drivers, in the order asked; null for one that never connected. */
  states(driverIds: readonly string[]): Promise<(DriverState | null)[]> {
    return driverIds.length === 0 ? Promise.resolve([]) : this.store.read(driverIds);
  }

  private async toSnapshot(change: StateChange): Promise<AvailabilitySnapshot> {
    if (change === 'ON_TRIP') throw new RequestError('DRIVER_ON_TRIP');
    if (change === 'ABSENT')
      throw new RequestError('NOT_FOUND', { message: 'The driver never connected.' });
    const [position] = await this.locations.lastPositions([change.record.id]);
    return toAvailabilitySnapshot(change, position ?? null);
  }
}

const WISHES = {
  [AvailabilityStatus.available]: { online: true, available: true },
  [AvailabilityStatus.busy]: { online: true, available: false },
  [AvailabilityStatus.offline]: { online: false, available: false },
} as const;

function readWish(request: DriverStatusUpdateDto): {
  online?: boolean | undefined;
  available?: boolean | undefined;
} {
  const { isOnline, isAvailableForTrips, availabilityStatus } = request;
  const hasFlags = typeof isOnline === 'boolean' || typeof isAvailableForTrips === 'boolean';
  if (!hasFlags && !availabilityStatus) {
    throw new RequestError('VALIDATION_FAILED', {
      details: ['send isOnline, isAvailableForTrips or availabilityStatus'],
    });
  }
  if (isOnline === false && isAvailableForTrips === true) {
    throw new RequestError('VALIDATION_FAILED', {
      details: ['an offline driver cannot be available'],
    });
  }
  if (!hasFlags && availabilityStatus) return WISHES[availabilityStatus];
  return { online: isOnline ?? undefined, available: isAvailableForTrips ?? undefined };
}
