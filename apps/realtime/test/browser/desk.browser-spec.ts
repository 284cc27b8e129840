import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../../scripts/chromium.mjs';
import { startCity, type City } from './city.js';

const PICTURES = '.cache/browser-pictures';
const PATIENCE = { timeout: 30_000 };
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/** What the banner said, and how many cars were shown meanwhile. */
interface BannerNote {
  connection: string;
  cars: number;
}

/** Lost by a reload, which must not be what brings the page back. */
const NOTE_BANNERS = `
  globalThis.bannerNotes = [];
  new MutationObserver(() => {
    const banner = document.querySelector('.banner');
    if (!banner) return;
    const cars = Number(document.querySelector('.map-status strong').textContent);
    bannerNotes.push({ connection: banner.dataset.connection, cars });
  }).observe(document.body, { childList: true, subtree: true, attributes: true });
`;

describe("the dispatcher's page in a browser", () => {
  let city: City;
  let browser: Browser;
  const faults: string[] = [];

  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    city = await startCity();
    const { program, env } = await findChromium();
    browser = await chromium.launch({ executablePath: program, env, args: FLAGS });
  });
  afterAll(async () => {
    await browser?.close();
    await city?.stop();
  });

  /** A page of a new visitor; errors in it and requests to other servers fail the test. */
  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && host !== new URL(city.url).host)
        faults.push(`request to ${host}`);
    });
    await page.goto(city.url);
    return page;
  }

  async function signIn(page: Page): Promise<void> {
    await page.fill('input[name=email]', city.login.email);
    await page.fill('input[name=password]', city.login.password);
    await page.click('button[type=submit]');
    await page.waitForSelector('.live-map');
  }

  const carsInView = async (page: Page) =>
    Number(await page.locator('.map-status strong').textContent());

  async function untilCars(page: Page): Promise<void> {
    await expect.poll(() => carsInView(page), PATIENCE).toBeGreaterThan(0);
  }

  /** The rules of WCAG that a program can check. */
  async function expectAccessible(page: Page, view: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${view}: ${id} ${nodes[0]?.html}`)).toEqual([]);
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
    await page.screenshot({ path: `${PICTURES}/map.png` });
    await expectAccessible(page, 'map');
    await page.reload();
    await untilCars(page);
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toMatch(/eyJ/);
    await page.context().close();
    expect(faults).toEqual([]);
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
    await page.screenshot({ path: `${PICTURES}/trips.png` });
    await page.locator('tbody a.status').first().click();
    await page.waitForSelector('.timeline li');
    await expectAccessible(page, 'trip');
    await page.screenshot({ path: `${PICTURES}/trip.png`, fullPage: true });
    await page.context().close();
    expect(faults).toEqual([]);
  });

  it('[PAGE4] a driver is cut from the page: the session ends and the car leaves', async () => {
    const page = await openPage();
    await signIn(page);
    await page.goto(`${city.url}/drivers/${city.driverIds[0]}`);
    await page.waitForSelector('.driver-panel .sessions button');
    await expectAccessible(page, 'driver');
    await page.screenshot({ path: `${PICTURES}/driver.png` });
    await page.locator('.driver-panel .sessions button.danger').first().click();
    await page.locator('dialog[open] button[type=submit]').click();
    const sessions = page.locator('.driver-panel .sessions button.danger');
    await expect.poll(() => sessions.count(), PATIENCE).toBe(0);
    await city.untilGone(city.driverIds[0]!);
    await page.context().close();
    expect(faults).toEqual([]);
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
    const overflow = () =>
      page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
    expect(await overflow()).toBe(0);
    await expectAccessible(page, 'map in Spanish');
    await page.screenshot({ path: `${PICTURES}/phone.png` });
    await page.click('nav a[href="/trips"]');
    await page.waitForSelector('tbody tr');
    expect(await overflow()).toBe(0);
    await expectAccessible(page, 'trips in Spanish');
    await page.context().close();
    expect(faults).toEqual([]);
  });

  it('[PAGE5] an instance is killed: the page says so, comes back on the other one and shows cars again', async () => {
    const page = await openPage();
    await signIn(page);
    await untilCars(page);
    await page.evaluate(NOTE_BANNERS);
    await city.killInstance();
    const said = () => page.evaluate<BannerNote[]>('bannerNotes');
    await expect.poll(async () => (await said()).length, PATIENCE).toBeGreaterThan(0);
    // It may be back before anybody could look: the page itself notes what it said and showed.
    const [first] = await said();
    expect(first).toMatchObject({ connection: 'resuming' });
    expect(first!.cars).toBeGreaterThan(0);
    await page.waitForSelector('.banner', { state: 'detached' });
    await untilCars(page);
    expect(await page.evaluate<boolean>('bannerNotes !== undefined')).toBe(true);
    await page.context().close();
    expect(faults).toEqual([]);
  });
});
