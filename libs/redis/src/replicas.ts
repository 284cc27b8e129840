import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { RedisConnections } from './redis-connections.js';
import { toRequestError } from './redis-availability.js';

/** A replica says once a second how far it is. */
const LOOK_INTERVAL_MS = 100;

/** What the replicas of primaries have: the rest of what was answered is lost where a primary dies. */
@Injectable()
export class Replicas {
  constructor(private readonly connections: RedisConnections) {}

  /**
   * Resolves once every replica that follows a primary has what was written until now; false where one
   * has not after so long. WAIT would say the same, and hold up all that is sent on the connection.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async haveAll(limitMs: number): Promise<boolean> {
    const until = performance.now() + limitMs;
    try {
      const copied = this.connections.primaries().map((each) => haveAllOf(each, until));
      return (await Promise.all(copied)).every(Boolean);
    } catch (error) {
      throw toRequestError(error);
    }
  }
}

async function haveAllOf(primary: Redis, until: number): Promise<boolean> {
  const first = await primary.info('replication');
  const written = Number(/^master_repl_offset:(\d+)/m.exec(first)?.[1]);
  for (let info = first; ; info = await primary.info('replication')) {
    const copied = [...info.matchAll(/^slave\d+:.*\bstate=online,offset=(\d+)/gm)];
    if (copied.every(([, offset]) => Number(offset) >= written)) return true;
    if (performance.now() > until) return false;
    await pause(LOOK_INTERVAL_MS);
  }
}
