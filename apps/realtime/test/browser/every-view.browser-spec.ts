import { type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  signIn,
  Visitors,
  untilConnection,
} from './visitors.js';

const DESK = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 800 };
const SMALL_PHONE = { width: 360, height: 640 };

interface Look extends BrowserContextOptions {
  name: string;
  colorScheme: 'light' | 'dark';
}

/** Both languages, on a desk and on a phone; each view then changes its theme. */
const LOOKS: Look[] = [
  { name: 'light', colorScheme: 'light', locale: 'en-GB', viewport: DESK },
  { name: 'dark-phone', colorScheme: 'dark', locale: 'es-UY', viewport: PHONE },
];
/** Every view is loaded anew and looked at by axe. */
const LONG_MS = 400_000;

describe('every view of the page', () => {
  let city: City;
  let visitors: Visitors;
  let tripId: string;

  beforeAll(async () => {
    city = await startCity({ drivers: 15, passengers: 4 });
    visitors = await Visitors.start();
    const page = await visitors.open(`${city.url}/trips`);
    await signIn(page, city.login);
    await page.waitForSelector('tbody tr');
    tripId = (await page.locator('tbody tr').first().getAttribute('data-trip'))!;
    await page.context().close();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
  });

  /** Those of the navigation, a trip, a driver, a list without anything, and what is not there. */
  async function viewsOf(page: Page): Promise<[name: string, path: string][]> {
    const paths = await page.evaluate<string[]>(
      "[...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))",
    );
    return [
      ...paths.map((path): [string, string] => [path.slice(1) || 'map', path]),
      ['trip', `/trips/${tripId}`],
      ['driver', `/drivers/${city.driverIds[0]}`],
      ['trips-empty', '/trips?q=nothing-is-called-so'],
      ['trip-unknown', '/trips/no-such-trip'],
      ['driver-unknown', '/drivers/no-such-driver'],
    ];
  }

  /** Its view is there, and not only what is shown until then. */
  async function untilShown(page: Page): Promise<void> {
    const isShown = () =>
      page.evaluate<boolean>(
        "document.querySelector('main')?.childElementCount > 1 && !document.querySelector('.loading, .map-loading')",
      );
    await expect.poll(isShown, PATIENCE).toBe(true);
  }

  it.each(LOOKS)(
    '[PAGE6] $name: each passes the checks of axe, fits the screen, and is the same after a reload',
    async ({ name, ...look }) => {
      // What moves costs a page without a GPU most of its time.
      const page = await visitors.open(`${city.url}/system`, { ...look, reducedMotion: 'reduce' });
      await expectAccessible(page, `sign-in ${name}`);
      await picture(page, `sign-in-${name}`);
      await signIn(page, city.login);
      const language = await page.getAttribute('html', 'lang');
      expect(language).toBe(look.locale!.slice(0, 2));
      expect(await page.getAttribute('html', 'data-theme')).toBe(look.colorScheme);
      for (const [view, path] of await viewsOf(page)) {
        await page.goto(city.url + path);
        await untilShown(page);
        await untilConnection(page, 'live');
        await expectAccessible(page, `${view} ${name}`);
        await expectNoOverflow(page, `${view} ${name}`);
        await picture(page, `${view}-${name}`);
        const otherTheme = look.colorScheme === 'light' ? 'dark' : 'light';
        await page.emulateMedia({ colorScheme: otherTheme });
        await page.waitForSelector(`html[data-theme=${otherTheme}]`);
        await expectAccessible(page, `${view} ${name}, then ${otherTheme}`);
        await picture(page, `${view}-${name}-then-${otherTheme}`);
        await page.emulateMedia({ colorScheme: look.colorScheme });
        const { pathname, search } = new URL(path, city.url);
        // A view may add to its address, as the map does; it takes nothing away.
        const shown = new URL(page.url());
        expect(shown.pathname).toBe(pathname);
        expect(shown.search).toContain(search);
        expect(await page.title()).toMatch(/ · Ridewire$/);
      }
      expect(visitors.faults).toEqual([]);
      await page.context().close();
    },
    LONG_MS,
  );

  it('[PAGE6] on the smallest phone nothing is wider than the screen', async () => {
    const page = await visitors.open(`${city.url}/system`, {
      viewport: SMALL_PHONE,
      locale: 'es-UY',
      reducedMotion: 'reduce',
    });
    await signIn(page, city.login);
    for (const [view, path] of await viewsOf(page)) {
      await page.goto(city.url + path);
      await untilShown(page);
      await expectNoOverflow(page, `${view} at 360 px`);
      await picture(page, `${view}-360`);
    }
    expect(visitors.faults).toEqual([]);
    await page.context().close();
  });

  it('[PAGE9] says how fast it is there', async () => {
    const page = await visitors.open(city.url);
    await page.waitForSelector('.sign-in');
    const paint = async (): Promise<number> =>
      page.evaluate<number>(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0",
      );
    await expect.poll(paint, PATIENCE).toBeGreaterThan(0);
    console.log(`first paint of the sign-in: ${Math.round(await paint())} ms`);
    await page.context().close();
  });
});
