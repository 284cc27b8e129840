import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import { PATIENCE, picture, signIn, untilCars, Visitors, untilConnection } from './visitors.js';

/** What the banner said, when, and how many cars were shown meanwhile. */
interface Note {
  status: string;
  text: string;
  /** Since the notes began, ms. */
  afterMs: number;
  cars: number;
}

/** Kept by the page itself, and lost by a reload, which must not be what brings the page back. */
const NOTE_BANNERS = `
  globalThis.notes = [];
  globalThis.notesBegan = performance.now();
  new MutationObserver(() => {
    const banner = document.querySelector('[data-connection]');
    const cars = Number(document.querySelector('.map-status strong')?.textContent);
    notes.push({
      status: banner.dataset.connection,
      text: banner.textContent,
      afterMs: performance.now() - notesBegan,
      cars,
    });
  }).observe(document.querySelector('[data-connection]'), {
    childList: true,
    subtree: true,
    attributes: true,
    characterData: true,
  });
`;

describe('a page whose server is in trouble', () => {
  let city: City;
  let visitors: Visitors;

  beforeAll(async () => {
    city = await startCity({ drivers: 20, passengers: 4 });
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
  });

  async function openMap(): Promise<Page> {
    const page = await visitors.open(city.url);
    await signIn(page, city.login);
    await untilCars(page);
    await untilConnection(page, 'live');
    await page.evaluate(NOTE_BANNERS);
    return page;
  }

  const notes = (page: Page) => page.evaluate<Note[]>('notes');
  const frameAt = (page: Page) => page.evaluate<number>('ridewireMap.fleet.heardAt');

  /** That the page is as it was, goes on by itself, and has every trip of the server once. */
  async function expectBack(page: Page): Promise<void> {
    await untilConnection(page, 'live');
    const before = await frameAt(page);
    await expect.poll(() => frameAt(page), PATIENCE).toBeGreaterThan(before);
    expect((await notes(page)).length).toBeGreaterThan(0);
    await page.keyboard.type('gt');
    await page.waitForSelector('tbody tr');
    const rows = await page.evaluate<string[]>(
      "[...document.querySelectorAll('tbody tr')].map((row) => row.dataset.trip)",
    );
    expect(new Set(rows).size).toBe(rows.length);
    expect(await page.evaluate<boolean>('globalThis.notes !== undefined')).toBe(true);
  }

  it('[PAGE5] Redis is away: the page says within seconds how far it is behind, keeps its cars, and catches up', async () => {
    const page = await openMap();
    city.redis.cut();
    await untilConnection(page, 'behind');
    const [first] = await notes(page);
    expect(first).toMatchObject({ status: 'behind' });
    expect(first!.cars).toBeGreaterThan(0);
    await expect
      .poll(async () => (await notes(page)).at(-1)!.text, PATIENCE)
      .toMatch(/^(?:[6-9]|\d\d+) s behind, catching up/);
    await picture(page, 'redis-away');
    expect((await notes(page)).every(({ cars }) => cars > 0)).toBe(true);
    city.redis.mend();
    await expectBack(page);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE5] a view that cannot be loaded is named in its place, and comes by itself once it can', async () => {
    const page = await visitors.open(`${city.url}/trips`);
    const parts = /\/assets\/system-view\S*\.(?:js|css)$/;
    await page.route(parts, (route) => route.abort());
    await signIn(page, city.login);
    await page.waitForSelector('tbody tr');
    await page.click('nav a[href="/system"]');
    await page.locator('.not-loaded').waitFor(PATIENCE);
    await page.unroute(parts);
    await page.locator('.charts canvas').first().waitFor(PATIENCE);
    // Its own style is there too.
    const position = "getComputedStyle(document.querySelector('.u-over')).position";
    await expect.poll(() => page.evaluate(position), PATIENCE).toBe('absolute');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE5] an instance is killed: the page says so within 3 s, keeps its cars, and goes on on the other one', async () => {
    const page = await openMap();
    const killedAfterMs = await page.evaluate<number>('performance.now() - notesBegan');
    await city.killInstance();
    await expect.poll(async () => (await notes(page)).length, PATIENCE).toBeGreaterThan(0);
    const [first] = await notes(page);
    console.log(
      `a killed instance was noticed after ${Math.round(first!.afterMs - killedAfterMs)} ms`,
    );
    expect(first).toMatchObject({ status: 'lost' });
    expect(first!.text).toMatch(/^Connection lost/);
    expect(first!.cars).toBeGreaterThan(0);
    await expectBack(page);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});

describe('a page whose server hangs', () => {
  it('[PAGE5] an instance says nothing any more: the page says so within seconds, and leaves it for the other one', async () => {
    const city = await startCity({ drivers: 12, passengers: 3 });
    const visitors = await Visitors.start();
    try {
      const page = await visitors.open(`${city.url}/trips`);
      await signIn(page, city.login);
      await page.waitForSelector('tbody tr');
      await untilConnection(page, 'live');
      city.freezeInstance();
      await untilConnection(page, 'behind');
      await untilConnection(page, 'lost');
      await untilConnection(page, 'live');
      expect(visitors.faults).toEqual([]);
    } finally {
      await visitors.close();
      await city.stop();
    }
  });
});
