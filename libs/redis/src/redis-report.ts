import { Injectable } from '@nestjs/common';
import { RedisCommands } from './redis-commands.js';

/** What Redis says of itself, for operators. */
export interface RedisReport {
  version: string;
  /** `standalone`, `sentinel` or `cluster`. */
  mode: string;
  uptimeMs: number;
  usedMemoryBytes: number;
  /** Null where it has no limit. */
  maxMemoryBytes: number | null;
  clients: number;
  commandsPerSecond: number;
  /** Keys that were dropped because memory was short. More than 0: data was lost. */
  evictedKeys: number;
  /** Whether every write is kept in a log, so that it outlives a restart. */
  isLogged: boolean;
  /** Whether the last writes to disk have succeeded. */
  isSaved: boolean;
}

/** Many dispatchers look at the same time: Redis is asked once for all of them. */
const KEPT_MS = 2_000;

/** Asks Redis how it is. */
@Injectable()
export class RedisReports {
  private report: Promise<RedisReport> | undefined;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly commands: RedisCommands) {}

  /** At most two seconds old. @throws RequestError REDIS_UNAVAILABLE */
  read(): Promise<RedisReport> {
    const now = performance.now();
    if (!this.report || now - this.askedAt >= KEPT_MS) {
      this.askedAt = now;
      this.report = this.ask();
      this.report.catch(() => (this.askedAt = Number.NEGATIVE_INFINITY));
    }
    return this.report;
  }

  private async ask(): Promise<RedisReport> {
    const text = await this.commands.do((redis) => redis.info());
    const fields = new Map(
      text.split(/\r?\n/).map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at), line.slice(at + 1)] as const;
      }),
    );
    const number = (name: string): number => Number(fields.get(name) ?? 0);
    return {
      version: fields.get('valkey_version') ?? fields.get('redis_version') ?? '',
      mode: fields.get('redis_mode') ?? '',
      uptimeMs: number('uptime_in_seconds') * 1_000,
      usedMemoryBytes: number('used_memory'),
      maxMemoryBytes: number('maxmemory') || null,
      clients: number('connected_clients'),
      commandsPerSecond: number('instantaneous_ops_per_sec'),
      evictedKeys: number('evicted_keys'),
      isLogged: fields.get('aof_enabled') === '1',
      isSaved:
        fields.get('rdb_last_bgsave_status') !== 'err' &&
        fields.get('aof_last_write_status') !== 'err',
    };
  }
}
