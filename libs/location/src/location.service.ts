import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { locationConfig, type ConfigType } from '#libs/config';
import {
  FixVerdict,
  ImplausibleReason,
  type FixInput,
  type FixResult,
  type LocationPingResult,
} from '#libs/contracts';
import { cellOf, coverBox, type CellRange } from './cell.js';
import { type FixWrite } from './fix-batch.js';
import { readFix } from './fix-plausibility.js';
import { boxAround, distanceMeters, type Point } from './geodesy.js';
import { LocationWriter } from './location-writer.js';
import { LocationStore, type PositionOf, type StoreVerdict } from './location.store.js';
import { type StoredPosition } from './position-record.js';

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
  private readonly writer: LocationWriter;

  constructor(
    @Inject(locationConfig.KEY) private readonly settings: ConfigType<typeof locationConfig>,
    private readonly store: LocationStore,
  ) {
    this.writer = new LocationWriter(store, settings.writeIntervalMs);
  }

  /** @throws Error when another instance runs with another number of shards. */
  async onModuleInit(): Promise<void> {
    const written = await this.store.claimShardCount();
    if (written !== this.store.shards) {
      throw new Error(
        `LOCATION_SHARDS is ${this.store.shards} here, but the data was written with ${written}.`,
      );
    }
  }

  /**
   * Judges and stores the fixes of one ping; resolves once every instance can read them (LOC1).
   * @param connectionEpoch the newest epoch given to this client; 0 when it was given none
   */
  record(
    driverId: string,
    inputs: readonly FixInput[],
    connectionEpoch: number,
  ): Promise<LocationPingResult> {
    const now = Date.now();
    const writes: FixWrite[] = [];
    const results = inputs.map((input, index): FixResult => {
      const fix = readFix(input, now, index, connectionEpoch, this.settings);
      if (typeof fix === 'string') return { verdict: FixVerdict.implausible, reason: fix };
      writes.push({ driverId, fix, receivedAt: now, cell: cellOf(fix.lat, fix.lng) });
      return fix.sequence === undefined
        ? { verdict: FixVerdict.stored }
        : { verdict: FixVerdict.stored, sequence: fix.sequence };
    });
    if (writes.length === 0) return Promise.resolve({ results, serverTime: now });
    const { verdicts, first } = this.writer.submit(this.store.shardOf(driverId), writes);
    // No async function and one promise a ping: thousands wait at a time, and each is memory.
    return verdicts.then((letters) => {
      applyVerdicts(results, letters, first);
      return { results, serverTime: now };
    });
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
        .map((fix) => [`${fix.timestamp}:${fix.epoch ?? 0}:${fix.sequence ?? 0}`, fix]),
    );
    return [...unique.values()].toSorted(
      (a, b) => a.timestamp - b.timestamp || (a.sequence ?? 0) - (b.sequence ?? 0),
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

/** @param first where the letters of this ping begin; what was not written has none */
function applyVerdicts(results: readonly FixResult[], letters: string, first: number): void {
  let at = first;
  for (const result of results) {
    if (result.verdict === FixVerdict.implausible) continue;
    applyVerdict(result, letters[at] as StoreVerdict);
    at += 1;
  }
}

function applyVerdict(result: FixResult, verdict: StoreVerdict): void {
  if (verdict === 'T') result.verdict = FixVerdict.stale;
  if (verdict === 'D') result.verdict = FixVerdict.duplicate;
  if (verdict === 'J') {
    result.verdict = FixVerdict.implausible;
    result.reason = ImplausibleReason.jump;
  }
}
