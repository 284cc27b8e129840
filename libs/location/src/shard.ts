import { crc32 } from 'node:zlib';

/** The shard that holds everything about a driver's positions. */
export function shardOf(driverId: string, shards: number): number {
  return shards === 1 ? 0 : crc32(driverId) % shards;
}
