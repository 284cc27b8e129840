import { type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FixVerdict, type FixInput } from '#libs/contracts';
import { openRedis, startModules, testEnvironment, until } from '#libs/testing';
import { startRedis } from '../../../scripts/redis.mjs';
import { cellOf } from './cell.js';
import { LocationFeed, type LocationChanges } from './location.feed.js';
import { LocationModule } from './location.module.js';
import { LocationService } from './location.service.js';
import { ReportingDevice } from './reporting-device.js';

const ROME = { lat: 41.9, lng: 12.5 };
/** About 11 m a step. */
const north = (steps: number) => ({ lat: ROME.lat + steps * 0.0001, lng: ROME.lng });

describe(LocationService.name, () => {
  let modules: TestingModule;
  let locations: LocationService;
  let nextDriver = 0;

  beforeAll(async () => {
    modules = await startModules(testEnvironment({ LOCATION_HISTORY_LENGTH: '5' }), [
      LocationModule,
    ]);
    locations = modules.get(LocationService);
  });
  afterAll(() => modules.close());

  const newDriver = () => `driver-${(nextDriver += 1)}`;
  const verdicts = async (
    driverId: string,
    inputs: FixInput[],
    epoch = 0,
    device?: ReportingDevice,
  ) =>
    (await locations.record(driverId, inputs, epoch, device)).results.map(
      ({ verdict, reason }) => reason ?? verdict,
    );
  const live = async (driverId: string) => (await locations.lastPositions([driverId]))[0];

  it('[ORD2] a fix older than the live position changes nothing but the history', async () => {
    const driver = newDriver();
    const now = Date.now();
    expect(await verdicts(driver, [{ ...north(2), timestamp: now - 1_000 }])).toEqual([
      FixVerdict.stored,
    ]);
    expect(await verdicts(driver, [{ ...north(1), timestamp: now - 2_000 }])).toEqual([
      FixVerdict.stale,
    ]);
    expect(await live(driver)).toMatchObject(north(2));
    const history = await locations.history(driver, 0, now);
    expect(history.map(({ timestamp }) => timestamp)).toEqual([now - 2_000, now - 1_000]);
  });

  it('[ORD2] a repeated fix is a duplicate and stands once in the history', async () => {
    const driver = newDriver();
    const fix = { ...north(1), timestamp: Date.now() - 1_000 };
    expect(await verdicts(driver, [fix, fix])).toEqual([FixVerdict.stored, FixVerdict.duplicate]);
    expect(await verdicts(driver, [fix])).toEqual([FixVerdict.duplicate]);
    expect(await locations.history(driver, 0, Date.now())).toHaveLength(1);
  });

  it('[ORD2] the sequence decides within the epochs of the server, whatever the clock of the phone says', async () => {
    const driver = newDriver();
    const now = Date.now();
    expect(
      await verdicts(driver, [{ ...north(1), timestamp: now, epoch: 1, sequence: 5 }], 1),
    ).toEqual([FixVerdict.stored]);
    // The phone's clock was put back by an hour.
    expect(
      await verdicts(
        driver,
        [{ ...north(2), timestamp: now - 3_600_000, epoch: 1, sequence: 6 }],
        1,
      ),
    ).toEqual([FixVerdict.stored]);
    expect(
      await verdicts(driver, [{ ...north(3), timestamp: now + 1_000, epoch: 1, sequence: 4 }], 1),
    ).toEqual([FixVerdict.stale]);
    expect(
      await verdicts(
        driver,
        [{ ...north(4), timestamp: now - 3_500_000, epoch: 2, sequence: 0 }],
        2,
      ),
    ).toEqual([FixVerdict.stored]);
    expect(
      await verdicts(driver, [{ ...north(5), timestamp: now + 1_000, epoch: 1, sequence: 99 }], 2),
    ).toEqual([FixVerdict.stale]);
    expect(await live(driver)).toMatchObject(north(4));
  });

  it('[LOC4] the newest fix of an offline buffer goes live, all go to the history', async () => {
    const driver = newDriver();
    const now = Date.now();
    const buffer = [3, 1, 4, 2].map((step) => ({
      ...north(step),
      timestamp: now - 10_000 + step * 1_000,
    }));
    await verdicts(driver, buffer);
    expect(await live(driver)).toMatchObject(north(4));
    const history = await locations.history(driver, 0, now);
    expect(history.map(({ lat }) => lat)).toEqual([1, 2, 3, 4].map((step) => north(step).lat));
  });

  it('[LOC4] a buffer that is sent again pushes nothing out of the history', async () => {
    const driver = newDriver();
    const now = Date.now();
    const at = (seconds: number) => ({
      ...north(seconds),
      timestamp: now - 60_000 + seconds * 1_000,
    });
    await verdicts(driver, [at(1), at(2)]);
    const buffer = [at(5), at(4), at(3)];
    for (let i = 0; i < 3; i += 1) await verdicts(driver, buffer);
    const history = await locations.history(driver, 0, now);
    expect(history.map(({ timestamp }) => timestamp)).toEqual(
      [1, 2, 3, 4, 5].map((seconds) => at(seconds).timestamp),
    );
  });

  it('[LOC4] a history keeps the configured number of fixes', async () => {
    const driver = newDriver();
    const now = Date.now();
    await verdicts(
      driver,
      Array.from({ length: 9 }, (_, i) => ({ ...north(i), timestamp: now - 9_000 + i * 1_000 })),
    );
    expect(await locations.history(driver, 0, now)).toHaveLength(5);
  });

  it('[LOC4] a known fix pushes nothing out, however often it comes alone, in a batch or with its buffer', async () => {
    const driver = newDriver();
    const now = Date.now();
    const at = (i: number) => ({ ...north(i), timestamp: now - 60_000 + i * 1_000 });
    const all = [1, 2, 3, 4, 5].map(at);
    await verdicts(driver, all);
    for (let i = 0; i < 60; i += 1) {
      expect(await verdicts(driver, [at(3)])).toEqual([FixVerdict.duplicate]);
    }
    expect(await verdicts(driver, all)).toEqual(all.map(() => FixVerdict.duplicate));
    // One that is late and new is kept once, and the oldest makes room for it.
    const late = { ...north(3), timestamp: now - 56_500 };
    expect(await verdicts(driver, [late, late])).toEqual([FixVerdict.stale, FixVerdict.duplicate]);
    // Elsewhere at the same time is not another fix.
    expect(await verdicts(driver, [{ ...at(4), lat: ROME.lat + 0.001 }])).toEqual([
      FixVerdict.duplicate,
    ]);
    const history = await locations.history(driver, 0, now);
    expect(history.map(({ timestamp }) => timestamp - now)).toEqual([
      -58_000, -57_000, -56_500, -56_000, -55_000,
    ]);
  });

  it('[CLOCK1] a fix with a time of later counts as measured when it came, and holds up nobody', async () => {
    const driver = newDriver();
    const device = new ReportingDevice();
    const ahead = { ...north(1), timestamp: Date.now() + 29_000 };
    expect(await verdicts(driver, [ahead], 0, device)).toEqual([FixVerdict.stored]);
    const first = await live(driver);
    expect(first!.timestamp).toBeLessThanOrEqual(first!.receivedAt);
    await until('the clock has moved on', () => Date.now() > first!.receivedAt);
    expect(await verdicts(driver, [{ ...north(2), timestamp: Date.now() }], 0, device)).toEqual([
      FixVerdict.stored,
    ]);
    expect(await live(driver)).toMatchObject(north(2));
    // The device's own time tells that it is the same one.
    expect(await verdicts(driver, [ahead], 0, device)).toEqual([FixVerdict.duplicate]);
  });

  it('[CLOCK1] fixes of a phone that is behind get the time of the server, those of before as well', async () => {
    const driver = newDriver();
    const device = new ReportingDevice();
    const before = Date.now();
    let step = 0;
    await until('the clock of the phone is known', async () => {
      const fix = { ...north((step += 1)), timestamp: Date.now() - 25_000 };
      await locations.record(driver, [fix], 0, device);
      return Math.abs((await live(driver))!.timestamp - Date.now()) < 1_000;
    });
    const history = await locations.history(driver, 0, Date.now());
    expect(history.length).toBeGreaterThan(2);
    // A history of 5 fixes has lost those of before; what is there was put right.
    for (const { timestamp } of history) expect(timestamp).toBeGreaterThanOrEqual(before - 1_000);
    expect(await live(driver)).toMatchObject({ clockAheadMs: expect.any(Number) as number });
  });

  it('[ORD2] a fix without a time of an older connection is late once a newer one has spoken', async () => {
    const driver = newDriver();
    const epoch = Math.floor(Date.now() / 1_000);
    expect(await verdicts(driver, [north(1)], epoch)).toEqual([FixVerdict.stored]);
    expect(await verdicts(driver, [north(2)], epoch + 1)).toEqual([FixVerdict.stored]);
    expect(await verdicts(driver, [north(3), north(4)], epoch)).toEqual([
      FixVerdict.stale,
      FixVerdict.stale,
    ]);
    expect(await live(driver)).toMatchObject(north(2));
    expect(await verdicts(driver, [north(5)], epoch + 1)).toEqual([FixVerdict.stored]);
    // With a time it is known when it was measured, whatever way it took.
    await until(
      'the clock has moved on',
      async () => Date.now() > (await live(driver))!.receivedAt,
    );
    expect(await verdicts(driver, [{ ...north(6), timestamp: Date.now() }], epoch)).toEqual([
      FixVerdict.stored,
    ]);
    expect(await verdicts(driver, [north(7)], epoch)).toEqual([FixVerdict.stale]);
  });

  it('[LOC7] refused fixes are counted by driver and reason', async () => {
    const driver = newDriver();
    expect(await locations.refusedFixes(driver)).toEqual({
      total: 0,
      byReason: {},
      lastReason: null,
      lastAt: null,
    });
    await verdicts(driver, [{ lat: 0, lng: 0 }, north(1), { lat: 95, lng: 0 }, {}]);
    await verdicts(driver, [{ lat: 45, lng: 12.5 }]);
    await verdicts(newDriver(), [{ lat: 0, lng: 0 }]);
    expect(await locations.refusedFixes(driver)).toMatchObject({
      total: 4,
      byReason: { NULL_ISLAND: 1, OUT_OF_RANGE: 1, NOT_A_POSITION: 1, JUMP: 1 },
      lastReason: 'JUMP',
    });
  });

  it('[LOC7] a ping of refused fixes only is refused, and says what to do', async () => {
    const driver = newDriver();
    const refused = locations.recordOrRefuse(
      driver,
      [
        { lat: 0, lng: 0 },
        { lat: 95, lng: 0 },
      ],
      0,
    );
    await expect(refused).rejects.toMatchObject({
      code: 'FIX_REFUSED',
      details: {
        results: [
          { verdict: FixVerdict.implausible, reason: 'NULL_ISLAND' },
          { verdict: FixVerdict.implausible, reason: 'OUT_OF_RANGE' },
        ],
        nextSteps: { NULL_ISLAND: expect.any(String) as string },
      },
    });
    const { results } = await locations.recordOrRefuse(driver, [{ lat: 0, lng: 0 }, north(1)], 0);
    expect(results.map(({ verdict }) => verdict)).toEqual(['implausible', 'stored']);
  });

  it('[DUTY1] nothing is kept of a driver who is off duty; what is known later counts', async () => {
    const driver = newDriver();
    const duty = (version: number, isOnDuty: boolean) =>
      locations.setDuty([{ driverId: driver, version, isOnDuty }]);
    await verdicts(driver, [north(1)]);
    await duty(4, false);
    expect(await verdicts(driver, [north(2), { lat: 0, lng: 0 }])).toEqual([
      FixVerdict.offDuty,
      'NULL_ISLAND',
    ]);
    expect(await live(driver)).toMatchObject(north(1));
    await duty(3, true);
    expect(await verdicts(driver, [north(3)])).toEqual([FixVerdict.offDuty]);
    await duty(5, true);
    await duty(4, false);
    expect(await verdicts(driver, [north(4)])).toEqual([FixVerdict.stored]);
    await duty(0, false);
    expect(await verdicts(driver, [north(5)])).toEqual([FixVerdict.offDuty]);
    await duty(5, true);
    expect(await verdicts(driver, [north(6)])).toEqual([FixVerdict.stored]);
    expect(await locations.history(driver, 0, Date.now())).toHaveLength(3);
  });

  it('[LOC3] a jump is refused and changes nothing; the third fix that agrees with it is believed', async () => {
    const driver = newDriver();
    const now = Date.now();
    const far = (step: number) => ({
      lat: ROME.lat + 0.5 + step * 0.0001,
      lng: ROME.lng,
      timestamp: now - 9_000 + step * 1_000,
    });
    await verdicts(driver, [{ ...north(0), timestamp: now - 10_000 }]);
    expect(await verdicts(driver, [far(1)])).toEqual(['JUMP']);
    expect(await live(driver)).toMatchObject(north(0));
    // Sending the same fix again is no second witness.
    expect(await verdicts(driver, [far(1), far(1)])).toEqual(['JUMP', 'JUMP']);
    expect(await verdicts(driver, [far(2)])).toEqual(['JUMP']);
    expect(await verdicts(driver, [far(3)])).toEqual([FixVerdict.stored]);
    expect(await live(driver)).toMatchObject({ lat: far(3).lat });
  });

  it('[LOC3] an honest fix between two jumps takes their credit', async () => {
    const driver = newDriver();
    const now = Date.now();
    const far = (step: number) => ({
      lat: ROME.lat + 0.5,
      lng: ROME.lng,
      timestamp: now - 10_000 + step * 1_000,
    });
    await verdicts(driver, [{ ...north(0), timestamp: now - 10_000 }]);
    const mixed = [far(1), far(2), { ...north(1), timestamp: now - 7_000 }, far(4), far(5)];
    expect(await verdicts(driver, mixed)).toEqual([
      'JUMP',
      'JUMP',
      FixVerdict.stored,
      'JUMP',
      'JUMP',
    ]);
    expect(await live(driver)).toMatchObject(north(1));
  });

  it('[LOC3] a refused fix says why and leaves the others of its ping alone', async () => {
    const driver = newDriver();
    const answer = await verdicts(driver, [
      { lat: 0, lng: 0 },
      north(1),
      { lat: Number.NaN, lng: 1 },
    ]);
    expect(answer).toEqual(['NULL_ISLAND', FixVerdict.stored, 'NOT_A_POSITION']);
    expect(await live(driver)).toMatchObject(north(1));
  });

  it('[ORD2] fixes of many drivers and sizes sent at once get the verdicts of their own', async () => {
    const drivers = Array.from({ length: 300 }, newDriver);
    const now = Date.now();
    const answers = await Promise.all(
      drivers.map((driver, i) =>
        verdicts(
          driver,
          Array.from({ length: 1 + (i % 7) }, (_, k) => ({
            ...north(k),
            timestamp: now - 7_000 + k * 1_000,
          })),
        ),
      ),
    );
    answers.forEach((answer, i) =>
      expect(answer).toEqual(new Array(1 + (i % 7)).fill(FixVerdict.stored)),
    );
    const positions = await locations.lastPositions(drivers);
    positions.forEach((position, i) => expect(position).toMatchObject(north(i % 7)));
  });

  it('[LOC5] a search finds live drivers within the radius, nearest first', async () => {
    const center = { lat: -33.45, lng: -70.66 };
    const drivers = [5, 1, 3].map((step) => ({ driver: newDriver(), step }));
    for (const { driver, step } of drivers)
      await verdicts(driver, [{ lat: center.lat + step * 0.001, lng: center.lng }]);
    const found = await locations.near(center, 400);
    expect(found.map(({ driverId }) => driverId)).toEqual([drivers[1]!.driver, drivers[2]!.driver]);
    expect(found[0]!.distanceMeters).toBeCloseTo(111.2, 0);
  });

  it('[LOC5] the antimeridian is no border for a search, nor for what counts as a jump', async () => {
    const now = Date.now();
    const west = newDriver();
    const east = newDriver();
    await verdicts(west, [{ lat: -17, lng: 179.9995, timestamp: now - 10_000 }]);
    // 180.5 is -179.5: how a phone or a map writes it decides nothing.
    expect(await verdicts(west, [{ lat: -17, lng: 180.001, timestamp: now - 5_000 }])).toEqual([
      FixVerdict.stored,
    ]);
    await verdicts(east, [{ lat: -17, lng: -179.9995 }]);
    const found = await locations.near({ lat: -17, lng: 180 }, 300);
    expect(found.map(({ driverId }) => driverId)).toEqual([east, west]);
    expect(found[1]!.position.lng).toBeCloseTo(-179.999, 9);
    expect(found[1]!.distanceMeters).toBeCloseTo(106.3, 0);
  });

  it('[LOC2] a retired driver leaves the index, its last position stays, and its next fix brings it back', async () => {
    const center = { lat: 10, lng: 10 };
    const driver = newDriver();
    await verdicts(driver, [center]);
    await locations.retire([{ driverId: driver, until: Date.now() - 60_000 }]);
    expect(await locations.near(center, 100)).toHaveLength(1);
    // The clock of the instance that noted the fix was 20 s ahead of Redis.
    await locations.retire([{ driverId: driver, until: Date.now() - 20_000 }]);
    expect(await locations.near(center, 100)).toHaveLength(0);
    expect(await live(driver)).toMatchObject(center);
    await verdicts(driver, [{ lat: 10, lng: 10.0001 }]);
    expect(await locations.near(center, 100)).toHaveLength(1);
  });

  it('[FAN3] every change of a shard is announced once, with numbers that count up by one', async () => {
    const feed = modules.get(LocationFeed);
    const heard: LocationChanges[] = [];
    const listener = (changes: LocationChanges) => void heard.push(changes);
    expect(await feed.follow(listener)).toBe(true);
    const drivers = Array.from({ length: 50 }, newDriver);
    for (const driver of drivers) await verdicts(driver, [north(1)]);
    await until(
      'all changes are heard',
      () => heard.flatMap(({ positions }) => positions).length === 50,
    );
    for (let shard = 0; shard < feed.shards; shard += 1) {
      const revisions = heard
        .filter((changes) => changes.shard === shard)
        .map(({ revision }) => revision);
      revisions.forEach((revision, i) => expect(revision).toBe(revisions[0]! + i));
      const snapshot = await feed.snapshot(shard);
      expect(snapshot.revision).toBe(revisions.at(-1));
    }
    await feed.leave(listener);
  });
});

