import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  signIn,
  untilCars,
  Visitors,
} from './visitors.js';

interface Question {
  method?: string;
  body?: unknown;
}

describe('the map of dispatchers in a browser', () => {
  let city: City;
  let visitors: Visitors;

  beforeAll(async () => {
    city = await startCity();
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
  });

  async function openMap(path = '/', options?: Parameters<Visitors['open']>[1]): Promise<Page> {
    const page = await visitors.open(city.url, options);
    await signIn(page, city.login);
    if (path !== '/') await page.goto(`${city.url}${path}`);
    await untilCars(page);
    return page;
  }

  async function leave(page: Page): Promise<void> {
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  }

  /** What programs with the API key are answered. */
  async function askServer<T>(path: string, { method = 'GET', body }: Question = {}): Promise<T> {
    const response = await fetch(`${city.url}/api/${path}`, {
      method,
      headers: { 'x-api-key': city.apiKey, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** Whether anything of this colour is drawn above the map and below the cars. */
  const isDrawn = (page: Page, color: string) =>
    page.evaluate<boolean>(`(() => {
      const canvas = document.querySelector('.live-map-overlay');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const wanted = getComputedStyle(document.documentElement).getPropertyValue('${color}').trim();
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(wanted.slice(at, at + 2), 16));
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] > 250 && Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 9)
          return true;
      return false;
    })()`);

  it('[MAP1] trips under way are lines on the map; one is selected, followed, and found in the address', async () => {
    const page = await openMap();
    await page.getByRole('button', { name: 'Trips', exact: true }).click();
    const count = async () => Number(await page.locator('.map-note strong').textContent());
    await expect.poll(count, PATIENCE).toBeGreaterThan(0);
    await expect
      .poll(
        async () =>
          (await isDrawn(page, '--car-on-trip')) || (await isDrawn(page, '--trip-waiting')),
        PATIENCE,
      )
      .toBe(true);
    // Their ways along the streets are searched beside the page.
    const workers = () => page.workers().filter((each) => each.url().includes('way-worker')).length;
    await expect.poll(workers, PATIENCE).toBe(1);
    await expectAccessible(page, 'map with trips');
    await picture(page, 'map-trips');
    const { data } = await askServer<{ data: { id: string; status: string }[] }>(
      'admin/trips?onlyActive=true&limit=50',
    );
    const trip = data.find(({ status }) => status === 'in_progress' || status === 'arriving');
    await page.goto(`${city.url}/?trip=${(trip ?? data[0])!.id}`);
    await page.locator('.trip-card .status').waitFor();
    await expectAccessible(page, 'trip on the map');
    await picture(page, 'map-trip');
    await page.locator('.trip-card').getByRole('button', { name: 'Close' }).click();
    await page.waitForURL((url) => !url.searchParams.has('trip'));
    // The choice of layers outlives a reload.
    await page.reload();
    await expect.poll(count, PATIENCE).toBeGreaterThan(0);
    await leave(page);
  });

  it('[MAP2] a dispatcher sees demand by cells and sets and ends a surge, by keyboard alone', async () => {
    // That of the demo.
    const begun = await askServer<{ data: { lat: number; lng: number }[] }>('admin/surge');
    for (const { lat, lng } of begun.data)
      await askServer(`admin/surge?lat=${lat}&lng=${lng}`, { method: 'DELETE' });
    const page = await openMap();
    const press = async (name: string | RegExp, within = page.locator('.live-map')) => {
      await within.getByRole('button', { name }).first().focus();
      await page.keyboard.press('Enter');
    };
    await press('Demand');
    await page.locator('.map-panel .facts').first().waitFor();
    await expect.poll(() => isDrawn(page, '--surge'), PATIENCE).toBe(false);
    await press('Choose the cell in the middle');
    await expectAccessible(page, 'map with demand');
    await press(/^Set surge/);
    const dialog = page.locator('dialog[open]');
    await dialog.waitFor();
    await expectAccessible(page, 'question of a surge');
    await dialog.getByRole('button', { name: 'Confirm' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Surges in view' }).waitFor();
    const surges = () =>
      askServer<{ data: { surgeBasisPoints: number }[] }>('admin/surge').then(({ data }) =>
        data.map(({ surgeBasisPoints }) => surgeBasisPoints),
      );
    expect(await surges()).toEqual([15_000]);
    await expect.poll(() => isDrawn(page, '--surge'), PATIENCE).toBe(true);
    await picture(page, 'map-demand');
    await press('End surge');
    await page.locator('dialog[open]').getByRole('button', { name: 'Confirm' }).press('Enter');
    await expect.poll(surges, PATIENCE).toEqual([]);
    await expect.poll(() => isDrawn(page, '--surge'), PATIENCE).toBe(false);
    await leave(page);
  });

  it('[MAP3] the panel of a driver shows a trail that outlives a change of colours, and sends a message', async () => {
    const driverId = city.driverIds[0]!;
    const page = await openMap(`/drivers/${driverId}`);
    await page.locator('.trail .facts').waitFor();
    const isTrailDrawn = async () => {
      const colors = ['--trail-slow', '--trail-middle', '--trail-fast'];
      return (await Promise.all(colors.map((each) => isDrawn(page, each)))).includes(true);
    };
    await expect.poll(isTrailDrawn, PATIENCE).toBe(true);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(isTrailDrawn, PATIENCE).toBe(true);
    await expectAccessible(page, 'driver in the dark');
    await picture(page, 'map-driver-dark');
    await page.locator('.driver-panel').getByRole('button', { name: 'Message' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('textarea').fill('Please call the desk.');
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await expect.poll(() => dialog.count(), PATIENCE).toBe(0);
    await leave(page);
  });

  it('[MAP4] the nearest free cars to a place are listed with distance and arrival', async () => {
    const page = await openMap();
    await page.getByRole('button', { name: 'Nearest cars' }).click();
    const cars = page.locator('.ruler-cars li');
    await cars.first().waitFor();
    await expectAccessible(page, 'ruler');
    await picture(page, 'map-ruler');
    await page.locator('.live-map-base canvas').click({ position: { x: 760, y: 300 } });
    await page.waitForResponse((response) => response.url().includes('/nearby?'));
    expect(await cars.first().textContent()).toMatch(/\d+ (?:m|km)\d+ min/);
    await cars.first().getByRole('button').click();
    await page.waitForURL(/\/drivers\//);
    await leave(page);
  });

  it('[MAP8] a driver is found on the map by a part of the name, and by the number plate', async () => {
    const driverId = city.driverIds[0]!;
    const { data } = await askServer<{ data: { name: string } }>(`admin/users/${driverId}`);
    const vehicle = { make: 'Fiat', model: 'Cronos', color: 'white', plate: 'SBE 4321' };
    await askServer(`admin/users/${driverId}/vehicle`, { method: 'PUT', body: vehicle });
    const page = await openMap();
    for (const text of [data.name, 'sbe-4321']) {
      await page.locator('.map-search input').fill(text);
      await page.keyboard.press('Enter');
      // Of all who have the name, and simulated people may share one.
      const found = page.locator('.map-found button', { hasText: vehicle.plate });
      await found.filter({ hasText: data.name }).click();
      await page.waitForURL(new RegExp(`/drivers/${driverId}`));
      await page.locator('.driver-panel').getByText('SBE 4321').waitFor();
      await page.locator('.driver-panel').getByRole('button', { name: 'Close' }).click();
    }
    await leave(page);
  });

  it('[MAP5] two dispatchers see each other by name, until one switches that off', async () => {
    const second = { email: 'second@example.com', password: 'password-of-the-second' };
    await askServer('admin/users', {
      method: 'POST',
      body: { ...second, userType: 'admin', name: 'Ana Pérez' },
    });
    const page = await openMap();
    const other = await visitors.open(city.url);
    await signIn(other, second);
    await untilCars(other);
    const pointer = page.locator('.pointer span', { hasText: 'Ana Pérez' });
    await expect
      .poll(async () => {
        await other.mouse.move(700 + Math.random() * 50, 450);
        return pointer.isVisible();
      }, PATIENCE)
      .toBe(true);
    await page.getByText('Also on the map: Ana Pérez').waitFor();
    await picture(page, 'map-pointers');
    expect(await other.locator('.pointer').count()).toBe(0);
    await page.getByRole('button', { name: 'Pointers' }).click();
    await expect.poll(() => pointer.count(), PATIENCE).toBe(0);
    await other.context().close();
    await leave(page);
  });

  it('[PAGE36] for those who want no motion cars are put to each newest place and never in between', async () => {
    const page = await openMap('/', { reducedMotion: 'reduce' });
    const cars = '[...ridewireMap.fleet.cars.values()]';
    const newest = () =>
      page.evaluate<number>(`Math.max(...${cars}.map(({ driver }) => driver.timestamp))`);
    const before = await newest();
    await expect.poll(newest, PATIENCE).toBeGreaterThan(before);
    expect(await page.evaluate(`${cars}.every((car) => car.movesUntil <= car.movesFrom)`)).toBe(
      true,
    );
    await leave(page);
  });

  const PHONE = {
    locale: 'es-UY',
    colorScheme: 'dark',
    viewport: { width: 390, height: 800 },
  } as const;

  it('[PAGE6] layers and tools fit a phone, in Spanish and in the dark', async () => {
    const page = await openMap('/', PHONE);
    for (const name of ['Viajes', 'Demanda', 'Autos cercanos']) {
      await page.locator('.map-tools').getByRole('button', { name }).click();
      await expectNoOverflow(page, name);
    }
    await page.locator('.ruler-cars li').first().waitFor();
    await expectAccessible(page, 'layers and tools on a phone');
    await picture(page, 'map-phone-ruler');
    await page.locator('.map-tools').getByRole('button', { name: 'Autos cercanos' }).click();
    await picture(page, 'map-phone-demand');
    await leave(page);
  });

  it('[PAGE6] the panel of a driver fits a phone, in Spanish and in the dark', async () => {
    const page = await openMap(`/drivers/${city.driverIds[1]}`, PHONE);
    await page.locator('.trail .facts').waitFor();
    await expectNoOverflow(page, 'driver');
    await expectAccessible(page, 'driver on a phone');
    await picture(page, 'map-phone-driver');
    await leave(page);
  });
});
