import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { driversConfig, type ConfigType } from '#libs/config';
import {
  AvailabilityStatus,
  RequestError,
  type AvailabilitySnapshot,
  type DriverStatusUpdateDto,
} from '#libs/contracts';
import { FixNotices, LocationService, type DriverDuty } from '#libs/location';
import { TurnBatch } from '#libs/redis';
import {
  hasForeignTrip,
  isOffDuty,
  toAvailabilitySnapshot,
  withPosition,
  type AvailabilityRecord,
  type DriverState,
} from './availability-record.js';
import {
  AvailabilityStore,
  type ClosedConnection,
  type LeaseHold,
  type StateChange,
} from './availability.store.js';

/** Drivers that come or go in one call to Redis. */
const BATCH = 200;

/** A driver whose fixes are not kept is looked at again so often, for a mark that outlived its reason. */
const DUTY_CHECK_INTERVAL_MS = 2_000;

/** Which drivers are listed; what is absent restricts nothing. */
export type DriverFilter = Partial<
  Pick<
    AvailabilitySnapshot,
    | 'driverId'
    | 'isOnline'
    | 'isAvailableForTrips'
    | 'availabilityStatus'
    | 'availabilityReason'
    | 'currentTripId'
  >
> & {
  /** Whether it is on a trip of another system, or on an id that is no trip. */
  hasForeignTrip?: boolean;
};

export interface DriverPage {
  /** Those that match, and follow `after` where it is given. */
  total: number;
  drivers: AvailabilitySnapshot[];
  /** `after` for those that follow; null when none does. */
  nextAfter: string | null;
}

/** A driver that has just connected. */
export interface ConnectedDriver {
  /** Orders the fixes of this connection. */
  epoch: number;
  snapshot: AvailabilitySnapshot;
  /** How far the clock of its device was ahead when it was last heard, ms. */
  clockAheadMs: number;
}

/** The rules of who is here and who may be offered trips. */
@Injectable()
export class AvailabilityService implements OnModuleInit {
  private readonly arrivals = new TurnBatch<string, ConnectedDriver>(
    (driverIds) => this.connectAll(driverIds),
    BATCH,
  );
  private readonly departures = new TurnBatch<ClosedConnection, boolean>(
    (closed) => this.store.release(closed, this.settings.graceMs),
    BATCH,
  );

  private readonly dutyChecked = new Set<string>();
  private dutyCheckedAt = 0;

  constructor(
    @Inject(driversConfig.KEY) private readonly settings: ConfigType<typeof driversConfig>,
    private readonly store: AvailabilityStore,
    private readonly locations: LocationService,
    private readonly fixNotices: FixNotices,
  ) {}

  onModuleInit(): void {
    this.fixNotices.onOffDuty((driverId) => this.checkDuty(driverId));
  }

  /**
   * A driver connects: it gets a lease and the epoch that orders its fixes. All that connect within
   * one turn of the event loop share the calls to Redis.
   */
  connect(driverId: string): Promise<ConnectedDriver> {
    return this.arrivals.submit(driverId);
  }

  /** Renews by when each driver was last heard, so that a half-open connection keeps nobody alive. */
  renew(holds: readonly LeaseHold[]): Promise<void> {
    return this.store.renew(holds, this.settings.resumeWindowMs);
  }

  /** A driver without a connection was heard: it has a lease as if it had one. */
  async heartbeat(driverId: string): Promise<void> {
    const { leaseTtlMs, resumeWindowMs } = this.settings;
    await this.store.renew([{ driverId, remainingMs: leaseTtlMs }], resumeWindowMs);
    const [state] = await this.store.read([driverId]);
    if (state && isOffDuty(state.record)) {
      await this.locations.setDuty([toDuty(state.record)]);
    }
  }

  /**
   * A page of the drivers who have a lease, by id. With `after` only those whose ids follow it: then
   * no driver is shown twice or missed by those who come and go between two pages.
   */
  async list(
    { hasForeignTrip: isForeign, ...filter }: DriverFilter,
    { page, limit, after = '' }: { page: number; limit: number; after?: string | undefined },
  ): Promise<DriverPage> {
    const wanted = Object.entries(filter).filter(([, value]) => value !== undefined);
    const { records } = await this.store.readLive();
    const found = records
      .filter(({ id }) => id > after)
      .filter((record) => isForeign === undefined || hasForeignTrip(record) === isForeign)
      .map((record) => toAvailabilitySnapshot({ live: true, record }, null))
      .filter((snapshot) =>
        wanted.every(([field, value]) => snapshot[field as keyof typeof filter] === value),
      )
      .toSorted((a, b) => (a.driverId < b.driverId ? -1 : 1));
    const shown = found.slice((page - 1) * limit, page * limit);
    const positions = await this.locations.lastPositions(shown.map(({ driverId }) => driverId));
    const drivers = shown.map((snapshot, i) => withPosition(snapshot, positions[i] ?? null));
    const last = page * limit < found.length ? shown.at(-1) : undefined;
    return { total: found.length, drivers, nextAfter: last?.driverId ?? null };
  }

  /** The newest connection of a driver closed: it may come back within the grace period (LOC2). */
  async disconnect(driverId: string, epoch: number): Promise<void> {
    await this.departures.submit({ driverId, epoch });
  }

