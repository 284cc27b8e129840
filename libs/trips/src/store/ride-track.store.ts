import { Injectable } from '@nestjs/common';
import { type Point, type StoredPosition } from '#libs/location';
import { LuaScript, RedisCommands } from '#libs/redis';
import { TripKeys } from './trip-keys.js';

const addScript = LuaScript.load(import.meta.url, 'add_fixes');

/** Longer than any ride goes without a look at its driver's fixes. */
const TRACK_TTL_MS = 86_400_000;
/** Lua's unpack wants bounded calls. */
const FIXES_A_CALL = 500;
/**
 * Little endian: timestamp, epoch, sequence, latitude and longitude in steps of about a centimetre, the
 * epoch of the connection, time of receipt. Tracks of the release before end ahead of the last two.
 */
const FIX_BYTES = 40;
const SHORT_FIX_BYTES = 28;
const STEPS_PER_DEGREE = 1e7;

export interface TrackFix extends Point {
  /** Epoch ms. */
  timestamp: number;
  /** Of the client's connection; 0 for none. */
  epoch: number;
  /** 0 for none. */
  sequence: number;
  /** Of the connection that brought it; 0 for none. */
  connectionEpoch: number;
  /** When the server got it, epoch ms. */
  receivedAt: number;
}

type FixOfTrack = Point &
  Pick<StoredPosition, 'timestamp' | 'epoch' | 'sequence' | 'connectionEpoch' | 'receivedAt'>;

/**
 * The fixes of a ride, each once, for as long as it lasts. The history of a driver keeps only the
 * newest ones as they come, so that a late buffer would push out the beginning of the ride.
 */
@Injectable()
export class RideTrackStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: TripKeys,
  ) {}

  /** Fixes that it has already stay as they are. Of a ride that is over meanwhile nothing is kept. */
  async add(tripId: string, fixes: readonly FixOfTrack[]): Promise<void> {
    for (let first = 0; first < fixes.length; first += FIXES_A_CALL) {
      const some = fixes.slice(first, first + FIXES_A_CALL);
      await this.redis.run(
        addScript,
        [this.keys.track(tripId), this.keys.active],
        [tripId, TRACK_TTL_MS, ...some.flatMap((fix) => [fix.timestamp, packFix(fix)])],
      );
    }
  }

  async read(tripId: string): Promise<TrackFix[]> {
    const members = await this.redis.do((redis) =>
      redis.zrangeBuffer(this.keys.track(tripId), '0', '-1'),
    );
    return members.map((member) => unpackFix(member));
  }

  /** Forgets the fixes up to a time, epoch ms, that one included. */
  async forgetUntil(tripId: string, timestamp: number): Promise<void> {
    await this.redis.do((redis) =>
      redis.zremrangebyscore(this.keys.track(tripId), '-inf', String(timestamp)),
    );
  }
}

/** Each fix once, by time; those of one time in an order that does not depend on when they came. */
export function mergeTracks(...tracks: (readonly FixOfTrack[])[]): TrackFix[] {
  const members = new Map<string, TrackFix>();
  for (const fix of tracks.flat()) {
    const member = packFix(fix);
    members.set(member.toString('latin1', 0, SHORT_FIX_BYTES), unpackFix(member));
  }
  return [...members.values()].toSorted(
    (a, b) =>
      a.timestamp - b.timestamp ||
      a.epoch - b.epoch ||
      a.sequence - b.sequence ||
      a.lat - b.lat ||
      a.lng - b.lng,
  );
}

function packFix(fix: FixOfTrack): Buffer {
  const member = Buffer.alloc(FIX_BYTES);
  member.writeDoubleLE(fix.timestamp, 0);
  member.writeUInt32LE(fix.epoch ?? 0, 8);
  member.writeDoubleLE(fix.sequence ?? 0, 12);
  member.writeInt32LE(Math.round(fix.lat * STEPS_PER_DEGREE), 20);
  member.writeInt32LE(Math.round(fix.lng * STEPS_PER_DEGREE), 24);
  member.writeUInt32LE(fix.connectionEpoch ?? 0, 28);
  member.writeDoubleLE(fix.receivedAt, 32);
  return member;
}

function unpackFix(member: Buffer): TrackFix {
  const timestamp = member.readDoubleLE(0);
  const isShort = member.length === SHORT_FIX_BYTES;
  return {
    timestamp,
    epoch: member.readUInt32LE(8),
    sequence: member.readDoubleLE(12),
    lat: member.readInt32LE(20) / STEPS_PER_DEGREE,
    lng: member.readInt32LE(24) / STEPS_PER_DEGREE,
    connectionEpoch: isShort ? 0 : member.readUInt32LE(28),
    receivedAt: isShort ? timestamp : member.readDoubleLE(32),
  };
}