describe('a search among very many', () => {
  it('[LOC5] finds the nearest also where more drivers are there than one read gives', async () => {
    const environment = testEnvironment({ LOCATION_SHARDS: '1' });
    const modules = await startModules(environment, [LocationModule]);
    try {
      const locations = modules.get(LocationService);
      const center = { lat: 41.9, lng: 12.5 };
      // Cells are read from the south-west on; the crowd comes first there.
      const crowd = Array.from({ length: 5_100 }, (_, i) => `crowd-${i}`);
      await Promise.all(
        crowd.map((id, i) => locations.record(id, [{ lat: 41.83 + i * 0.000001, lng: 12.43 }], 0)),
      );
      await locations.record('near', [{ lat: 41.901, lng: 12.501 }], 0);
      const found = await locations.near(center, 20_000);
      expect(found[0]!.driverId).toBe('near');
      expect(new Set(found.map(({ driverId }) => driverId)).size).toBe(found.length);
      // The crowd fills more than one read here as well, and does not hide the other cell.
      const cells = [cellOf(41.83, 12.43), cellOf(41.901, 12.501)];
      const within = await locations.within(cells.map((cell) => [cell, cell] as const));
      expect(within.map(({ driverId }) => driverId)).toContain('near');
      expect(new Set(within.map(({ driverId }) => driverId)).size).toBe(within.length);
    } finally {
      await modules.close();
    }
  });
});

