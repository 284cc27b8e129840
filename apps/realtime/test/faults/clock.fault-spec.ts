import { afterEach, describe, expect, it } from 'vitest';
import { Namespace, UserType, type DriverOffline } from '#libs/contracts';
import { openRedis, redisClock, until, WebhookReceiver, type RedisClock } from '#libs/testing';
import { FaultApp } from './fault-app.js';
import { FaultLoad } from './fault-load.js';
import { CALM_RIDES, FaultScene } from './fault-scene.js';
import { printFigures, seconds } from './figures.js';

const HOUR_MS = 3_600_000;
/** What a clock may be off by where it was just read. */
const NEAR_MS = 60_000;
const LEASE_MS = 30_000;

describe('the clock of Redis', () => {
  let clock: RedisClock;
  let receiver: WebhookReceiver;
  let scene: FaultScene;
  let load: FaultLoad;
  afterEach(async () => {
    load?.close();
    await scene?.close();
    await receiver?.close();
    clock?.remove();
  });

  it('[TRIP28] jumps by an hour, forward and back, under load: no trip, driver or session notices, who is gone leaves within the lease, and who is revoked is out', async () => {
    clock = await redisClock();
    receiver = await WebhookReceiver.start();
    scene = await FaultScene.start({
      redisEnv: clock.env,
      env: {
        ...CALM_RIDES,
        WEBHOOK_URL: receiver.url,
        DRIVER_LEASE: `${LEASE_MS}ms`,
        WS_PING_INTERVAL: '1s',
        WS_PING_TIMEOUT: '10s',
      },
    });
    load = await FaultLoad.open(scene, { receiver, pairs: 3 });
    load.begin();
    await load.untilRides(3);
    const operator = openRedis(scene.redis.url);
    const redisMs = async () => Number((await operator.time())[0]) * 1_000;
    const figures: Record<string, object> = {};
    const ended = new Set<string>();
    const goOn = async (what: string, offMs: number) => {
      clock.set(offMs);
      await until(
        'Redis has the other clock',
        async () => Math.abs((await redisMs()) - Date.now() - offMs) < NEAR_MS,
      );
      // The first ride may have ended just before.
      await load.untilEverybodyRides();
      const ridingAfterS = seconds(await load.untilEverybodyRides());
      const revoked = new FaultApp(await scene.addUser(UserType.passenger), Namespace.passengers, [
        () => scene.instances[1]!.address,
      ]);
      await revoked.connect();
      const { client } = revoked;
      const since = performance.now();
      await scene.revoke(revoked.user);
      await until('who is revoked is out', () => client!.socket.connected === false);
      revoked.close();
      ended.add(revoked.user.sid);
      figures[what] = { ridingAfterS, revokedAfterS: seconds(performance.now() - since) };
    };
    await goOn('an hour ahead', HOUR_MS);
    await goOn('right again', 0);
    await goOn('an hour behind', -HOUR_MS);

    // The clock was ahead when this lease began, and the instance that held it is killed.
    const lonely = new FaultApp(await scene.addUser(UserType.driver), Namespace.drivers, [
      () => scene.instances[1]!.address,
    ]);
    await lonely.connect();
    await lonely.client!.ask('driver:location:ping', { lat: 10, lng: 10 });
    clock.set(-2 * HOUR_MS);
    await until('Redis has gone back once more', async () => {
      const offMs = (await redisMs()) - Date.now();
      return Math.abs(offMs + 2 * HOUR_MS) < NEAR_MS;
    });
    const offline = (desk: FaultApp): DriverOffline[] =>
      desk.client!.payloads<DriverOffline>('driver:offline');
    const blinked = load.desks.flatMap(({ app }) => offline(app));
    await scene.instances[1]!.end('SIGKILL');
    lonely.close();
    const killedAt = performance.now();
    await until(
      'it has left the map',
      () => offline(load.desks[0]!.app).some(({ driverId }) => driverId === lonely.user.userId),
      4 * LEASE_MS,
    );
    const goneAfterS = seconds(performance.now() - killedAt);
    await scene.replaceInstance(1).url();
    clock.set(0);
    await load.untilEverybodyRides();
    operator.disconnect();
    await load.end();
    const faults = await load.faults();
    printFigures('the clock of Redis jumps', {
      ...figures,
      goneAfterS,
      leaseS: LEASE_MS / 1_000,
      sessionsEnded: ended.size,
      ...load.figures(),
    });
    expect(faults).toEqual([]);
    expect(blinked).toEqual([]);
    expect(scene.complaints()).toEqual([]);
  });
});
