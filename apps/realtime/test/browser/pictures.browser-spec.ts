import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import { PATIENCE, PICTURES, signIn, untilCars, Visitors } from './visitors.js';

/** With RIDEWIRE_PICTURES=write the pictures of the README are replaced. */
const WRITES = process.env['RIDEWIRE_PICTURES'] === 'write';
const README_PICTURES = 'docs/images';
const MOST_BYTES = 150_000;
const SIZE = { width: 1280, height: 720 };

describe('the pictures of the README', () => {
  let city: City;
  let visitors: Visitors;

  beforeAll(async () => {
    city = await startCity({ drivers: 120, passengers: 24 });
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
  });

  async function keep(page: Page, name: string): Promise<void> {
    const file = `${PICTURES}/${name}.jpg`;
    await page.screenshot({ path: file, type: 'jpeg', quality: 78 });
    expect(statSync(file).size).toBeLessThan(MOST_BYTES);
    if (!WRITES) return;
    mkdirSync(README_PICTURES, { recursive: true });
    copyFileSync(file, `${README_PICTURES}/${name}.jpg`);
  }

  it('[PAGE10] are made from a city that drives, and small: the map with a driver', async () => {
    const page = await visitors.open(`${city.url}/drivers/${city.driverIds[0]}`, {
      viewport: SIZE,
    });
    await signIn(page, city.login);
    await untilCars(page);
    await page.waitForSelector('.driver-panel .sessions button');
    await page.waitForSelector('[data-connection=live]');
    await expect
      .poll(() => page.evaluate<boolean>('ridewireMap.map.areTilesLoaded()'), PATIENCE)
      .toBe(true);
    await expect
      .poll(() => page.evaluate<number>('ridewireMap.frames'), PATIENCE)
      .toBeGreaterThan(20);
    await keep(page, 'map');
    await page.context().close();
  });

  it('[PAGE10] are made from a city that drives, and small: the board of trips', async () => {
    const page = await visitors.open(`${city.url}/trips`, { viewport: SIZE, colorScheme: 'dark' });
    await signIn(page, city.login);
    await expect.poll(() => page.locator('tbody tr').count(), PATIENCE).toBeGreaterThan(12);
    await page.waitForSelector('[data-connection=live]');
    await keep(page, 'trips');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});
