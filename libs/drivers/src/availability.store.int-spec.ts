import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { startModules, startTcpProxy, testEnvironment, until } from '#libs/testing';
import { AvailabilityFeed, type AvailabilityChanges } from './availability.feed.js';
import { AvailabilityModule } from './availability.module.js';
import { AvailabilityService } from './availability.service.js';
import { AvailabilityStore } from './availability.store.js';

describe('availability and leases', () => {
  /** Two instances on one prefix; their reapers race for every lease. */
  let instances: TestingModule[];
  let store: AvailabilityStore;
  let service: AvailabilityService;
  const heard: AvailabilityChanges[] = [];
  let nextDriver = 0;

  beforeAll(async () => {
    const environment = testEnvironment({
      DRIVER_LEASE: '3s',
      DRIVER_GRACE: '150ms',
      DRIVER_RESUME_WINDOW: '2s',
      REAPER_INTERVAL: '50ms',
      WS_PING_INTERVAL: '100ms',
    });
    instances = await Promise.all(
      [0, 1].map(() => startModules(environment, [AvailabilityModule])),
    );
    store = instances[0]!.get(AvailabilityStore);
    service = instances[0]!.get(AvailabilityService);
    await instances[1]!.get(AvailabilityFeed).follow((changes) => heard.push(changes));
  });
  afterAll(async () => {
    await Promise.all(instances.map((instance) => instance.close()));
  });

  const newDriver = () => `driver-${(nextDriver += 1)}`;
  const factsOf = (driverId: string) =>
    heard.flatMap(({ facts }) => facts).filter(({ record }) => record.id === driverId);
  const untilGone = (driverId: string) =>
    until(`${driverId} is gone`, () => factsOf(driverId).some(({ live }) => !live));
  const release = async (driverId: string, epoch: number) =>
    (await store.release([{ driverId, epoch }], 1))[0];
  const stateOf = async (driverId: string) => (await service.states([driverId]))[0];

  it('[LOC2] a lease that runs out is ended once, by whichever instance comes first, with one event', async () => {
    const drivers = Array.from({ length: 40 }, newDriver);
    await Promise.all(drivers.map((driver) => service.connect(driver)));
    await Promise.all(drivers.map(untilGone));
    for (const driver of drivers)
      expect(factsOf(driver).filter(({ live }) => !live)).toHaveLength(1);
    await until('no departed driver waits', async () => (await store.readDeparted()).length === 0);
  });

  it('[ORD2] an epoch that Redis lost is not given out again', async () => {
    const driver = newDriver();
    const lost = await service.connect(driver);
    const epochs = instances[0]!.get(RedisKeys).key('dispatch', 'epochs');
    await instances[0]!.get(RedisCommands).do((redis) => redis.hdel(epochs, driver));
    await until('the clock went on', () => Date.now() / 1_000 > lost.epoch + 1.1);
    expect((await service.connect(driver)).epoch).toBeGreaterThan(lost.epoch);
  });

  it('[LOC2] devices of one driver that connect at once get an epoch each, and one fact is told', async () => {
    const [driver, other] = [newDriver(), newDriver()];
    const connected = await Promise.all([driver, other, driver].map((id) => service.connect(id)));
    expect(connected.map(({ snapshot }) => snapshot.driverId)).toEqual([driver, other, driver]);
    expect(connected[2]!.epoch).toBeGreaterThan(connected[0]!.epoch);
    await until('both are told', () => factsOf(driver).length > 0 && factsOf(other).length > 0);
    expect(factsOf(driver)).toHaveLength(1);
    const [older, newer] = await store.release(
      [connected[0]!, connected[2]!].map(({ epoch }) => ({ driverId: driver, epoch })),
      1,
    );
    expect([older, newer]).toEqual([false, true]);
    await untilGone(driver);
  });

  it('[LOC2] only the newest connection of a driver shortens its lease', async () => {
    const driver = newDriver();
    const old = await service.connect(driver);
    const fresh = await service.connect(driver);
    expect(fresh.epoch).toBeGreaterThan(old.epoch);
    expect(await release(driver, old.epoch)).toBe(false);
    expect((await stateOf(driver))?.live).toBe(true);
    expect(await release(driver, fresh.epoch)).toBe(true);
    await untilGone(driver);
  });

  it('[LOC2] a renewal brings back a driver that had lapsed, and only lengthens a lease', async () => {
    const driver = newDriver();
    const { epoch } = await service.connect(driver);
    await release(driver, epoch);
    await untilGone(driver);
    await service.renew([{ driverId: driver, remainingMs: 20_000 }]);
    expect((await stateOf(driver))?.live).toBe(true);
    await service.renew([{ driverId: driver, remainingMs: 1 }]);
    expect((await stateOf(driver))?.live).toBe(true);
    await until('the return is announced', () => factsOf(driver).at(-1)?.live === true);
  });

  it('[AVAIL3] who is back within the resume window is available again, who is not has to say so', async () => {
    const quick = newDriver();
    const slow = newDriver();
    for (const driver of [quick, slow]) {
      const { epoch } = await service.connect(driver);
      await service.updateStatus(driver, { isAvailableForTrips: true });
      await release(driver, epoch);
    }
    await Promise.all([untilGone(quick), untilGone(slow)]);
    expect((await service.connect(quick)).snapshot).toMatchObject({
      isOnline: true,
      isAvailableForTrips: true,
    });
    const lapsedAt = (await stateOf(slow))!.record.lapsedAt;
    await until('the window has passed', () => Date.now() > lapsedAt + 2_100);
    expect((await service.connect(slow)).snapshot).toMatchObject({
      isOnline: false,
      availabilityReason: 'OFFLINE',
    });
  });

  it('[AVAIL3] a trip outlasts any absence', async () => {
    const driver = newDriver();
    const { epoch } = await service.connect(driver);
    await service.setTrip(driver, 'trip-9');
    await release(driver, epoch);
    await untilGone(driver);
    const lapsedAt = (await stateOf(driver))!.record.lapsedAt;
    await until('the window has passed', () => Date.now() > lapsedAt + 2_100);
    expect((await service.connect(driver)).snapshot).toMatchObject({
      currentTripId: 'trip-9',
      availabilityReason: 'ON_TRIP',
    });
  });

  it.each([
    { before: { isOnline: true, isAvailableForTrips: false }, after: 'BUSY' },
    { before: { isAvailableForTrips: true }, after: 'AVAILABLE' },
    { before: { isOnline: false }, after: 'AVAILABLE' },
  ])(
    '[AVAIL2] a driver who was $before before a trip is $after after it',
    async ({ before, after }) => {
      const driver = newDriver();
      await service.connect(driver);
      await service.updateStatus(driver, before);
      expect(await service.setTrip(driver, 'trip-1')).toMatchObject({
        availabilityReason: 'ON_TRIP',
      });
      expect(await service.setTrip(driver, 'trip-2')).toMatchObject({
        availabilityReason: 'ON_TRIP',
      });
      expect(await service.setTrip(driver, null)).toMatchObject({ availabilityStatus: after });
    },
  );

  it('[AVAIL1] refuses a status that says nothing or contradicts itself', async () => {
    const driver = newDriver();
    await service.connect(driver);
    await expect(service.updateStatus(driver, {})).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await expect(
      service.updateStatus(driver, { isOnline: false, isAvailableForTrips: true }),
    ).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    await expect(service.updateStatus('nobody', { isOnline: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('[AVAIL1] a status that changes nothing is acknowledged and announced to nobody', async () => {
    const driver = newDriver();
    await service.connect(driver);
    const first = await service.updateStatus(driver, { isOnline: true });
    expect(await service.updateStatus(driver, { isAvailableForTrips: true })).toEqual(first);
    await service.updateStatus(driver, { isOnline: false });
    await until('the last change is heard', () => factsOf(driver).at(-1)?.record.online === false);
    expect(factsOf(driver).map(({ record }) => record.version)).toEqual([1, 2, 3]);
  });

  it('[FAN3] revisions count up by one over all that was announced', () => {
    heard.forEach(({ revision }, i) => expect(revision).toBe(heard[0]!.revision + i));
  });
});

describe('leases after an outage of Redis', () => {
  it('[LOC2] a driver whose lease ran out while Redis was away is renewed before it is taken for gone', async () => {
    const environment = testEnvironment({
      DRIVER_LEASE: '8s',
      DRIVER_GRACE: '150ms',
      REAPER_INTERVAL: '50ms',
      WS_PING_INTERVAL: '100ms',
      REDIS_COMMAND_TIMEOUT: '500ms',
    });
    const { hostname, port } = new URL(environment.REDIS_URL);
    expect(hostname).toBe('127.0.0.1');
    const proxy = await startTcpProxy(Number(port));
    const listener = await startModules({ ...environment, REAPER_INTERVAL: 3_600_000 }, [
      AvailabilityModule,
    ]);
    const url = `redis://127.0.0.1:${proxy.port}`;
    const instance = await startModules({ ...environment, REDIS_URL: url }, [AvailabilityModule]);
    try {
      const gone: string[] = [];
      await listener.get(AvailabilityFeed).follow(({ facts }) => {
        for (const { live, record } of facts) if (!live) gone.push(record.id);
      });
      const service = instance.get(AvailabilityService);
      for (const driver of ['stays', 'leaves']) await service.connect(driver);
      proxy.cut();
      const store = listener.get(AvailabilityStore);
      await until('the leases have run out', async () =>
        (await store.read(['stays', 'leaves'])).every((state) => state?.live === false),
      );
      proxy.mend();
      await until(
        'the instance reaches Redis',
        async () => (await instance.get(RedisCommands).writeRefusal()) === undefined,
      );
      // It looks again and again, and waits for those who are still there.
      const looks = vi.spyOn(instance.get(AvailabilityStore), 'readDeparted');
      await until('the reaper has looked', () => looks.mock.calls.length > 2);
      await service.renew([{ driverId: 'stays', remainingMs: 60_000 }]);
      await until('the one that left is gone', () => gone.length > 0);
      expect(gone).toEqual(['leaves']);
    } finally {
      await Promise.all([instance.close(), listener.close()]);
      await proxy.close();
    }
  });
});

describe('the leases of an instance that died', () => {
  it('[LOC2] very many that run out at the same time end at the same time', async () => {
    const environment = testEnvironment({ REAPER_INTERVAL: '10s' });
    const instance = await startModules(environment, [AvailabilityModule]);
    try {
      const lapsedAt: number[] = [];
      await instance.get(AvailabilityFeed).follow(({ facts }) => {
        for (const { live, record } of facts) if (!live) lapsedAt.push(record.lapsedAt);
      });
      const holds = Array.from({ length: 1_200 }, (_, i) => ({
        driverId: `driver-${i}`,
        remainingMs: 1,
      }));
      await instance.get(AvailabilityService).renew(holds);
      await until('all are gone', () => lapsedAt.length === holds.length);
      expect(Math.max(...lapsedAt) - Math.min(...lapsedAt)).toBeLessThan(9_000);
      const store = instance.get(AvailabilityStore);
      await until('none waits', async () => (await store.readDeparted()).length === 0);
    } finally {
      await instance.close();
    }
  });
});
