import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type CDPSession, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { testEnvironment } from '#libs/testing';
import { ensureDashboard } from '../../../../scripts/prepare/dashboard.mjs';
import { InstanceProcess } from '../instance-process.js';
import { MovingFleet } from './moving-fleet.js';
import { PATIENCE, picture, signIn, Visitors } from './visitors.js';

const DRIVERS = 10_000;
const FIX_INTERVAL_MS = 4_000;
const LOGIN = { email: 'desk@example.com', password: 'password-of-the-desk' };
const ASSETS = 'apps/dashboard/dist/assets';
const KILOBYTE = 1_000;
const LOOK_MS = 10_000;
const PAN_MS = 8_000;

/** An hour of frames, 10 a second, in each of which some drivers have moved. */
const FEED_AN_HOUR = `(() => {
  const { fleet } = ridewireMap;
  const ids = [...fleet.cars.keys()];
  const at = Date.now();
  for (let tick = 0; tick < 36_000; tick += 1) {
    const drivers = [];
    for (let i = 0; i < 40; i += 1) {
      const { driver } = fleet.cars.get(ids[(tick * 40 + i) % ids.length]);
      drivers.push({ ...driver, timestamp: at + tick * 100, lat: driver.lat + 1e-6 * (tick % 2 ? 1 : -1) });
    }
    fleet.apply({ at, reset: false, total: ids.length, drivers, left: [], clusters: null }, performance.now());
  }
})()`;

/** Each part of the map that the page asks for begins anew, as for clients that do not know `keep`. */
const ASK_WITHOUT_KEEP = `(() => {
  const partInView = ridewireMap.partInView.bind(ridewireMap);
  ridewireMap.partInView = () => ({ ...partInView(), keep: false });
})()`;

/** What the browser has used so far: processor time is not what others took of the machine. */
interface Use {
  frames: number;
  mapsDrawn: number;
  mainThreadMs: number;
  pageMs: number;
  drawingMs: number;
}

