import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import {
  PATIENCE,
  picture,
  PICTURES,
  signIn,
  untilCars,
  Visitors,
  untilConnection,
} from './visitors.js';

/** With RIDEWIRE_PICTURES=write the pictures of the README are replaced. */
const WRITES = process.env['RIDEWIRE_PICTURES'] === 'write';
const README_PICTURES = 'docs/images';
const MOST_BYTES = 150_000;
const SIZE = { width: 1280, height: 720 };

describe('the pictures of the README', () => {
  let city: City;
  let visitors: Visitors;

  beforeAll(async () => {
    // Those of the README show what the demo shows; a city that is only looked at may be small.
    city = await startCity(
      WRITES ? { drivers: 300, passengers: 30 } : { drivers: 60, passengers: 16 },
    );
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
  });

  async function keep(page: Page, name: 'map' | 'trips'): Promise<void> {
    const file = `${name}.jpg`;
    const path = `${PICTURES}/readme-${file}`;
    await page.screenshot({ path, type: 'jpeg', quality: 72 });
    expect(statSync(path).size).toBeLessThan(MOST_BYTES);
    if (!WRITES) return;
    mkdirSync(README_PICTURES, { recursive: true });
    copyFileSync(path, `${README_PICTURES}/${file}`);
  }

  /** One who has just begun to drive somebody, while there is any. */
  async function driverOnTrip(): Promise<string> {
    const response = await fetch(`${city.url}/api/admin/trips?status=in_progress&limit=100`, {
      headers: { 'x-api-key': city.apiKey },
    });
    const { data } = (await response.json()) as { data: { driverId: string; startedAt: string }[] };
    const [newest] = data.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
    return newest?.driverId ?? city.driverIds[0]!;
  }

  it('[PAGE10] are made from a city that drives, and small: the map with a driver', async () => {
    const page = await visitors.open(city.url, { viewport: SIZE });
    await signIn(page, city.login);
    await untilCars(page);
    await page.getByRole('button', { name: 'Trips', exact: true }).click();
    // By the palette, so that the map stays where it shows the city.
    await page.keyboard.press('Control+k');
    await page.keyboard.type(await driverOnTrip());
    await page.waitForSelector('.palette li[aria-selected=true]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.driver-panel .sessions button');
    await untilConnection(page, 'live');
    await expect
      .poll(() => page.evaluate<boolean>('ridewireMap.map.areTilesLoaded()'), PATIENCE)
      .toBe(true);
    await expect
      .poll(() => page.evaluate<number>('ridewireMap.frames'), PATIENCE)
      .toBeGreaterThan(20);
    await picture(page, 'readme-map');
    await keep(page, 'map');
    await page.context().close();
  });

  it('[PAGE10] are made from a city that drives, and small: the list of trips', async () => {
    const page = await visitors.open(`${city.url}/trips`, {
      viewport: { ...SIZE, height: 600 },
      colorScheme: 'dark',
    });
    await signIn(page, city.login);
    await expect.poll(() => page.locator('tbody tr').count(), PATIENCE).toBeGreaterThan(12);
    await untilConnection(page, 'live');
    await picture(page, 'readme-trips');
    await keep(page, 'trips');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});
