import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserType } from '#libs/contracts';
import { openRedisOrCluster } from '#libs/testing';
import { TestCluster } from './cluster.js';
import { Device } from './device.js';
import { InstanceProcess } from './instance-process.js';
import { offerTo, RIDE_OF_DRIVER, rideOfDispatcher, standNear, WHOLE_RIDE } from './ride-people.js';

/** Two drivers are asked at the same time. */
const ENV = {
  DISPATCH_BATCH_SIZE: '2',
  DISPATCH_OFFER_TTL: '8s',
  DISPATCH_RETRY_INTERVAL: '200ms',
};
const OFFERED = 'trip:assignment:offered';
const EXPIRED = 'trip:assignment:expired';
const CANCELLED = 'trip:offer:cancelled';

/** Two instances live in this process, another one in its own, which is killed. */
describe('a trip whose instance is killed', () => {
  let cluster: TestCluster;
  let doomed: InstanceProcess;
  let doomedUrl: string;
  /** A dispatcher on an instance that survives. */
  let desk: Device;
  const devices: Device[] = [];

  beforeEach(async () => {
    cluster = await TestCluster.start({ env: ENV });
    const { environment } = cluster;
    doomed = new InstanceProcess({
      ...ENV,
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      REDIS_URL: environment.REDIS_URL,
      REDIS_MODE: environment.REDIS_MODE,
      REDIS_REPLICAS_TO_WAIT_FOR: String(environment.REDIS_REPLICAS_TO_WAIT_FOR),
      REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: environment.JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: environment.JWT_REFRESH_SECRET!,
    });
    doomedUrl = await doomed.url();
    desk = await connect(UserType.admin, cluster.url(0));
  });

  afterEach(async () => {
    for (const { client } of devices.splice(0)) client?.close();
    await doomed.end('SIGKILL');
    await cluster.close();
  });

  const connect = async (userType: UserType, url: string) => {
    const device = new Device(await cluster.addUser(userType));
    devices.push(device);
    const client = await device.connect(url);
    // Answered once the dispatcher is told of every trip.
    if (userType === UserType.admin) await client.ask('admin:feed:set', { mode: 'events' });
    return device;
  };
  const connectDriver = async (url: string, northMeters: number) => {
    const device = await connect(UserType.driver, url);
    await standNear(device.client!, northMeters);
    return device;
  };
  const comeBack = (...moved: Device[]) =>
    Promise.all(moved.map((device) => device.moveTo(cluster.url(1))));
  const drive = async (
    { client, tripId }: Device,
    ...steps: ('arrive' | 'start' | 'complete')[]
  ) => {
    for (const step of steps) await client!.ask(`trip:${step}`, { tripId });
  };
  /** These and nothing else, each once and in order. */
  const expectSeen = async (device: Device, events: readonly string[]) => {
    await device.sees(events.at(-1)!);
    await device.asksForTheRest();
    expect(device.seen.map(({ event }) => event)).toEqual(events);
    const versions = device.seen.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  };

  it('[TRIP21] between an offer and its deadline: the next driver is asked, everybody gets each event once and in order', async () => {
    const [passenger, movedDesk, moved, stayed, next] = await Promise.all([
      connect(UserType.passenger, doomedUrl),
      connect(UserType.admin, doomedUrl),
      connectDriver(doomedUrl, 100),
      connectDriver(cluster.url(0), 200),
      connectDriver(cluster.url(0), 800),
    ]);
    await passenger.request();
    await Promise.all([moved, stayed, movedDesk].map((device) => device.sees(OFFERED)));
    await doomed.end('SIGKILL');
    await comeBack(passenger, moved);
    const { assignmentId } = await offerTo(next.client!);
    // It has missed what became of the offers, and comes back while the trip goes on.
    const deskIsBack = comeBack(movedDesk);
    await next.client!.ask('driver:offer:accept', { assignmentId });
    await drive(next, 'arrive', 'start', 'complete');
    await deskIsBack;
    await expectSeen(passenger, WHOLE_RIDE);
    for (const driver of [moved, stayed]) await expectSeen(driver, [OFFERED, 'trip:offer:expired']);
    await expectSeen(next, RIDE_OF_DRIVER);
    const offers = [OFFERED, OFFERED, EXPIRED, EXPIRED, OFFERED];
    for (const each of [desk, movedDesk]) await expectSeen(each, rideOfDispatcher(offers));
  });

  it('[TRIP21] between acceptance and what follows it: the trip goes on, everybody gets each event once and in order', async () => {
    const [passenger, winner, loser] = await Promise.all([
      connect(UserType.passenger, cluster.url(0)),
      connectDriver(doomedUrl, 100),
      connectDriver(doomedUrl, 200),
    ]);
    await passenger.request();
    await loser.sees(OFFERED);
    const { assignmentId, driverId } = await offerTo(winner.client!);
    const redis = openRedisOrCluster(cluster.environment.REDIS_URL);
    const inbox = `${cluster.environment.REDIS_KEY_PREFIX}{dispatch}:inbox:${driverId}`;
    await redis.ssubscribe(inbox);
    const killed = new Promise<void>((resolve) => {
      redis.on('smessage', (_channel: string, message: string) => {
        if (!message.includes('"accepted"')) return;
        void doomed.end('SIGKILL').then(() => resolve());
      });
    });
    winner.client!.send('driver:offer:accept', { assignmentId });
    await killed;
    redis.disconnect();
    await comeBack(winner, loser);
    await winner.sees('trip:driver_en_route');
    await drive(winner, 'arrive', 'start', 'complete');
    await expectSeen(passenger, WHOLE_RIDE);
    await expectSeen(winner, RIDE_OF_DRIVER);
    await expectSeen(loser, [OFFERED, CANCELLED]);
    await expectSeen(desk, rideOfDispatcher([OFFERED, OFFERED], [CANCELLED]));
  });

  it('[TRIP21] in the middle of the ride: driver and passenger go on elsewhere, everybody gets each event once and in order', async () => {
    const [passenger, winner, loser] = await Promise.all([
      connect(UserType.passenger, doomedUrl),
      connectDriver(doomedUrl, 100),
      connectDriver(cluster.url(0), 200),
    ]);
    await passenger.request();
    await loser.sees(OFFERED);
    const { assignmentId } = await offerTo(winner.client!);
    await winner.client!.ask('driver:offer:accept', { assignmentId });
    await drive(winner, 'arrive', 'start');
    await doomed.end('SIGKILL');
    await comeBack(winner);
    await drive(winner, 'complete');
    await comeBack(passenger);
    await expectSeen(passenger, WHOLE_RIDE);
    await expectSeen(winner, RIDE_OF_DRIVER);
    await expectSeen(loser, [OFFERED, CANCELLED]);
    await expectSeen(desk, rideOfDispatcher([OFFERED, OFFERED], [CANCELLED]));
  });
});
