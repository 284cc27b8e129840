import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RidewireClient } from '#libs/client';
import { LocationReporter, type NumberedFix } from '#libs/client/location';
import { UserType, type FixResult } from '#libs/contracts';
import { LocationService } from '#libs/location';
import { until } from '#libs/testing';
import { openApp, TestBalancer, untilStatus } from './client-app.js';
import { TestCluster } from './cluster.js';

const METERS_PER_DEGREE = 111_195;
const placeAt = (meters: number) => ({ lat: 41.9 + meters / METERS_PER_DEGREE, lng: 12.5 });

describe('a reporter of positions', () => {
  let cluster: TestCluster;
  let balancer: TestBalancer;
  const clients: RidewireClient[] = [];
  const reporters: LocationReporter[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start();
    balancer = await TestBalancer.start(cluster.url(0));
  });
  afterEach(() => {
    for (const reporter of reporters.splice(0)) reporter.stop();
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await balancer.close();
    await cluster.close();
  });

  const driver = async (options: ConstructorParameters<typeof LocationReporter>[1] = {}) => {
    const app = await openApp(cluster, UserType.driver, balancer.url);
    clients.push(app.client);
    const drivers = app.client.drivers();
    drivers.keep('driver:status:update', { isAvailableForTrips: true });
    const sent: (readonly NumberedFix[])[] = [];
    const answered: { fix: NumberedFix; result: FixResult }[] = [];
    const reporter = new LocationReporter(drivers, {
      minIntervalMs: 0,
      onSent: (fixes) => sent.push(fixes),
      onResult: (fix, result) => answered.push({ fix, result }),
      ...options,
    });
    reporters.push(reporter);
    await app.client.connect();
    /** As every instance reads them, oldest first. */
    const stored = async () => {
      const locations = cluster.instances[1]!.app.get(LocationService, { strict: false });
      const history = await locations.history(app.user.userId, 0, Date.now() + 1_000);
      return history.toSorted((a, b) => a.timestamp - b.timestamp).map(({ lat }) => lat);
    };
    return { ...app, reporter, sent, answered, stored };
  };

  it('[CLIENT5] fixes that say nothing new are left out, but for a heartbeat', async () => {
    const { reporter, answered } = await driver({ distanceMeters: 50, heartbeatMs: 60_000 });
    reporter.report(placeAt(0));
    reporter.report(placeAt(10));
    reporter.report(placeAt(60));
    reporter.report(placeAt(70));
    await until('both are answered', () => answered.length === 2);
    expect(answered.map(({ fix, result }) => [fix.lat, result.verdict])).toEqual([
      [placeAt(0).lat, 'stored'],
      [placeAt(60).lat, 'stored'],
    ]);
    const standing = await driver({ distanceMeters: 50, heartbeatMs: 100 });
    standing.reporter.report(placeAt(0));
    standing.reporter.report(placeAt(1));
    await until('the heartbeat came', () => standing.answered.length === 2);
  });

  it('[CLIENT5] a device that stands still is measured for each heartbeat', async () => {
    const { answered } = await driver({ heartbeatMs: 50, locate: () => placeAt(0) });
    await until('some came', () => answered.length >= 3);
    const times = answered.map(({ fix }) => fix.timestamp);
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });

  it('[CLIENT5] what is measured without a network is delivered in batches, in order and once, also when an answer was lost', async () => {
    const { reporter, sent, answered, stored, client } = await driver();
    const way = Array.from({ length: 500 }, (_, i) => placeAt(25 * i));
    const from = Date.now() - way.length * 1_000;
    const measure = (i: number) => reporter.report({ ...way[i]!, timestamp: from + i * 1_000 });
    measure(0);
    await until('the first is answered', () => answered.length === 1);
    // The request arrives, its answer does not.
    balancer.wire.stall();
    measure(1);
    await until('it is on its way', () => sent.length === 2);
    balancer.wire.cut();
    await untilStatus({ client }, 'offline', 'resuming');
    for (let i = 2; i < way.length; i += 1) measure(i);
    expect(reporter.waiting).toBe(way.length - 1);
    balancer.wire.mend();
    await until('all are answered', () => answered.length === way.length);
    expect(answered.map(({ fix }) => fix.lat)).toEqual(way.map(({ lat }) => lat));
    expect(sent.slice(2).map((fixes) => fixes.length)).toEqual([200, 200, 99]);
    expect(await stored()).toEqual(way.map(({ lat }) => lat));
  });

  it('[CLIENT5] a buffer that is full loses the oldest and says so', async () => {
    const dropped: string[] = [];
    const { reporter, client, answered } = await driver({
      capacity: 10,
      onDropped: (fixes, reason) => dropped.push(...fixes.map(({ lat }) => `${lat} ${reason}`)),
    });
    balancer.wire.cut();
    await untilStatus({ client }, 'offline', 'resuming');
    for (let i = 0; i < 25; i += 1) reporter.report(placeAt(25 * i));
    expect(reporter.waiting).toBe(10);
    expect(dropped).toEqual(
      Array.from({ length: 15 }, (_, i) => `${placeAt(25 * i).lat} capacity`),
    );
    balancer.wire.mend();
    await until('the rest is answered', () => answered.length === 10);
  });

  it('[CLIENT5] fixes that the server calls implausible are answered one by one and not sent again', async () => {
    const { reporter, answered } = await driver();
    reporter.report({ lat: 0, lng: 0 });
    await until('it is answered', () => answered.length === 1);
    expect(answered[0]!.result).toMatchObject({ verdict: 'implausible', reason: 'NULL_ISLAND' });
    expect(reporter.waiting).toBe(0);
  });
});
