import { type PositionQuality } from '#libs/contracts';
import { isOffDuty, type AvailabilityRecord, type DriverState } from '#libs/drivers';
import { ageMs, qualityOf, worseAt, type QualityLimits, type StoredPosition } from '#libs/location';
import { FleetGrid, type FleetDriver } from './fleet-grid.js';
import { QualitySchedule } from './quality-schedule.js';

export interface QualityChange {
  driver: FleetDriver;
  quality: PositionQuality;
  previousQuality: PositionQuality;
}

/** What has changed since the last look, each driver once, and the facts that dispatchers get of it. */
export interface FleetChanges {
  /** `driver:availability:update` */
  availability: FleetDriver[];
  /** `driver:trip:update` */
  trips: FleetDriver[];
  /** `driver:location:update`, or `driver:location:batch` */
  positions: FleetDriver[];
  /** `driver:quality:update` */
  qualities: QualityChange[];
  /** `driver:offline` */
  offline: string[];
}

export function noChanges(): FleetChanges {
  return { availability: [], trips: [], positions: [], qualities: [], offline: [] };
}

/**
 * All live drivers, as this instance knows them. It is fed by the store's feeds and read by ticks:
 * however often a driver changes between two ticks, it is sent once, with its newest state.
 */
export class FleetView {
  /** The live drivers that have a position, by place. */
  readonly grid = new FleetGrid();
  private readonly drivers = new Map<string, FleetDriver>();
  /** Positions of drivers that are not live (yet): the feeds of positions and leases are two. */
  private readonly unattended = new Map<string, StoredPosition>();
  private readonly changedAvailability = new Set<string>();
  private readonly changedTrips = new Set<string>();
  private readonly changedPositions = new Set<string>();
  /** Drivers who went off duty before their position was sent: it is sent when they go online (DUTY1). */
  private readonly untoldPositions = new Set<string>();
  private readonly gone = new Set<string>();
  private readonly schedule = new QualitySchedule<FleetDriver>();

  /** @param tracksOffDuty whether positions of drivers who are off duty are sent; default false */
  constructor(
    private readonly qualityLimits: QualityLimits,
    private readonly tracksOffDuty = false,
  ) {}

  get size(): number {
    return this.drivers.size;
  }

  ids(): string[] {
    return [...this.drivers.keys()];
  }

  find(driverId: string): FleetDriver | undefined {
    return this.drivers.get(driverId);
  }

  applyState({ live, record }: DriverState): void {
    const known = this.drivers.get(record.id);
    if (!live) {
      if (known) this.remove(record.id);
      return;
    }
    if (!known) {
      const position = this.unattended.get(record.id) ?? null;
      this.unattended.delete(record.id);
      const driver: FleetDriver = {
        record,
        position,
        quality: null,
        qualityDueAt: Number.POSITIVE_INFINITY,
      };
      this.drivers.set(record.id, driver);
      if (position) this.grid.place(driver, position.lat, position.lng);
      this.gone.delete(record.id);
      if (position) this.changedPositions.add(record.id);
    } else {
      if (record.version <= known.record.version) return;
      if (record.tripId !== known.record.tripId) this.changedTrips.add(record.id);
      known.record = record;
      if (this.isShown(known) && this.untoldPositions.delete(record.id)) {
        this.changedPositions.add(record.id);
      }
    }
    this.changedAvailability.add(record.id);
  }

  /** The store has ordered positions already; what arrives last is the newest. */
  applyPosition(driverId: string, position: StoredPosition): void {
    const driver = this.drivers.get(driverId);
    if (!driver) {
      this.unattended.set(driverId, position);
      return;
    }
    const old = driver.position;
    if (old && old.timestamp === position.timestamp && old.receivedAt === position.receivedAt)
      return;
    driver.position = position;
    this.grid.place(driver, position.lat, position.lng);
    this.changedPositions.add(driverId);
  }

  /**
   * Replaces the set of live drivers; those that are missing are gone. A snapshot is right also where
   * it is older than what is known: Redis lost its last writes.
   */
  replaceStates(records: readonly AvailabilityRecord[]): void {
    const live = new Set(records.map((record) => record.id));
    for (const driverId of this.drivers.keys()) if (!live.has(driverId)) this.remove(driverId);
    for (const record of records) {
      const known = this.drivers.get(record.id)?.record;
      if (known && known.version >= record.version && known.updatedAt !== record.updatedAt) {
        known.version = record.version - 1;
      }
      this.applyState({ live: true, record });
    }
  }

  takeChanges(now: number): FleetChanges {
    const changes: FleetChanges = {
      availability: this.takeDrivers(this.changedAvailability),
      trips: this.takeDrivers(this.changedTrips),
      positions: [],
      qualities: [],
      offline: [...this.gone],
    };
    this.gone.clear();
    for (const driver of this.takeDrivers(this.changedPositions)) {
      this.noteQuality(driver, now, changes.qualities);
      if (this.isShown(driver)) changes.positions.push(driver);
      else this.untoldPositions.add(driver.record.id);
    }
    return changes;
  }

  /** Positions grow old without a message. */
  takeAged(now: number): QualityChange[] {
    const changes: QualityChange[] = [];
    for (const driver of this.schedule.take(now)) {
      const { id } = driver.record;
      // A position that waits for its tick is sent with its quality there.
      const isWaiting = this.changedPositions.has(id);
      if (!isWaiting && this.drivers.get(id) === driver) this.noteQuality(driver, now, changes);
    }
    return changes;
  }

  private isShown({ record }: FleetDriver): boolean {
    return this.tracksOffDuty || !isOffDuty(record);
  }

  private noteQuality(driver: FleetDriver, now: number, changes: QualityChange[]): void {
    if (!driver.position) return;
    const quality = qualityOf(ageMs(driver.position.timestamp, now), this.qualityLimits);
    const previousQuality = driver.quality;
    driver.quality = quality;
    this.schedule.expect(driver, worseAt(driver.position.timestamp, quality, this.qualityLimits));
    if (previousQuality !== null && previousQuality !== quality) {
      changes.push({ driver, quality, previousQuality });
    }
  }

  private remove(driverId: string): void {
    const driver = this.drivers.get(driverId);
    if (driver) this.grid.remove(driver);
    this.drivers.delete(driverId);
    this.changedAvailability.delete(driverId);
    this.changedTrips.delete(driverId);
    this.changedPositions.delete(driverId);
    this.untoldPositions.delete(driverId);
    this.gone.add(driverId);
  }

  private takeDrivers(ids: Set<string>): FleetDriver[] {
    const drivers: FleetDriver[] = [];
    for (const id of ids) {
      const driver = this.drivers.get(id);
      if (driver) drivers.push(driver);
    }
    ids.clear();
    return drivers;
  }
}
