import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { startModules, startTcpProxy, testEnvironment, until, type TcpProxy } from '#libs/testing';
import { FleetFollower } from './fleet-follower.js';
import { FleetModule } from './fleet.module.js';

describe(FleetFollower.name, () => {
  let proxy: TcpProxy;
  /** Where the drivers are. */
  let other: TestingModule;
  /** Reaches Redis through the proxy. */
  let own: TestingModule;
  let follower: FleetFollower;
  let moves = 0;

  beforeAll(async () => {
    const environment = testEnvironment({ REDIS_COMMAND_TIMEOUT: '500ms' });
    const { hostname, port } = new URL(environment.REDIS_URL);
    proxy = await startTcpProxy(Number(port));
    const throughProxy = `redis://${hostname}:${proxy.port}`;
    other = await startModules(environment, [FleetModule]);
    own = await startModules({ ...environment, REDIS_URL: throughProxy }, [FleetModule]);
    follower = own.get(FleetFollower);
    await other.get(AvailabilityService).connect('driver');
  });
  afterAll(async () => {
    await Promise.all([own?.close(), other?.close()]);
    await proxy?.close();
  });
  beforeEach(() => follower.stop());

  /** To a latitude that it never had before; resolves once every instance can read it. */
  const move = async (): Promise<number> => {
    moves += 1;
    const lat = 41 + moves * 1e-5;
    const fix = { lat, lng: 12, timestamp: Date.now() };
    await other.get(LocationService).record('driver', [fix], 0);
    return lat;
  };
  const shownLat = () => follower.view?.find('driver')?.position?.lat;

  it('[FAN2] shows no view before it is complete, and then all of it', async () => {
    const lat = await move();
    const starting = follower.start();
    expect(follower.view).toBeUndefined();
    const view = await starting;
    expect(follower.view).toBe(view);
    expect(shownLat()).toBeCloseTo(lat, 5);
  });

  it('[FAN2] whoever comes at the moment that the last one leaves gets a view that is followed', async () => {
    const before = await follower.start();
    follower.stop();
    expect(follower.view).toBeUndefined();
    const [first, second] = await Promise.all([follower.start(), follower.start()]);
    expect(second).toBe(first);
    expect(first).not.toBe(before);
    const lat = await move();
    await until('the move is shown', () => Math.abs((shownLat() ?? 0) - lat) < 1e-6);
    expect(before.find('driver')?.position?.lat).not.toBeCloseTo(lat, 5);
  });

  it('[FAN2] who comes and leaves before the view is complete leaves nothing behind', async () => {
    const starting = follower.start();
    follower.stop();
    await starting;
    expect(follower.view).toBeUndefined();
    const lat = await move();
    await follower.start();
    expect(shownLat()).toBeCloseTo(lat, 5);
  });

  it('[FAN2] begun while Redis is away it is complete once Redis is back, and what was missed is a change', async () => {
    proxy.cut();
    const starting = follower.start();
    const seen = await move();
    expect(follower.view).toBeUndefined();
    proxy.mend();
    await starting;
    expect(shownLat()).toBeCloseTo(seen, 5);
    follower.view!.takeChanges(Date.now());

    proxy.cut();
    const missed = await move();
    proxy.mend();
    const told: string[] = [];
    await until('the missed move is told', () => {
      const { positions } = follower.view!.takeChanges(Date.now());
      told.push(...positions.map(({ record }) => record.id));
      return told.length > 0;
    });
    expect(told).toEqual(['driver']);
    expect(shownLat()).toBeCloseTo(missed, 5);
  });
});