  /**
   * The last session of a driver ended: no trip is offered to it any more, also while the instance
   * of its connection is frozen (AUTH2). Does nothing for people who are no drivers.
   */
  async withdraw(driverId: string, sessionsEndedAt: number): Promise<void> {
    await this.store.withdraw(driverId, sessionsEndedAt);
  }

  /** @throws RequestError VALIDATION_FAILED, DRIVER_ON_TRIP */
  async updateStatus(
    driverId: string,
    request: DriverStatusUpdateDto,
  ): Promise<AvailabilitySnapshot> {
    const { online, available } = readFlags(request);
    // Before the status changes: whatever fails in between, nobody off duty is tracked.
    if (online === false) {
      await this.locations.setDuty([{ driverId, version: 0, isOnDuty: false }]);
    }
    const change = await this.store.changeStatus(driverId, online, available);
    await this.noteDuty(driverId, change);
    return this.toSnapshot(change);
  }

  /**
   * Puts a driver on a trip of another system, or takes it off. Nobody here knows the trips of others:
   * an id that is no trip makes the driver busy as well, until it or a dispatcher clears it.
   * @throws RequestError DRIVER_ON_TRIP while it is on a trip of ours; NOT_FOUND
   */
  async setTrip(driverId: string, tripId: string | null): Promise<AvailabilitySnapshot> {
    const change = await this.store.setTrip(driverId, tripId);
    await this.noteDuty(driverId, change);
    return this.toSnapshot(change);
  }

  /** @throws RequestError NOT_FOUND for a driver that never connected */
  async find(driverId: string): Promise<AvailabilitySnapshot> {
    const [state] = await this.store.read([driverId]);
    return this.toSnapshot(state ?? 'ABSENT');
  }

  /** @throws RequestError NOT_FOUND for a driver that never connected */
  async findDetail(driverId: string): Promise<AvailabilitySnapshot & { hasForeignTrip: boolean }> {
    const [state] = await this.store.read([driverId]);
    const snapshot = await this.toSnapshot(state ?? 'ABSENT');
    return { ...snapshot, hasForeignTrip: !!state && hasForeignTrip(state.record) };
  }

  /** The states of drivers, in the order asked; null for one that never connected. */
  states(driverIds: readonly string[]): Promise<(DriverState | null)[]> {
    return driverIds.length === 0 ? Promise.resolve([]) : this.store.read(driverIds);
  }

  private async connectAll(driverIds: readonly string[]): Promise<ConnectedDriver[]> {
    const { leaseTtlMs, resumeWindowMs } = this.settings;
    const [held, positions] = await Promise.all([
      this.store.connect(driverIds, leaseTtlMs, resumeWindowMs),
      this.locations.lastPositions(driverIds),
    ]);
    // A driver that a long absence has put offline is off duty as if it had said so.
    const offDuty = held.filter(({ record }) => isOffDuty(record));
    if (offDuty.length > 0) {
      await this.locations.setDuty(offDuty.map(({ record }) => toDuty(record)));
    }
    return held.map(({ epoch, record }, i) => ({
      epoch,
      snapshot: toAvailabilitySnapshot({ live: true, record }, positions[i] ?? null),
      clockAheadMs: positions[i]?.clockAheadMs ?? 0,
    }));
  }

  /** The shard of a driver's positions learns whether the driver is at work. */
  private async noteDuty(driverId: string, change: StateChange): Promise<void> {
    const state = typeof change === 'string' ? (await this.store.read([driverId]))[0] : change;
    const duty = state ? toDuty(state.record) : { driverId, version: 1, isOnDuty: true };
    await this.locations.setDuty([duty]);
  }

  /** A trip makes its driver at work, and an instance may have died between two writes. */
  private checkDuty(driverId: string): void {
    const now = performance.now();
    if (now - this.dutyCheckedAt > DUTY_CHECK_INTERVAL_MS) {
      this.dutyChecked.clear();
      this.dutyCheckedAt = now;
    }
    if (this.dutyChecked.has(driverId)) return;
    this.dutyChecked.add(driverId);
    void this.store
      .read([driverId])
      .then(([state]) => {
        if (state && isAtWork(state.record)) return this.locations.setDuty([toDuty(state.record)]);
      })
      .catch(() => this.dutyChecked.delete(driverId));
  }

  private async toSnapshot(change: StateChange): Promise<AvailabilitySnapshot> {
    if (change === 'ON_TRIP') throw new RequestError('DRIVER_ON_TRIP');
    if (change === 'ABSENT')
      throw new RequestError('NOT_FOUND', { message: 'The driver never connected.' });
    const [position] = await this.locations.lastPositions([change.record.id]);
    return toAvailabilitySnapshot(change, position ?? null);
  }
}

function isAtWork({ online, tripId }: AvailabilityRecord): boolean {
  return online || tripId !== '';
}

function toDuty(record: AvailabilityRecord): DriverDuty {
  return { driverId: record.id, version: record.version, isOnDuty: isAtWork(record) };
}

const FLAGS_OF = {
  [AvailabilityStatus.available]: { online: true, available: true },
  [AvailabilityStatus.busy]: { online: true, available: false },
  [AvailabilityStatus.offline]: { online: false, available: false },
} as const;

function readFlags(request: DriverStatusUpdateDto): {
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
  if (!hasFlags && availabilityStatus) return FLAGS_OF[availabilityStatus];
  return { online: isOnline ?? undefined, available: isAvailableForTrips ?? undefined };
}
