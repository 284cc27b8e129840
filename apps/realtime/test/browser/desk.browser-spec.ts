import { type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  signIn as signInAs,
  untilCars,
  Visitors,
} from './visitors.js';

describe("the dispatcher's page in a browser", () => {
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

  const openPage = (options?: BrowserContextOptions) => visitors.open(city.url, options);

  async function signIn(page: Page): Promise<void> {
    await signInAs(page, city.login);
    await page.waitForSelector('.live-map');
  }

  it('[PAGE3] a dispatcher signs in, sees cars move, and stays signed in over a reload', async () => {
    const page = await openPage();
    await expectAccessible(page, 'sign in');
    await page.fill('input[name=email]', city.login.email);
    await page.fill('input[name=password]', 'a wrong password');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]');
    await signIn(page);
    await untilCars(page);
    const frames = () => page.evaluate<number>('ridewireMap.frames');
    const before = await frames();
    await expect.poll(frames, PATIENCE).toBeGreaterThan(before + 20);
    await picture(page, 'map');
    await expectAccessible(page, 'map');
    await page.reload();
    await untilCars(page);
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toMatch(/eyJ/);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE4] trips are found by filters in the address, and one shows what happened to it', async () => {
    const page = await openPage();
    await signIn(page);
    await page.click('nav a[href="/trips"]');
    await page.waitForSelector('tbody tr');
    await page.getByRole('button', { name: 'Under way' }).click();
    await page.waitForURL(/onlyActive=true/);
    await expectAccessible(page, 'trips');
    await page.waitForSelector('tbody tr');
    await picture(page, 'trips');
    await page.locator('tbody a.status').first().click();
    await page.waitForSelector('.timeline li');
    await expectAccessible(page, 'trip');
    await picture(page, 'trip');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE4] a driver is cut from the page: the session ends and the car leaves', async () => {
    const page = await openPage();
    await signIn(page);
    await page.goto(`${city.url}/drivers/${city.driverIds[0]}`);
    await page.waitForSelector('.driver-panel .sessions button');
    await expectAccessible(page, 'driver');
    await picture(page, 'driver');
    await page.locator('.driver-panel .sessions button.danger').first().click();
    await page.locator('dialog[open] button[type=submit]').click();
    const sessions = page.locator('.driver-panel .sessions button.danger');
    await expect.poll(() => sessions.count(), PATIENCE).toBe(0);
    await city.untilGone(city.driverIds[0]!);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE6] Spanish, dark and on a phone it is the same page', async () => {
    const page = await openPage({
      locale: 'es-UY',
      colorScheme: 'dark',
      viewport: { width: 390, height: 800 },
    });
    await page.getByRole('button', { name: 'Entrar' }).waitFor();
    await signIn(page);
    await untilCars(page);
    expect(await page.getAttribute('html', 'lang')).toBe('es');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await expectNoOverflow(page, 'map');
    await expectAccessible(page, 'map in Spanish');
    await picture(page, 'phone');
    await page.click('nav a[href="/trips"]');
    await page.waitForSelector('tbody tr');
    await expectNoOverflow(page, 'trips');
    await expectAccessible(page, 'trips in Spanish');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});