describe('the map with a fleet of 10,000', () => {
  let instance: InstanceProcess;
  let fleet: MovingFleet;
  let visitors: Visitors;
  let url: string;

  beforeAll(async () => {
    await ensureDashboard();
    const environment = testEnvironment({ DRIVER_LEASE: '1d', DRIVER_GRACE: '1d' });
    instance = new InstanceProcess({
      ...process.env,
      NODE_ENV: 'test',
      PORT: '0',
      HOST: '127.0.0.1',
      REDIS_URL: inject('redisUrl'),
      REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
      JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
      FIRST_ADMIN_EMAIL: LOGIN.email,
      FIRST_ADMIN_PASSWORD: LOGIN.password,
      COOKIE_SECURE: 'false',
      DRIVER_LEASE: '1d',
      DRIVER_GRACE: '1d',
    });
    url = await instance.url();
    fleet = await MovingFleet.start(environment, DRIVERS, FIX_INTERVAL_MS);
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await fleet?.stop();
    await instance?.end('SIGKILL');
  });

  async function useOf(page: Page, devtools: CDPSession): Promise<Use> {
    const [frames = 0, mapsDrawn = 0] = await page.evaluate<number[]>(
      '[ridewireMap.frames, globalThis.mapsDrawn]',
    );
    const { metrics } = await devtools.send('Performance.getMetrics');
    const mainThreadS = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
    const system = await page.context().browser()!.newBrowserCDPSession();
    const { processInfo } = await system.send('SystemInfo.getProcessInfo');
    await system.detach();
    const msOf = (wanted: string) =>
      processInfo.reduce((sum, { type, cpuTime }) => sum + (type === wanted ? cpuTime : 0), 0) *
      1_000;
    return {
      frames,
      mapsDrawn,
      mainThreadMs: mainThreadS * 1_000,
      pageMs: msOf('renderer'),
      drawingMs: msOf('GPU'),
    };
  }

  /** What happens a second, in words, while the page is left alone or moved. */
  async function watch(page: Page, devtools: CDPSession, move: () => Promise<unknown>) {
    const [before, began] = [await useOf(page, devtools), performance.now()];
    await move();
    const seconds = (performance.now() - began) / 1_000;
    const after = await useOf(page, devtools);
    const aSecond = (what: keyof Use) => (after[what] - before[what]) / seconds;
    const ms = (what: keyof Use) => `${aSecond(what).toFixed(0)} ms`;
    return (
      `${aSecond('frames').toFixed(0)} frames/s, the map drawn ${aSecond('mapsDrawn').toFixed(1)} times a second; ` +
      `processor time a second: main thread ${ms('mainThreadMs')}, page ${ms('pageMs')}, drawing ${ms('drawingMs')}`
    );
  }

  /** What a browser loads before anybody has signed in. */
  function initialScriptBytes(): number {
    const html = readFileSync('apps/dashboard/dist/index.html', 'utf8');
    const scripts = [...html.matchAll(/assets\/[\w.-]+\.js/g)].map(([file]) => path.basename(file));
    return [...new Set(scripts)].reduce(
      (sum, file) => sum + gzipSync(readFileSync(path.join(ASSETS, file)), { level: 9 }).length,
      0,
    );
  }

  it(
    '[MAP7] shows all of them moving; its figures are printed, its memory is flat and its first script small',
    { timeout: 400_000 },
    async () => {
      const page = await visitors.open(url);
      const devtools = await page.context().newCDPSession(page);
      // Processor time: what others take of the machine meanwhile does not count.
      await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
      await devtools.send('Network.enable');
      const firstPaintMs = await page.evaluate<number>(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN",
      );
      let [received, pictures] = [0, 0];
      devtools.on('Network.webSocketFrameReceived', ({ response: { payloadData } }) => {
        received += payloadData.length;
        if (payloadData.includes('"reset":true')) pictures += 1;
      });
      const signedInAt = performance.now();
      await signIn(page, LOGIN);
      const cars = () => page.evaluate<number>('globalThis.ridewireMap?.fleet.cars.size ?? 0');
      await expect.poll(cars, PATIENCE).toBeGreaterThan(0);
      const firstCarMs = performance.now() - signedInAt;
      await expect.poll(cars, PATIENCE).toBe(DRIVERS);
      const allCarsMs = performance.now() - signedInAt;
      await expect
        .poll(() => page.evaluate<boolean>('ridewireMap.map.loaded()'), PATIENCE)
        .toBe(true);

      /** What the server sends while the page is left alone or moved, in words. */
      const traffic = async (move: () => Promise<unknown>) => {
        const [bytesBefore, picturesBefore, began] = [received, pictures, performance.now()];
        await move();
        const minutes = (performance.now() - began) / 60_000;
        const megabytes = (received - bytesBefore) / KILOBYTE ** 2 / minutes;
        return `${megabytes.toFixed(1)} MB a minute, ${pictures - picturesBefore} times begun anew`;
      };
      const drag = async () => {
        await page.mouse.move(900, 500);
        await page.mouse.down();
        const began = performance.now();
        for (let ms = 0; ms < PAN_MS; ms = performance.now() - began) {
          const angle = (ms / PAN_MS) * 4 * Math.PI;
          await page.mouse.move(900 - 200 * Math.sin(angle), 500 + 80 * Math.sin(angle / 2));
          await page.waitForTimeout(10);
        }
        await page.mouse.up();
      };
      await page.evaluate(
        "globalThis.mapsDrawn = 0; ridewireMap.map.on('render', () => (mapsDrawn += 1))",
      );
      let [still, dragged] = ['', ''];
      const sentToStill = await traffic(async () => {
        still = await watch(page, devtools, () => page.waitForTimeout(LOOK_MS));
      });
      await picture(page, 'map-10000');
      const sentToDragged = await traffic(async () => {
        dragged = await watch(page, devtools, drag);
      });
      await page.evaluate(ASK_WITHOUT_KEEP);
      const sentWithoutKeep = await traffic(drag);

      const heap = async () => {
        for (let i = 0; i < 3; i += 1) await devtools.send('HeapProfiler.collectGarbage');
        const { metrics } = await devtools.send('Performance.getMetrics');
        const bytes = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
        return bytes / KILOBYTE ** 2;
      };
      await page.evaluate(FEED_AN_HOUR);
      const heapBefore = await heap();
      await page.evaluate(FEED_AN_HOUR);
      const heapAfter = await heap();
      const initialKilobytes = initialScriptBytes() / KILOBYTE;

      console.log(
        [
          `The map with ${DRIVERS} drivers, one fix per ${FIX_INTERVAL_MS / 1_000} s, no GPU, load of the machine ${loadavg()[0]!.toFixed(0)}:`,
          `  camera still: ${still}`,
          `  dragged about: ${dragged}`,
          `  first paint ${firstPaintMs.toFixed(0)} ms; after the sign-in the first cars ${firstCarMs.toFixed(0)} ms, all ${allCarsMs.toFixed(0)} ms`,
          `  from the server, camera still: ${sentToStill}`,
          `  dragged about: ${sentToDragged}; without keep: ${sentWithoutKeep}`,
          `  heap ${heapBefore.toFixed(1)} MB, after an hour of frames ${heapAfter.toFixed(1)} MB`,
          `  first script ${initialKilobytes.toFixed(0)} kB gzipped`,
        ].join('\n'),
      );
      expect(heapAfter).toBeLessThan(heapBefore * 1.1 + 2);
      expect(initialKilobytes).toBeLessThan(120);
      await page.context().close();
      expect(visitors.faults).toEqual([]);
    },
  );
});
