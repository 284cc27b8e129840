import { createShardedAdapter } from '@socket.io/redis-adapter';
import { RequestError } from '#libs/contracts';
import {
  type RedisKeys,
  type ShardMessageHandler,
  type ShardPublisher,
  type ShardSubscriber,
} from '#libs/redis';
import { type RealtimeNamespace } from '../realtime-socket.js';

type Adapter = RealtimeNamespace['adapter'];

/**
 * The sharded adapter, on clients that never reject into it: local delivery goes on while Redis is
 * away, and subscriptions come back by themselves. An instance gets only the rooms it hosts (FAN1).
 */
export function guardedShardedAdapter(
  keys: RedisKeys,
  publisher: ShardPublisher,
  subscriber: ShardSubscriber,
  maxRoomsPerSocket: number,
): (namespace: unknown) => Adapter {
  // Socket.IO calls it with `new`, which an arrow function does not allow.
  return function createGuardedAdapter(namespace) {
    const client = clientFor(publisher, subscriber);
    const adapter = createShardedAdapter(client, client, {
      channelPrefix: keys.rawPrefix('io'),
      subscriptionMode: 'dynamic',
    })(namespace) as Adapter;
    const addAll = adapter.addAll.bind(adapter);
    // `await socket.join(room)` then means that other instances reach the room, not only this one.
    adapter.addAll = (id, rooms) => {
      if ((adapter.sids.get(id)?.size ?? 0) + rooms.size > maxRoomsPerSocket) {
        throw new RequestError('TOO_MANY_ROOMS');
      }
      void addAll(id, rooms);
      return subscriber.settled();
    };
    return adapter;
  };
}

/**
 * The adapter knows a client of this shape by `sSubscribe`, which the publishing one needs as well.
 * It has one handler for all channels of its namespace.
 */
function clientFor(publisher: ShardPublisher, subscriber: ShardSubscriber) {
  let ownHandler: ShardMessageHandler | undefined;
  return {
    // The adapter delivers to its own sockets when this resolves: they do not wait for Redis.
    sPublish: (channel: string, message: string | Buffer) => {
      publisher.publish(channel, message);
      return Promise.resolve();
    },
    sSubscribe: (channel: string, handler: ShardMessageHandler) => {
      ownHandler = handler;
      return subscriber.subscribe(channel, handler);
    },
    sUnsubscribe: async (channels: string | string[]) => {
      const left = Array.isArray(channels) ? channels : [channels];
      if (ownHandler) await subscriber.unsubscribe(left, ownHandler);
    },
  };
}
