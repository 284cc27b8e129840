import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemandMap } from '#libs/contracts';
import { SurgeService } from '#libs/fares';
import { until, type ToldClient } from '#libs/testing';
import { TestCluster } from './cluster.js';

const PLACE = { lat: -34.9, lng: -56.16 };
const HOUR_MS = 3_600_000;

describe('supply and demand by cells', () => {
  let cluster: TestCluster;
  let dispatcher: ToldClient;

  beforeAll(async () => {
    // The test asks again and again until all of it is known.
    cluster = await TestCluster.start({ env: { WS_RATE_BURST: '1000' } });
    dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
  });
  afterAll(() => cluster.close());

  const demandIn = (bbox: number[]) =>
    dispatcher.ask('admin:demand:get', { bbox }) as Promise<DemandMap>;
  const around = ({ lat, lng }: typeof PLACE) => [lng - 0.1, lat - 0.1, lng + 0.1, lat + 0.1];

  const driverAt = async (place: typeof PLACE, isAvailableForTrips: boolean) => {
    const client = await cluster.connect(await cluster.addUser('driver'), 0);
    await client.ask('driver:status:update', { isOnline: true, isAvailableForTrips });
    await client.ask('driver:location:ping', { ...place, accuracy: 5 });
  };

  it('[MAP2] a dispatcher gets free drivers, requests that wait and surge of each cell in the box', async () => {
    const quiet = { lat: PLACE.lat + 0.05, lng: PLACE.lng };
    await driverAt(PLACE, true);
    await driverAt(PLACE, false);
    await driverAt(quiet, true);
    const surge = await cluster.instances[0]!.app.get(SurgeService, { strict: false }).set(
      PLACE,
      15_000,
      HOUR_MS,
    );
    // Nobody is free there, so that the request waits.
    const lonely = { lat: PLACE.lat - 0.09, lng: PLACE.lng + 0.09 };
    const passenger = await cluster.connect(await cluster.addUser('passenger'), 0);
    await passenger.ask('trip:request', {
      pickup: lonely,
      stops: [{ lat: lonely.lat - 0.01, lng: lonely.lng }],
      paymentMode: 'cash',
    });

    let cells: DemandMap['cells'] = [];
    await until('all of it is known', async () => {
      ({ cells } = await demandIn(around(PLACE)));
      const sum = (field: 'drivers' | 'free' | 'waiting') =>
        cells.reduce((total, cell) => total + cell[field], 0);
      const hasSurge = cells.some(({ surgeBasisPoints }) => surgeBasisPoints === 15_000);
      return sum('drivers') === 3 && sum('free') === 2 && sum('waiting') === 1 && hasSurge;
    });
    const { cellDegrees, isComplete } = await demandIn(around(PLACE));
    expect(cellDegrees).toBeCloseTo(360 / 32_768, 10);
    expect(isComplete).toBe(true);
    const at = ({ lat, lng }: typeof PLACE) =>
      cells.find(
        (cell) =>
          Math.abs(cell.lat - lat) <= cellDegrees / 2 &&
          Math.abs(cell.lng - lng) <= cellDegrees / 2,
      );
    expect(at(PLACE)).toMatchObject({
      lat: surge.lat,
      lng: surge.lng,
      drivers: 2,
      free: 1,
      waiting: 0,
      surgeBasisPoints: 15_000,
      surgeEndsAt: surge.endsAt,
    });
    expect(at(quiet)).toMatchObject({ drivers: 1, free: 1, surgeBasisPoints: 10_000 });
    expect(at(lonely)).toMatchObject({ drivers: 0, free: 0, waiting: 1, surgeEndsAt: null });
    expect(cells).toHaveLength(3);
    expect((await demandIn([0, 0, 1, 1])).cells).toEqual([]);
  });

  it('[MAP2] a box that is none is refused', async () => {
    for (const request of [{}, { bbox: [1, 2] }, { bbox: [0, 10, 1, 5] }, null])
      expect(await dispatcher.request('admin:demand:get', request)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
  });
});
