import { type Cluster, type Redis } from 'ioredis';

/** After it has given up a connection is made anew. */
const LOOK_AGAIN_MS = 50;

/**
 * A client that is told of a new primary while it asks sentinels for one gives up for good, as if it
 * had been closed: it is made to look on.
 * @param isWanted false once somebody has closed it
 */
export function connectAgain(redis: Redis, isWanted: () => boolean): void {
  redis.on('end', () => {
    setTimeout(() => {
      if (isWanted() && redis.status === 'end') redis.connect().catch(() => undefined);
    }, LOOK_AGAIN_MS).unref();
  });
}

/**
 * Tells when a slot has another primary. A replica takes the slots of its primary over an old connection,
 * and the primary that it replaces may keep its own: only the map says that others answer now.
 */
export function onOtherOwners(cluster: Cluster, listener: () => void): void {
  let known: (string | undefined)[] = [];
  cluster.on('refresh', () => {
    const owners = cluster.slots.map((nodes) => nodes?.[0]);
    const areOthers = owners.some((owner, slot) => owner !== known[slot]);
    known = owners;
    if (areOthers) listener();
  });
}
