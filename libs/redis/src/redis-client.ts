import { type Cluster, type Redis, type RedisCommander } from 'ioredis';

/**
 * What one server, a primary behind sentinels and a cluster have in common: all that anybody beyond
 * RedisConnections knows of Redis. The keys of one command, transaction or script lie in one slot.
 */
export interface RedisClient
  extends RedisCommander<{ type: 'default'; mapping: 'resp2' }>, Pick<Redis, 'multi' | 'pipeline'> {
  /** `ready` when it takes commands; of a cluster: when its slots are known. */
  readonly status: string;
  on(event: 'ready' | 'close', listener: () => void): unknown;
  disconnect(reconnect?: boolean): void;
}

/** Both are such a client: what differs fails to compile here and not at its users. */
export type AnyClient = (Redis | Cluster) & RedisClient;