describe('the cost of a ping', () => {
  it('[LOC6] takes the same number of Redis commands with 100 and with 100,000 stored drivers', async () => {
    const redis = await startRedis({ quiet: true });
    const modules = await startModules(testEnvironment({ REDIS_URL: redis.url }), [LocationModule]);
    const statistics = openRedis(redis.url);
    try {
      const locations = modules.get(LocationService);
      const fill = async (from: number, to: number) => {
        const ids = Array.from({ length: to - from }, (_, i) => `stored-${from + i}`);
        await Promise.all(
          ids.map((id, i) =>
            locations.record(
              id,
              [{ lat: 40 + ((from + i) % 1_000) * 0.01, lng: 10 + (i % 37) * 0.01 }],
              0,
            ),
          ),
        );
      };
      // The test's own, and what an idle connection asks Redis for a sign of life with.
      const BESIDE = new Set(['info', 'config', 'ping']);
      const commandsOf = async (work: () => Promise<unknown>) => {
        await statistics.config('RESETSTAT');
        await work();
        const lines = (await statistics.info('commandstats')).matchAll(
          /cmdstat_(\w+):calls=(\d+)/g,
        );
        return Object.fromEntries(
          [...lines]
            .map(([, name, calls]) => [name, Number(calls)])
            .filter(([name]) => !BESIDE.has(name as string)),
        );
      };
      const ping = (id: string, step: number) =>
        commandsOf(() => locations.record(id, [{ lat: 41 + step * 0.00001, lng: 12 }], 0));
      await locations.record('probe', [{ lat: 41, lng: 12 }], 0);
      await fill(0, 100);
      const few = await ping('probe', 1);
      for (let from = 100; from < 100_000; from += 9_990) await fill(from, from + 9_990);
      const many = await ping('probe', 2);
      expect(many).toEqual(few);
      expect(many['evalsha']).toBe(1);
    } finally {
      statistics.disconnect();
      await modules.close();
      await redis.stop();
    }
  });
});
