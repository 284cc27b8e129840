import { Injectable } from '@nestjs/common';
import { LuaScript, RedisCommands, RedisKeys } from '#libs/redis';

const scripts = {
  setSurge: LuaScript.load(import.meta.url, 'set_surge'),
  readSurge: LuaScript.load(import.meta.url, 'read_surge'),
  listSurges: LuaScript.load(import.meta.url, 'list_surges'),
  clearSurge: LuaScript.load(import.meta.url, 'clear_surge'),
};

export interface StoredSurge {
  cell: number;
  surgeBasisPoints: number;
  /** Epoch milliseconds. */
  endsAt: number;
}

/**
 * The only code that knows the keys of surge: in the slot `{fares}`, a sorted set of cells by end and
 * a hash of their surges. Ended ones are never read; they leave Redis with the next one that is set.
 */
@Injectable()
export class SurgeStore {
  private readonly surgeKeys: string[];

  constructor(
    private readonly redis: RedisCommands,
    keys: RedisKeys,
  ) {
    this.surgeKeys = [keys.key('fares', 'surge-ends'), keys.key('fares', 'surges')];
  }

  /** @returns the end of the surge, epoch ms; null when `maxCells` others have one */
  async set(
    cell: number,
    surgeBasisPoints: number,
    ttlMs: number,
    maxCells: number,
  ): Promise<number | null> {
    const args = [cell, surgeBasisPoints, ttlMs, maxCells];
    const endsAt = (await this.redis.run(scripts.setSurge, this.surgeKeys, args)) as number;
    return endsAt === 0 ? null : endsAt;
  }

  /** @returns basis points; null where there is no surge */
  async read(cell: number): Promise<number | null> {
    const reply = (await this.redis.run(scripts.readSurge, this.surgeKeys, [cell])) as
      string | null;
    return reply === null ? null : Number(reply);
  }

  /** The first to end first. */
  async list(): Promise<StoredSurge[]> {
    const reply = (await this.redis.run(scripts.listSurges, this.surgeKeys, [])) as string[];
    const surges: StoredSurge[] = [];
    for (let i = 0; i < reply.length; i += 3) {
      const [cell, endsAt, surgeBasisPoints] = reply.slice(i, i + 3).map(Number);
      surges.push({ cell: cell!, endsAt: endsAt!, surgeBasisPoints: surgeBasisPoints! });
    }
    return surges;
  }

  /** @returns whether the cell had a surge */
  async clear(cell: number): Promise<boolean> {
    return (await this.redis.run(scripts.clearSurge, this.surgeKeys, [cell])) === 1;
  }
}
