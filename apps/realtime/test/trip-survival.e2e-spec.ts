import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserType, type TripView } from '#libs/contracts';
import { openRedis, TestClient, TestCluster, until } from '#libs/testing';
import { InstanceProcess } from './instance-process.js';
import { driverNear, PassengerPhone, WHOLE_RIDE } from './ride-people.js';

const ENV = {
  DISPATCH_OFFER_TTL: '3s',
  DISPATCH_RETRY_INTERVAL: '200ms',
};

/** One instance lives in this process, another one in its own, which is killed. */
describe('a trip whose instance is killed', { timeout: 120_000 }, () => {
  let cluster: TestCluster;
  let doomed: InstanceProcess;
  let doomedUrl: string;
  const clients: TestClient[] = [];

  beforeEach(async () => {
    cluster = await TestCluster.start({ instances: 1, env: ENV });
    const { environment } = cluster;
    doomed = new InstanceProcess({
      ...ENV,
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      REDIS_URL: environment.REDIS_URL,
      REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: environment.JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: environment.JWT_REFRESH_SECRET!,
    });
    doomedUrl = await doomed.url();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await doomed.end('SIGKILL');
    await cluster.close();
  });

  const connectDriver = async (url: string) => {
    const user = await cluster.addUser(UserType.driver);
    const client = TestClient.open(url, '/drivers', { token: user.token });
    clients.push(client);
    await client.waitFor('hello', () => true, 20_000);
    return { user, client };
  };
  const connectPassenger = async (url: string) => {
    const phone = new PassengerPhone(await cluster.addUser(UserType.passenger));
    clients.push(await phone.connect(url));
    return phone;
  };
  const comeBack = async (phone: PassengerPhone) => {
    await until('the phone notices', () => phone.client!.disconnectReason !== undefined);
    clients.push(await phone.connect(cluster.url(0)));
  };
  const ride = async (driver: TestClient, tripId: string) => {
    await driver.ask('trip:arrive', { tripId });
    await driver.ask('trip:start', { tripId });
    return driver.ask<TripView>('trip:complete', { tripId });
  };

  it('[TRIP21] between an offer and its deadline: the next driver is asked, every event comes once', async () => {
    const [near, far] = [await connectDriver(cluster.url(0)), await connectDriver(cluster.url(0))];
    const first = await driverNear(near.client, 100);
    const second = await driverNear(far.client, 800);
    const phone = await connectPassenger(doomedUrl);
    const { tripId } = await phone.request();
    await first.offer();
    await doomed.end('SIGKILL');
    await comeBack(phone);
    const { assignmentId } = await second.offer();
    await near.client.waitFor('trip:offer:expired');
    await far.client.ask('driver:offer:accept', { assignmentId });
    await ride(far.client, tripId);
    await phone.sees('trip:completed');
    expect(phone.seen.map(({ event }) => event)).toEqual(WHOLE_RIDE);
  });

  it('[TRIP21] between acceptance and what follows it: the trip goes on, every event comes once', async () => {
    const phone = await connectPassenger(cluster.url(0));
    const { user, client } = await connectDriver(doomedUrl);
    const { offer } = await driverNear(client, 100);
    const { tripId } = await phone.request();
    const { assignmentId } = await offer();
    const redis = openRedis(cluster.environment.REDIS_URL);
    const inbox = `${cluster.environment.REDIS_KEY_PREFIX}{dispatch}:inbox:${user.userId}`;
    await redis.ssubscribe(inbox);
    const killed = new Promise<void>((resolve) => {
      redis.on('smessage', (_channel: string, message: string) => {
        if (!message.includes('"accepted"')) return;
        void doomed.end('SIGKILL').then(() => resolve());
      });
    });
    client.socket.emit('driver:offer:accept', { assignmentId });
    await killed;
    redis.disconnect();
    await phone.sees('trip:driver_en_route');
    const again = TestClient.open(cluster.url(0), '/drivers', { token: user.token });
    clients.push(again);
    const { trip } = await again.waitFor<{ trip: TripView }>('trip:snapshot');
    expect(trip).toMatchObject({ tripId, driverId: user.userId });
    await ride(again, tripId);
    await phone.sees('trip:completed');
    expect(phone.seen.map(({ event }) => event)).toEqual(WHOLE_RIDE);
  });

  it('[TRIP21] in the middle of the ride: driver and passenger go on elsewhere, every event comes once', async () => {
    const phone = await connectPassenger(doomedUrl);
    const { user, client } = await connectDriver(doomedUrl);
    const { offer } = await driverNear(client, 100);
    const { tripId } = await phone.request();
    const { assignmentId } = await offer();
    await client.ask('driver:offer:accept', { assignmentId });
    await client.ask('trip:arrive', { tripId });
    await client.ask('trip:start', { tripId });
    await doomed.end('SIGKILL');
    const again = TestClient.open(cluster.url(0), '/drivers', { token: user.token });
    clients.push(again);
    await again.waitFor('trip:snapshot');
    expect(await again.ask<TripView>('trip:complete', { tripId })).toMatchObject({
      status: 'completed',
    });
    await comeBack(phone);
    await phone.sees('trip:completed');
    expect(phone.seen.map(({ event }) => event)).toEqual(WHOLE_RIDE);
  });
});
