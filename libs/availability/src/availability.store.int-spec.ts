import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startModules, testEnvironment, until } from '#libs/testing';
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
      DRIVER_LEASE: '800ms',
      DRIVER_GRACE: '150ms',
      DRIVER_RESUME_WINDOW: '300ms',
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
  const stateOf = async (driverId: string) => (await service.states([driverId]))[0];

  it('[LOC2] a lease that runs out is ended once, by whichever instance comes first, with one event', async () => {
    const drivers = Array.from({ length: 40 }, newDriver);
    await Promise.all(drivers.map((driver) => service.connect(driver)));
    await Promise.all(drivers.map(untilGone));
    for (const driver of drivers)
      expect(factsOf(driver).filter(({ live }) => !live)).toHaveLength(1);
    await until('no departed driver waits', async () => (await store.readDeparted()).length === 0);
  });

  it('[LOC2] only the newest connection of a driver shortens its lease', async () => {
    const driver = newDriver();
    const old = await service.connect(driver);
    const fresh = await service.connect(driver);
    expect(fresh.epoch).toBeGreaterThan(old.epoch);
    expect(await store.release(driver, old.epoch, 1)).toBe(false);
    expect((await stateOf(driver))?.live).toBe(true);
    expect(await store.release(driver, fresh.epoch, 1)).toBe(true);
    await untilGone(driver);
  });

  it('[LOC2] a renewal brings back a driver that had lapsed, and only lengthens a lease', async () => {
    const driver = newDriver();
    const { epoch } = await service.connect(driver);
    await store.release(driver, epoch, 1);
    await untilGone(driver);
    await service.renew([{ driverId: driver, remainingMs: 700 }]);
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
      await store.release(driver, epoch, 1);
    }
    await Promise.all([untilGone(quick), untilGone(slow)]);
    expect((await service.connect(quick)).snapshot).toMatchObject({
      isOnline: true,
      isAvailableForTrips: true,
    });
    const lapsedAt = (await stateOf(slow))!.record.lapsedAt;
    await until('the window has passed', () => Date.now() > lapsedAt + 400);
    expect((await service.connect(slow)).snapshot).toMatchObject({
      isOnline: false,
      availabilityReason: 'OFFLINE',
    });
  });

  it('[AVAIL3] a trip outlasts any absence', async () => {
    const driver = newDriver();
    const { epoch } = await service.connect(driver);
    await service.setTrip(driver, 'trip-9');
    await store.release(driver, epoch, 1);
    await untilGone(driver);
    const lapsedAt = (await stateOf(driver))!.record.lapsedAt;
    await until('the window has passed', () => Date.now() > lapsedAt + 400);
    expect((await service.connect(driver)).snapshot).toMatchObject({
      currentTripId: 'trip-9',
      availabilityReason: 'ON_TRIP',
    });
  });

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
