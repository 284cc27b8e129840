import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { redisConfig, type ConfigType } from '#libs/config';
import { Log, Metrics, type Count } from '#libs/observability';
import { ReplicatedMessages } from './replicated-messages.js';
import { RedisConnections, type ReplicaGuard } from './redis-connections.js';
import { RedisKeys } from './redis-keys.js';
import { ReplicaWait } from './replica-wait.js';
import { ServerNames } from './server-names.js';

/** Slots of one primary that are tried one after the other: one may be on the move, hardly three. */
const SLOTS_TRIED = 3;

/**
 * With REDIS_REPLICAS_TO_WAIT_FOR an instance learns nothing that a failover could lose: each answer
 * and each message of a primary counts once so many replicas have what it tells. Commands go their way
 * as ever, in their order; only what comes back waits.
 */
@Injectable()
export class ReplicaWaits implements ReplicaGuard, OnApplicationShutdown {
  private readonly names = new ServerNames();
  private readonly waits = new Map<string, ReplicaWait>();
  private readonly messages = new WeakMap<Redis, ReplicatedMessages>();
  private readonly missed: Count;

  constructor(
    @Inject(redisConfig.KEY) private readonly settings: ConfigType<typeof redisConfig>,
    private readonly connections: RedisConnections,
    private readonly keys: RedisKeys,
    metrics: Metrics,
    private readonly log: Log,
  ) {
    this.missed = metrics.counter(
      'ridewire_redis_answers_not_replicated_total',
      'Answers and messages of Redis that counted though too few replicas had what they tell.',
    );
    if (settings.replicasToWaitFor === 0) return;
    connections.slots.onRefreshed(() => this.followOwners());
    this.followOwners();
    connections.guardWith(this);
  }

  async onApplicationShutdown(): Promise<void> {
    for (const wait of this.waits.values()) wait.stop();
  }

  /** @throws RequestError REDIS_UNAVAILABLE when the server has died since: nobody knows what is left */
  async replicated(redis: Redis, owner: string): Promise<void> {
    // Of the connection that has just answered, and not of one that is made later.
    const name = this.names.of(redis);
    const wait = this.waits.get(owner) ?? this.begin(owner);
    await wait.replicated(await name);
  }

  handOn(redis: Redis, owner: string, message: () => void): void {
    let messages = this.messages.get(redis);
    if (!messages) {
      messages = new ReplicatedMessages(redis, () => this.replicated(redis, owner));
      this.messages.set(redis, messages);
    }
    messages.add(message);
  }

  /** A connection for each server that has slots, made before it is needed. */
  private followOwners(): void {
    const owners = this.connections.slots.owners();
    for (const [owner, wait] of this.waits) {
      if (owners.has(owner)) continue;
      this.waits.delete(owner);
      wait.stop();
      this.connections.close(wait.connection);
    }
    for (const owner of owners) if (!this.waits.has(owner)) this.begin(owner);
  }

  private begin(owner: string): ReplicaWait {
    const { replicasToWaitFor: replicas, replicationTimeoutMs: timeoutMs } = this.settings;
    const keyOf = (number: number) => this.keys.key(`health-${number}`, 'replication-mark');
    const wait = new ReplicaWait(this.connections.openForReplicas(owner), this.names, {
      replicas,
      timeoutMs,
      keys: () => this.connections.slots.keysAt(owner, keyOf, SLOTS_TRIED),
      onMissed: (answers) => (this.missed.value += answers),
      onBehind: (isBehind) => {
        if (isBehind)
          this.log.warn(
            { owner, waitedMs: timeoutMs },
            'too few replicas of redis have what is told: until they have caught up a failover loses it',
          );
        else this.log.info({ owner }, 'replicas of redis have caught up and are waited for again');
      },
    });
    this.waits.set(owner, wait);
    return wait;
  }
}
