import { crc32 } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import { locationConfig, qualityConfig, type ConfigType } from '#libs/config';
import { ImplausibleReason, type RefusedFixes } from '#libs/contracts';
import { Tracing } from '#libs/observability';
import { LuaScript, RedisCommands, RedisKeys } from '#libs/redis';
import { type CellRange } from './cell.js';
import { FixBatch } from './fix-batch.js';
import { unpackPosition, type StoredPosition } from './position-record.js';
import {
  FixNotices,
  codeOfReason,
  HOUR_MS,
  REASON_COUNT,
  toRefusedFixes,
  type CountedRefusals,
} from './refused-fixes.js';

const scripts = {
  storeFixes: LuaScript.load(import.meta.url, 'store_fixes'),
  readShard: LuaScript.load(import.meta.url, 'read_shard'),
  readCells: LuaScript.load(import.meta.url, 'read_cells'),
  retire: LuaScript.load(import.meta.url, 'retire'),
  setDuty: LuaScript.load(import.meta.url, 'set_duty'),
  eraseDriver: LuaScript.load(import.meta.url, 'erase_driver'),
};

/** What the store script says of a fix: stored, stale, duplicate, jump, off duty, or refused before. */
export type StoreVerdict = 'S' | 'T' | 'D' | 'J' | 'O' | 'R';

/** The layout of records; data of another one is left alone. */
const LAYOUT = 'v2';

export interface PositionOf {
  driverId: string;
  position: StoredPosition;
}

/** Whether a driver is at work, as its availability says. */
export interface DriverDuty {
  driverId: string;
  /** Of the availability that says so; 0 for a driver about to go off duty. */
  version: number;
  isOnDuty: boolean;
}

export interface ShardSnapshot {
  /** The feed's revision that the positions are true for. */
  revision: number;
  positions: PositionOf[];
}

/**
 * The only code that knows the keys of positions. A shard `{loc:N}` has a hash of records, a sorted
 * set that indexes the live ones by cell, a revision counter, a feed channel, a history a driver, counts
 * of refused fixes by the hour, and who is off duty.
 */
@Injectable()
export class LocationStore {
  readonly shards: number;
  private readonly limits: string[];
  /** What every write of a shard names, made once. */
  private shardKeys: string[][] = [];
  private hour = 0;
  private readonly historyPrefixes: string[];

  constructor(
    @Inject(locationConfig.KEY) location: ConfigType<typeof locationConfig>,
    @Inject(qualityConfig.KEY) quality: ConfigType<typeof qualityConfig>,
    private readonly notices: FixNotices,
    private readonly redis: RedisCommands,
    private readonly keys: RedisKeys,
    private readonly tracing: Tracing,
  ) {
    this.shards = location.shards;
    this.historyPrefixes = this.eachShard((shard) => this.shardKey(shard, 'history', ''));
    this.limits = [
      location.maxSpeedMps,
      location.jumpSlackMeters,
      location.historyLength,
      location.historyTtlMs,
      quality.lostAfterMs,
      location.tracksOffline ? 1 : 0,
      REASON_COUNT,
      codeOfReason(ImplausibleReason.jump),
    ].map(String);
  }

  shardOf(driverId: string): number {
    return shardOf(driverId, this.shards);
  }

  /** @param expected how many fixes it will probably have */
  newBatch(shard: number, expected: number): FixBatch {
    const hour = Math.floor(Date.now() / HOUR_MS);
    if (hour !== this.hour) {
      this.hour = hour;
      this.shardKeys = this.eachShard((each) => [
        this.recordsKey(each),
        this.cellsKey(each),
        this.revisionKey(each),
        this.feedChannel(each),
        ...this.refusalKeys(each, hour),
        this.dutyKey(each),
      ]);
    }
    return new FixBatch(this.shardKeys[shard]!, this.historyPrefixes[shard]!, expected);
  }

  /** One script call for fixes of one shard; a StoreVerdict each, in the order they were added. */
  storeFixes(batch: FixBatch): Promise<string> {
    const { traceparent: parent } = batch;
    if (parent === undefined) return this.store(batch);
    const attributes = { 'ridewire.fixes': batch.length };
    return this.tracing.span('store positions', { attributes, parent }, () => this.store(batch));
  }

  private async store(batch: FixBatch): Promise<string> {
    const idStart = Buffer.byteLength(batch.historyPrefix);
    const args = [...this.limits, idStart, batch.packed()];
    if (batch.traceparent !== undefined) args.push(this.tracing.traceparent ?? '');
    const reply = (await this.redis.run(scripts.storeFixes, batch.keys, args)) as string[];
    for (let i = 1; i + 1 < reply.length; i += 2) {
      const counted = JSON.parse(reply[i + 1]!) as CountedRefusals;
      this.notices.refused({ driverId: reply[i]!, ...toRefusedFixes(counted) });
    }
    return reply[0]!;
  }

  /** Refused fixes of a driver in this hour and the one before. */
  async readRefusals(driverId: string): Promise<RefusedFixes> {
    const keys = this.refusalKeys(this.shardOf(driverId), Math.floor(Date.now() / HOUR_MS));
    const fields = Array.from({ length: REASON_COUNT }, (_, code) => `${driverId}:${code}`);
    const [current, before] = await Promise.all(
      keys.map((key) => this.redis.do((redis) => redis.hmget(key, `${driverId}:last`, ...fields))),
    );
    const last = (current![0] ?? before![0])?.split(' ').map(Number);
    if (!last) return toRefusedFixes(undefined);
    const counts = fields.map((_, i) => Number(current![i + 1] ?? 0) + Number(before![i + 1] ?? 0));
    return toRefusedFixes({ last: last[0]!, at: last[1]!, counts });
  }

