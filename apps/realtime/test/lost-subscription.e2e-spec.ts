import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type TripView } from '#libs/contracts';
import { RedisKeys } from '#libs/redis';
import { openRedis, startTcpProxy, until, type TcpProxy } from '#libs/testing';
import { TripsService } from '#libs/trips';
import { startRedis, type OwnRedis } from '../../../scripts/redis.mjs';
import { freeCab, takeTrip } from './chat-scene.js';
import { TestCluster } from './cluster.js';

/** What the connection for subscriptions calls itself. */
const SUBSCRIBER = 'ridewire:subscriber';

describe('an instance that lost its subscriptions for a moment', () => {
  let redis: OwnRedis;
  let operator: ReturnType<typeof openRedis>;
  let wire: TcpProxy;
  let cluster: TestCluster;
  let places = 0;

  beforeAll(async () => {
    redis = await startRedis({ quiet: true });
    operator = openRedis(redis.url);
    wire = await startTcpProxy(redis.port);
    cluster = await TestCluster.start({
      instances: 1,
      env: { REDIS_URL: redis.url, DISPATCH_RETRY_INTERVAL: '300ms', DISPATCH_SEARCH_TIME: '10m' },
    });
    // Of the drivers: its commands go on, whatever becomes of its subscriptions.
    await cluster.addInstance({ REDIS_URL: `redis://127.0.0.1:${wire.port}` });
  });
  afterEach(() => wire.mend());
  afterAll(async () => {
    await cluster?.close();
    await wire?.close();
    operator?.disconnect();
    await redis?.stop();
  });

  /** Ends every connection for subscriptions at Redis; that of the drivers cannot begin anew while it is stalled. */
  const endSubscriptions = async () => {
    const clients = String(await operator.call('CLIENT', 'LIST')).split('\n');
    for (const line of clients.filter((each) => each.includes(SUBSCRIBER)))
      await operator.call('CLIENT', 'KILL', 'ID', /\bid=(\d+)/.exec(line)![1]!);
  };
  const listenersOf = async (userId: string) => {
    const channel = cluster.instances[0]!.app.get(RedisKeys, { strict: false }).personChannel(
      userId,
    );
    return Number(((await operator.call('PUBSUB', 'SHARDNUMSUB', channel)) as [string, number])[1]);
  };
  const scene = async () => {
    const pickup = { lat: 40 + (places += 1), lng: 12.5 };
    const driver = await cluster.addUser(UserType.driver);
    const cab = await freeCab(cluster, driver, pickup);
    const rider = await cluster.connect(await cluster.addUser(UserType.passenger), 0);
    // Its welcome is over: whoever loses a subscription within it is sent away, to come again.
    await rider.ask('nearby:unsubscribe');
    const ask = () =>
      rider.ask<TripView>('trip:request', {
        paymentMode: 'cash',
        pickupPoint: pickup,
        stops: [{ point: { lat: pickup.lat + 0.05, lng: 12.5 } }],
      });
    return { driver, cab, rider, ask };
  };
  const offersOf = async (tripId: string) =>
    (await cluster.instances[0]!.app.get(TripsService, { strict: false }).get(tripId)).offers;

  it('[DISP4] its driver, whom nobody could reach, is offered the trip when it hears again', async () => {
    const { driver, cab, rider, ask } = await scene();
    wire.stall(SUBSCRIBER);
    await endSubscriptions();
    await until(
      'nobody hears for the driver',
      async () => (await listenersOf(driver.userId)) === 0,
    );
    const { tripId } = await ask();
    await until('it was not reached', async () =>
      (await offersOf(tripId)).some(({ status }) => status === 'unreachable'),
    );
    wire.mend();
    await until('somebody hears', async () => (await listenersOf(driver.userId)) === 1);
    // It is told of those that were over at once as well, which cannot be taken.
    await until('an offer can be taken', async () => {
      const newest = cab.payloads<{ assignmentId: string }>('trip:assignment:offered').at(-1);
      if (!newest) return false;
      const { assignmentId } = newest;
      return (await cab.request('driver:offer:accept', { assignmentId })).ok;
    });
    await rider.waitFor('trip:driver_en_route');
  });

  it('[TRIP7] an offer whose announcement is lost with the connection is told when it hears again, while it is open', async () => {
    const { driver, cab, rider, ask } = await scene();
    await until('somebody hears', async () => (await listenersOf(driver.userId)) === 1);
    wire.stall(SUBSCRIBER);
    const { tripId } = await ask();
    await until(
      'an offer is open',
      async () => (await offersOf(tripId)).at(-1)?.status === 'offered',
    );
    expect(cab.payloads('trip:assignment:offered')).toEqual([]);
    await endSubscriptions();
    await until(
      'nobody hears for the driver',
      async () => (await listenersOf(driver.userId)) === 0,
    );
    wire.mend();
    await takeTrip(cab, tripId);
    await rider.waitFor('trip:driver_en_route');
    expect(await offersOf(tripId)).toHaveLength(1);
  });
});
