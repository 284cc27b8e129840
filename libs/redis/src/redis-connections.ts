import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, type RedisOptions } from 'ioredis';
import { redisConfig, type ConfigType } from '#libs/config';
import { Log } from '#libs/observability';
import { gatherWrites } from './gathered-writes.js';
import { SilenceWatch } from './silence-watch.js';

/** Of connections that carry no commands of requests: who hears nothing for so long has lost Redis. */
const SILENCE_LIMIT_MS = 2_000;
const RETRY_CAP_MS = 1_000;

/** A master that became a replica is left this often at most. */
const LEAVE_REPLICA_INTERVAL_MS = 1_000;

/** Back-off with jitter, so that a returning Redis is not met by all instances at once. */
function retryDelayMs(attempt: number): number {
  const ceiling = Math.min(RETRY_CAP_MS, 50 * 2 ** Math.min(attempt, 10));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

/** Opens and closes every connection to Redis. None queues while Redis is away, none sends again later. */
@Injectable()
export class RedisConnections implements OnApplicationShutdown {
  /** Commands and scripts; fails within the command timeout. */
  readonly commands: Redis;
  /** Publishing only, so that a slow script never delays fan-out. */
  readonly publisher: Redis;
  private readonly opened: Redis[] = [];
  private readonly watches: SilenceWatch[] = [];
  private lastFailure = '';
  private leftReplicaAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(redisConfig.KEY) private readonly settings: ConfigType<typeof redisConfig>,
    private readonly log: Log,
  ) {
    // A server that owes an answer for this long has lost its connection: what waits fails at once,
    // and what was not sent yet never will be. One watch a connection instead of a timer a command.
    const { commandTimeoutMs } = settings;
    const reconnectOnError = (error: Error) => this.leaveReplica(error);
    this.commands = this.open('commands', { reconnectOnError }, commandTimeoutMs);
    this.publisher = this.open('publisher', {}, commandTimeoutMs);
  }

  /**
   * A connection of its own for one purpose: a subscription, a blocking read of less than a second or
   * so. No timeout of a command or socket of ioredis' own: those do not know a process that was busy.
   */
  open(
    purpose: string,
    options: RedisOptions = {},
    silenceLimitMs: number = SILENCE_LIMIT_MS,
  ): Redis {
    const redis = new Redis(this.settings.url, {
      connectionName: `ridewire:${purpose}`,
      connectTimeout: 0,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      retryStrategy: retryDelayMs,
      ...options,
    });
    gatherWrites(redis);
    let lastMessage = '';
    redis.on('error', (error: Error) => {
      this.lastFailure = error.message;
      if (error.message !== lastMessage)
        this.log.warn({ purpose, reason: error.message }, 'redis connection failed');
      lastMessage = error.message;
    });
    redis.on('ready', () => {
      if (lastMessage !== '') this.log.info({ purpose }, 'redis connection is back');
      lastMessage = '';
    });
    this.opened.push(redis);
    this.watches.push(new SilenceWatch(redis, silenceLimitMs));
    return redis;
  }

  /** @throws Error with what to do when Redis does not answer in time or is too old. */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      try {
        await this.checkVersion();
        return;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        if (message.startsWith('Redis 7')) throw error;
        const reason = this.lastFailure || message;
        if (Date.now() > deadline) {
          throw new Error(
            `Redis does not answer at REDIS_URL (${reason}). Start it or correct the URL.`,
            { cause: error },
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async onApplicationShutdown(): Promise<void> {
    for (const watch of this.watches) watch.stop();
    for (const redis of this.opened) redis.disconnect();
  }

  /**
   * After a failover the old master may keep its connections, refuse writes and pass no message on:
   * all of them look for the new one behind the same address.
   */
  private leaveReplica({ message }: Error): boolean {
    const now = performance.now();
    if (!message.startsWith('READONLY')) return false;
    if (now - this.leftReplicaAt < LEAVE_REPLICA_INTERVAL_MS) return false;
    this.leftReplicaAt = now;
    this.log.warn({}, 'redis is read-only here: connecting anew to find the master');
    for (const redis of this.opened) {
      if (redis !== this.commands && redis.status === 'ready') redis.disconnect(true);
    }
    return true;
  }

  private async checkVersion(): Promise<void> {
    const info = await this.commands.info('server');
    // INFO is let through before the connection takes other commands.
    if (this.opened.some(({ status }) => status !== 'ready')) throw new Error('not connected yet');
    const version = /^(?:redis|valkey)_version:(\d+)\./m.exec(info)?.[1];
    if (Number(version) < 7)
      throw new Error(`Redis 7 or newer is needed for sharded pub/sub; this is ${version}.`);
  }
}