  /** Says to the script that stores fixes who is off duty; what is older than what it knows changes nothing. */
  async setDuty(duties: readonly DriverDuty[]): Promise<void> {
    const byShard = Map.groupBy(duties, ({ driverId }) => this.shardOf(driverId));
    await Promise.all(
      [...byShard].map(([shard, some]) =>
        this.redis.run(
          scripts.setDuty,
          [this.dutyKey(shard)],
          some.flatMap(({ driverId, version, isOnDuty }) => [driverId, version, isOnDuty ? 1 : 0]),
        ),
      ),
    );
  }

  async readShard(shard: number): Promise<ShardSnapshot> {
    const keys = [this.recordsKey(shard), this.cellsKey(shard), this.revisionKey(shard)];
    const [revision, ...pairs] = (await this.redis.runBuffer(
      scripts.readShard,
      keys,
      [],
    )) as Buffer[];
    return { revision: Number(revision), positions: unpackPairs(pairs) };
  }

  /** Live positions within the cells; at most `limit` of each shard, and whether that cut any off. */
  async readCells(
    ranges: readonly CellRange[],
    limit: number,
  ): Promise<{ positions: PositionOf[]; isCut: boolean }> {
    const args = [limit, ...ranges.flat()];
    const found = await Promise.all(
      this.eachShard((shard) =>
        this.redis.runBuffer(
          scripts.readCells,
          [this.recordsKey(shard), this.cellsKey(shard)],
          args,
        ),
      ),
    );
    const shards = found.map((pairs) => unpackPairs(pairs as Buffer[]));
    return { positions: shards.flat(), isCut: shards.some(({ length }) => length >= limit) };
  }

  /** The last position of each driver, live or not; null where there never was one. */
  async readPositions(driverIds: readonly string[]): Promise<(StoredPosition | null)[]> {
    const byShard = Map.groupBy(driverIds, (driverId) => this.shardOf(driverId));
    const positions = new Map<string, StoredPosition>();
    await Promise.all(
      [...byShard].map(async ([shard, ids]) => {
        const records = await this.redis.do((redis) =>
          redis.hmgetBuffer(this.recordsKey(shard), ...ids),
        );
        ids.forEach((driverId, i) => {
          const record = records[i];
          if (record) positions.set(driverId, unpackPosition(record));
        });
      }),
    );
    return driverIds.map((driverId) => positions.get(driverId) ?? null);
  }

  /** @param until fixes received later than this (epoch ms) keep a driver in the index. */
  async retire(drivers: readonly { driverId: string; until: number }[]): Promise<void> {
    const byShard = Map.groupBy(drivers, ({ driverId }) => this.shardOf(driverId));
    await Promise.all(
      [...byShard].map(([shard, some]) =>
        this.redis.run(
          scripts.retire,
          [this.recordsKey(shard), this.cellsKey(shard)],
          some.flatMap(({ driverId, until }) => [driverId, until]),
        ),
      ),
    );
  }

  /** The history of a driver as it was received: late fixes stand late, resent ones may stand twice. */
  async readHistory(driverId: string): Promise<StoredPosition[]> {
    const key = this.historyKey(this.shardOf(driverId), driverId);
    const records = await this.redis.do((redis) => redis.lrangeBuffer(key, 0, -1));
    return records.map((record) => unpackPosition(record));
  }

  /** @returns how much was known of the driver */
  async erase(driverId: string): Promise<number> {
    const shard = this.shardOf(driverId);
    const hour = Math.floor(Date.now() / HOUR_MS);
    const keys = [
      this.recordsKey(shard),
      this.cellsKey(shard),
      this.historyKey(shard, driverId),
      this.dutyKey(shard),
      ...this.refusalKeys(shard, hour),
      ...this.refusalKeys(shard, hour - 2),
    ];
    return Number(await this.redis.run(scripts.eraseDriver, keys, [driverId, REASON_COUNT]));
  }

  /** Remembers the number of shards; false when the data was written with another number. */
  async claimShardCount(): Promise<number> {
    const key = this.keys.key('loc', 'shards');
    await this.redis.do((redis) => redis.setnx(key, this.shards));
    return Number(await this.redis.do((redis) => redis.get(key)));
  }

  feedChannel(shard: number): string {
    return this.shardKey(shard, 'feed');
  }

  eachShard<T>(visit: (shard: number) => T): T[] {
    return Array.from({ length: this.shards }, (_, shard) => visit(shard));
  }

  private shardKey(shard: number, ...parts: string[]): string {
    return this.keys.key(`loc:${shard}`, LAYOUT, ...parts);
  }
  private recordsKey(shard: number): string {
    return this.shardKey(shard, 'positions');
  }
  private cellsKey(shard: number): string {
    return this.shardKey(shard, 'cells');
  }
  private revisionKey(shard: number): string {
    return this.shardKey(shard, 'revision');
  }
  private dutyKey(shard: number): string {
    return this.shardKey(shard, 'duty');
  }
  private refusalKeys(shard: number, hour: number): string[] {
    return [hour, hour - 1].map((each) => this.shardKey(shard, 'refused', String(each)));
  }
  private historyKey(shard: number, driverId: string): string {
    return this.historyPrefixes[shard]! + driverId;
  }
}

function unpackPairs(pairs: readonly Buffer[]): PositionOf[] {
  const positions: PositionOf[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    positions.push({ driverId: pairs[i]!.toString(), position: unpackPosition(pairs[i + 1]!) });
  }
  return positions;
}

/** The shard that holds everything about a driver's positions. */
export function shardOf(driverId: string, shards: number): number {
  return shards === 1 ? 0 : crc32(driverId) % shards;
}
