import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { locationConfig, type ConfigType } from '#libs/config';
import { type FixInput, type LocationPingResult, type RefusedFixes } from '#libs/contracts';
import { Tracing } from '#libs/observability';
import { coverBox, type CellRange } from './cell.js';
import { FixNotices } from './refused-fixes.js';
import { FixRecorder } from './fix-recorder.js';
import { boxAround, distanceMeters, type Point } from './geodesy.js';
import { LocationStore, type DriverDuty, type PositionOf } from './location.store.js';
import { type StoredPosition } from './position-record.js';
import { type ReportingDevice } from './reporting-device.js';

/** Keeps one read of an area short for the others that share the Redis thread. */
const MAX_FOUND_PER_SHARD = 5_000;
/** Ranges of one read of an area: hundreds of empty ones keep the Redis thread as well. */
const RANGES_PER_READ = 64;
/** A smaller circle reads no fewer cells. */
const SMALLEST_RADIUS_METERS = 300;

export interface NearbyPosition extends PositionOf {
  distanceMeters: number;
}

/** The rules of positions: what is believed, what is kept, who is near. */
@Injectable()
export class LocationService implements OnModuleInit {
  private readonly recorder: FixRecorder;

  constructor(
    @Inject(locationConfig.KEY) settings: ConfigType<typeof locationConfig>,
    private readonly store: LocationStore,
    notices: FixNotices,
    tracing: Tracing,
  ) {
    this.recorder = new FixRecorder(settings, store, notices, tracing);
  }

  /** @throws Error when another instance runs with another number of shards. */
  async onModuleInit(): Promise<void> {
    const written = await this.store.claimShardCount();
    if (written !== this.store.shards) {
      throw new Error(
        `LOCATION_SHARDS is ${this.store.shards} here, but the data was written with ${written}. Set it to ${written}; it cannot be changed with data.`,
      );
    }
  }

  /**
   * Judges and stores the fixes of one ping; resolves once every instance can read them (LOC1).
   * @param connectionEpoch the newest epoch given to this client; 0 when it was given none
   * @param device what is known of its clock; without it the times of fixes are taken as they are
   */
  record(
    driverId: string,
    inputs: readonly FixInput[],
    connectionEpoch: number,
    device?: ReportingDevice,
  ): Promise<LocationPingResult> {
    return this.recorder.record(driverId, inputs, connectionEpoch, device, false);
  }

  /**
   * Records a ping for a client that gets an error when all of it was refused.
   * @throws RequestError FIX_REFUSED when every fix is implausible
   */
  recordOrRefuse(
    driverId: string,
    inputs: readonly FixInput[],
    connectionEpoch: number,
    device?: ReportingDevice,
  ): Promise<LocationPingResult> {
    return this.recorder.record(driverId, inputs, connectionEpoch, device, true);
  }

  /** Refused fixes of a driver in the last one to two hours, by reason. */
  refusedFixes(driverId: string): Promise<RefusedFixes> {
    return this.store.readRefusals(driverId);
  }

  /** Whether drivers are at work: off duty nothing is kept, unless LOCATION_TRACK_OFFLINE is set. */
  setDuty(duties: readonly DriverDuty[]): Promise<void> {
    return this.store.setDuty(duties);
  }

  /** Live positions within the radius, nearest first; where there are too many, the nearest. */
  async near(center: Point, radiusMeters: number): Promise<NearbyPosition[]> {
    const found = new Map<string, PositionOf>();
    // A read that was cut has any of the positions: the inner circle is read for itself.
    for (let radius = radiusMeters, isCut = true; isCut; radius /= 2) {
      const ranges = coverBox(boxAround(center, radius));
      const read = await this.store.readCells(ranges, MAX_FOUND_PER_SHARD);
      for (const entry of read.positions) found.set(entry.driverId, entry);
      isCut = read.isCut && radius > SMALLEST_RADIUS_METERS;
    }
    return [...found.values()]
      .map((entry) => ({ ...entry, distanceMeters: distanceMeters(center, entry.position) }))
      .filter((entry) => entry.distanceMeters <= radiusMeters)
      .toSorted((a, b) => a.distanceMeters - b.distanceMeters);
  }

  /**
   * Live positions within ranges of cells, each driver once, in no order; of a single range with
   * more than 5,000 a shard only some. Read piece by piece: others get their turns in between.
   */
  async within(ranges: readonly CellRange[]): Promise<PositionOf[]> {
    const found = new Map<string, PositionOf>();
    for (let first = 0; first < ranges.length; first += RANGES_PER_READ) {
      await this.readRanges(ranges.slice(first, first + RANGES_PER_READ), found);
    }
    return [...found.values()];
  }

  /** The last known positions, in the order asked. */
  lastPositions(driverIds: readonly string[]): Promise<(StoredPosition | null)[]> {
    return this.store.readPositions(driverIds);
  }

  /** The history of a driver by time, each fix once. */
  async history(driverId: string, from: number, to: number): Promise<StoredPosition[]> {
    const received = await this.store.readHistory(driverId);
    const unique = new Map(
      received
        .filter((fix) => fix.timestamp >= from && fix.timestamp <= to)
        .map((fix) => [`${deviceTimeOf(fix)}:${fix.epoch ?? 0}:${fix.sequence ?? 0}`, fix]),
    );
    return [...unique.values()].toSorted(
      (a, b) =>
        a.timestamp - b.timestamp ||
        deviceTimeOf(a) - deviceTimeOf(b) ||
        (a.sequence ?? 0) - (b.sequence ?? 0),
    );
  }

  /** Takes drivers that went offline out of searches. */
  retire(drivers: readonly { driverId: string; until: number }[]): Promise<void> {
    return this.store.retire(drivers);
  }

  private async readRanges(
    ranges: readonly CellRange[],
    found: Map<string, PositionOf>,
  ): Promise<void> {
    const read = await this.store.readCells(ranges, MAX_FOUND_PER_SHARD);
    if (read.isCut && ranges.length > 1) {
      const middle = Math.ceil(ranges.length / 2);
      await this.readRanges(ranges.slice(0, middle), found);
      await this.readRanges(ranges.slice(middle), found);
      return;
    }
    for (const entry of read.positions) found.set(entry.driverId, entry);
  }
}

/** By this two fixes are told apart, whatever became known of the clock between them. */
function deviceTimeOf({ timestamp, clockAheadMs = 0 }: StoredPosition): number {
  return timestamp + clockAheadMs;
}
