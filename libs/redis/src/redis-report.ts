import { Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { RequestError } from '#libs/contracts';
import { Metrics } from '#libs/observability';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';

/** What a server, or all of them together, say of themselves. */
export interface RedisFigures {
  version: string;
  /** Of all together: of the one that was started last. */
  uptimeMs: number;
  usedMemoryBytes: number;
  /** Null where it, or one of them, has no limit. */
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

/** One server that takes writes. */
export interface RedisServerReport {
  /** `host:port` */
  address: string;
  /** `master`, or `slave` of one that was just replaced; empty where it does not answer. */
  role: string;
  /** Copies that are connected to it. */
  replicas: number;
  /** Null where it does not answer. */
  figures: RedisFigures | null;
}

/** What Redis says of itself, for operators: sums, and each server that takes writes. */
export interface RedisReport extends RedisFigures {
  /** `standalone`, `sentinel` or `cluster`. */
  mode: string;
  servers: RedisServerReport[];
}

/** Many dispatchers look at the same time: Redis is asked once for all of them. */
const KEPT_MS = 2_000;

/** Asks Redis how it is. */
@Injectable()
export class RedisReports {
  private report: Promise<RedisReport> | undefined;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly commands: RedisCommands,
    private readonly connections: RedisConnections,
    metrics: Metrics,
  ) {
    metrics.gauge({
      name: 'ridewire_redis_memory_used_ratio',
      help: 'The part of its maxmemory that the fullest primary has used; 0 where none has a limit.',
      read: async () => fullest((await this.read()).servers),
    });
  }

  /** At most two seconds old. @throws RequestError REDIS_UNAVAILABLE where no server answers */
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
    const primaries = [...this.connections.primariesByAddress()];
    const servers = await this.commands.do(() =>
      Promise.all(primaries.map(([address, primary]) => askServer(address, primary))),
    );
    const figures = servers.flatMap((server) => server.figures ?? []);
    if (figures.length === 0) throw new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: 1_000 });
    return {
      ...together(figures),
      mode: this.connections.mode,
      servers: servers.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    };
  }
}

async function askServer(address: string, primary: Redis | undefined): Promise<RedisServerReport> {
  const text = await primary?.info().catch(() => undefined);
  if (text === undefined) return { address, role: '', replicas: 0, figures: null };
  const fields = new Map(
    text.split(/\r?\n/).map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return {
    address,
    role: fields.get('role') ?? '',
    replicas: Number(fields.get('connected_slaves') ?? 0),
    figures: figuresIn(fields),
  };
}

function figuresIn(fields: ReadonlyMap<string, string>): RedisFigures {
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  return {
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? '',
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

/** How full the fullest one is, 0 to 1: it refuses writes first. */
function fullest(servers: readonly RedisServerReport[]): number {
  const shares = servers.map(({ figures }) =>
    figures?.maxMemoryBytes ? figures.usedMemoryBytes / figures.maxMemoryBytes : 0,
  );
  return Math.max(0, ...shares);
}

/** @param figures of at least one server */
function together(figures: readonly RedisFigures[]): RedisFigures {
  const sum = (of: (each: RedisFigures) => number): number =>
    figures.reduce((total, each) => total + of(each), 0);
  const isUnlimited = figures.some(({ maxMemoryBytes }) => maxMemoryBytes === null);
  return {
    version: [...new Set(figures.map(({ version }) => version))].join(', '),
    uptimeMs: Math.min(...figures.map(({ uptimeMs }) => uptimeMs)),
    usedMemoryBytes: sum(({ usedMemoryBytes }) => usedMemoryBytes),
    maxMemoryBytes: isUnlimited ? null : sum(({ maxMemoryBytes }) => maxMemoryBytes ?? 0),
    clients: sum(({ clients }) => clients),
    commandsPerSecond: sum(({ commandsPerSecond }) => commandsPerSecond),
    evictedKeys: sum(({ evictedKeys }) => evictedKeys),
    isLogged: figures.every(({ isLogged }) => isLogged),
    isSaved: figures.every(({ isSaved }) => isSaved),
  };
}
