import { afterEach, describe, expect, it } from 'vitest';
import { LocationService, ReportingDevice } from '#libs/location';
import {
  sampleCard,
  sampleRequest,
  seededRandom,
  shuffled,
  TripInstances,
  until,
} from '#libs/testing';
import { assignmentIdOf } from '../store/trip-record.js';
import { lengthOf } from './driven-way.js';
import { Odometer } from './odometer.js';
import { RidesService } from './rides.service.js';

const START = { lat: 41.9, lng: 12.5 };
const METERS_PER_DEGREE = 111_195;

interface SentFix {
  lat: number;
  lng: number;
  timestamp: number;
}

describe('the length of a ride', () => {
  let stage: TripInstances;
  let rides = 0;
  afterEach(() => stage.close());

  /** A ride that began a while ago, so that its fixes lie in the past. */
  async function begin(agoMs: number) {
    rides += 1;
    const tripId = `ride-${rides}`;
    const [driverId] = (await stage.freeDrivers(1)) as [string];
    await stage.trips().request(sampleRequest(tripId, `passenger-${rides}`));
    const offers = [{ driverId, distanceMeters: 100, etaMs: 60_000 }];
    const round = { radiusMeters: 1_000, found: 1, considered: [] };
    const { trip: searching } = await stage
      .trips()
      .apply(tripId, (trip) => (trip.status === 'pending' ? { kind: 'startAssigning' } : null));
    expect(searching.status).toBe('assigning');
    await stage.trips().apply(tripId, { kind: 'offer', round, offers, retryAt: 0 });
    const driver = sampleCard(driverId);
    const assignmentId = assignmentIdOf(tripId, 1);
    await stage.trips().apply(tripId, { kind: 'accept', assignmentId, driverId, driver });
    const { trip } = await stage.get(RidesService).start(driverId, tripId);
    const startedAt = trip.startedAt - agoMs;
    const earlier = { ...trip, startedAt, odometer: { ...trip.odometer, until: startedAt } };
    await stage.redis.hset(stage.key('trip', tripId), 'record', JSON.stringify(earlier));
    return {
      tripId,
      driverId,
      startedAt,
      send: (fixes: SentFix[], connection = 0) =>
        stage.get(LocationService).record(driverId, fixes, connection),
      look: (instance = 0) => stage.get(Odometer, instance).note(tripId),
      complete: async () =>
        (await stage.get(RidesService, 1).complete(driverId, tripId)).trip.final!.distanceMeters,
    };
  }

  /** A drive that turns at each fix, `stepMeters` and `stepMs` from one to the next. */
  function drive(startedAt: number, count: number, stepMeters: number, stepMs: number): SentFix[] {
    const step = stepMeters / METERS_PER_DEGREE;
    return Array.from({ length: count }, (_, i) => ({
      lat: START.lat + Math.ceil(i / 2) * step,
      lng: START.lng + Math.floor(i / 2) * (step / Math.cos((START.lat * Math.PI) / 180)),
      timestamp: startedAt + 1_000 + i * stepMs,
    }));
  }

  it('[DISP8] a second device of the driver that stands still lengthens nothing', async () => {
    stage = await TripInstances.start();
    const { tripId, startedAt, send, look, complete } = await begin(60_000);
    await stage.get(Odometer).note(tripId);
    const ahead = Array.from({ length: 13 }, (_, i) => ({
      lat: START.lat + (i * 20) / METERS_PER_DEGREE,
      lng: START.lng,
      timestamp: startedAt + 1_000 + i * 1_000,
    }));
    // Both are heard for seconds: only by that they are two.
    for (const fix of ahead) {
      await send([fix], 5);
      await send([{ ...START, timestamp: fix.timestamp + 500 }], 6);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await look();
    expect(await complete()).toBe(12 * 20);
  });

  it('[DISP8] a detour of which the app sends the end first is charged, whenever the rest comes', async () => {
    stage = await TripInstances.start();
    // 900 m out and back to a place 300 m from the start, a fix every 60 m and 4 s.
    const detour = (startedAt: number): SentFix[] =>
      Array.from({ length: 16 }, (_, i) => {
        const meters = i * 60;
        const north = meters <= 600 ? meters : 1_200 - meters;
        return {
          lat: START.lat + north / METERS_PER_DEGREE,
          lng: START.lng,
          timestamp: startedAt + 1_000 + i * 4_000,
        };
      });
    const orders: ((fixes: SentFix[]) => SentFix[][])[] = [
      (fixes) => [fixes],
      (fixes) => [[fixes[0]!, fixes[15]!], [], fixes.slice(1, 15)],
      (fixes) => [[fixes[0]!, fixes[15]!], [], [], fixes.slice(1, 15).toReversed()],
      (fixes) => [[fixes[0]!, fixes[15]!], [], fixes.slice(8, 15), [], fixes.slice(1, 8), []],
      (fixes) => [fixes[15]!, ...fixes.slice(0, 15)].map((fix) => [fix]),
    ];
    for (const order of orders) {
      const ride = await begin(120_000);
      for (const batch of order(detour(ride.startedAt))) {
        if (batch.length > 0) await ride.send(batch);
        else await ride.look();
      }
      expect(await ride.complete()).toBe(900);
    }
  });

  it('[DISP8] any order and any batches of the fixes of a ride, with looks in between, give one length', async () => {
    stage = await TripInstances.start();
    const random = seededRandom(20261128);
    const lengths = new Set<number>();
    for (let round = 0; round < 25; round += 1) {
      const ride = await begin(600_000);
      const fixes = drive(ride.startedAt, 120, 35, 4_000);
      const coming = round === 0 ? [...fixes] : shuffled(fixes, random);
      while (coming.length > 0) {
        await ride.send(coming.splice(0, 1 + Math.floor(random() * 40)));
        if (random() < 0.3) await ride.look(Math.floor(random() * 2));
      }
      lengths.add(await ride.complete());
    }
    expect([...lengths]).toEqual([119 * 35]);
  });

  it('[DISP8] a buffer longer than the history of a driver loses nothing, nor does what came before it', async () => {
    stage = await TripInstances.start();
    const ride = await begin(3_600_000);
    const odometer = stage.get(Odometer);
    const fixes = drive(ride.startedAt, 1_400, 20, 2_000);
    const live = fixes.filter((_, i) => i % 100 === 0);
    const late = fixes.filter((_, i) => i % 100 !== 0);
    for (const batch of [live, ...chunksOf(late.toReversed(), 200)]) {
      await ride.send(batch);
      if (odometer.isLookDue(ride.driverId, batch.length))
        await odometer.keepFixesOf(ride.driverId);
    }
    expect(Math.abs((await ride.complete()) - lengthOf(fixes))).toBeLessThan(2);
    const left = await stage.redis.exists(stage.key('trip', ride.tripId, 'track'));
    expect(left, 'the track ends with the ride').toBe(0);
  });

  it('[DISP8] a ride of more fixes than its track keeps is as long as it was, and its track is bounded', async () => {
    stage = await TripInstances.start();
    const ride = await begin(20_000_000);
    const fixes = drive(ride.startedAt, 11_000, 10, 1_500);
    const track = stage.key('trip', ride.tripId, 'track');
    for (const batch of chunksOf(fixes, 200)) {
      // Those of each ping come in any order.
      await ride.send(batch.toReversed());
      await ride.look();
      expect(await stage.redis.zcard(track)).toBeLessThanOrEqual(5_200);
    }
    expect(Math.abs((await ride.complete()) - lengthOf(fixes))).toBeLessThan(2);
  });

  it('[DISP8] a phone whose clock is wrong, or set in mid-ride, drives as far as one whose clock is right', async () => {
    stage = await TripInstances.start();
    const clocks: ((i: number) => number)[] = [
      () => 0,
      () => -10_000,
      () => -25_000,
      () => 25_000,
      (i) => (i < 60 ? -10_000 : 25_000),
      (i) => (i < 60 ? 0 : -25_000),
    ];
    const drives = [];
    for (const aheadMs of clocks)
      drives.push({ aheadMs, ride: await begin(0), device: new ReportingDevice() });
    // All drive at once, and as slowly as a clock is told from a buffer.
    for (let i = 0; i < 120; i += 1) {
      const due = Date.now() + 50;
      await Promise.all(
        drives.map(async ({ aheadMs, ride, device }) => {
          const fix = { lat: START.lat + (i * 20) / METERS_PER_DEGREE, lng: START.lng };
          const timestamp = Date.now() + aheadMs(i);
          await stage
            .get(LocationService)
            .record(ride.driverId, [{ ...fix, timestamp }], 0, device);
          if (i % 10 === 0) await ride.look();
        }),
      );
      await until('the next fix is due', () => Date.now() >= due);
    }
    const lengths = await Promise.all(drives.map(({ ride }) => ride.complete()));
    for (const length of lengths) {
      expect(length, lengths.join()).toBeGreaterThan(119 * 20 * 0.95);
      expect(length, lengths.join()).toBeLessThan(119 * 20 * 1.05);
    }
  });

  it('[DISP8] a late fix that no driver can have been at costs nothing', async () => {
    stage = await TripInstances.start();
    const ride = await begin(120_000);
    const fixes = drive(ride.startedAt, 20, 40, 4_000);
    await ride.send(fixes);
    const wrong = { ...START, lat: START.lat + 2, timestamp: fixes[7]!.timestamp + 1_000 };
    await ride.send([wrong]);
    expect(await ride.complete()).toBe(19 * 40);
  });
});

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}
