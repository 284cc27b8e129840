import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCity, type City } from './city.js';
import { startPrefixProxy } from './prefix-proxy.js';
import { expectAccessible, PATIENCE, picture, signIn, untilCars, Visitors } from './visitors.js';

describe('the page without a mouse', () => {
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

  const focused = (page: Page) =>
    page.evaluate<string>('document.activeElement.tagName.toLowerCase()');

  it('[PAGE8] one signs in, goes to every view, moves in lists, opens a trip and comes back by keys alone', async () => {
    const page = await visitors.open(city.url);
    const { keyboard } = page;
    await page.waitForSelector('input[name=email]');
    await keyboard.type(city.login.email);
    await keyboard.press('Tab');
    await keyboard.type(city.login.password);
    await keyboard.press('Enter');
    await untilCars(page);
    expect(await page.title()).toBe('Map · Ridewire');

    await keyboard.type('gt');
    await page.waitForURL('**/trips');
    await page.waitForSelector('tbody tr');
    expect(await page.title()).toBe('Trips · Ridewire');
    expect(await focused(page)).toBe('main');
    await keyboard.press('ArrowDown');
    expect(await page.locator('tbody tr a.status').first().getAttribute('href')).toBe(
      await page.evaluate<string>("document.activeElement.getAttribute('href')"),
    );
    await keyboard.press('Enter');
    await page.waitForURL('**/trips/*');
    await page.waitForSelector('.timeline li');
    await keyboard.press('Escape');
    await page.waitForURL('**/trips');

    await keyboard.press('/');
    expect(await focused(page)).toBe('input');
    // What is typed into a field is no shortcut.
    await keyboard.type('gm?');
    expect(new URL(page.url()).pathname).toBe('/trips');
    await keyboard.press('Escape');
    await keyboard.press('Escape');
    await keyboard.type('gm');
    await page.waitForSelector('.live-map');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE8] the palette goes to views, finds trips and drivers, and changes theme and language', async () => {
    // The map is busy where there is no GPU: most of it is done without it.
    const page = await visitors.open(`${city.url}/trips`);
    await signIn(page, city.login);
    const { keyboard } = page;
    const command = async (text: string): Promise<void> => {
      await keyboard.press('Control+k');
      await page.waitForSelector('.palette[open]');
      await keyboard.type(text);
      await page.waitForSelector('.palette li[aria-selected=true]');
    };
    await command('dark');
    await expectAccessible(page, 'palette');
    await picture(page, 'palette');
    await keyboard.press('Enter');
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await command(city.driverIds[0]!);
    await keyboard.press('Enter');
    await page.waitForSelector('.driver-panel');
    expect(page.url()).toContain(`/drivers/${city.driverIds[0]}`);
    await command('Trips');
    await keyboard.press('Enter');
    await page.waitForSelector('tbody tr');
    await command('español');
    await keyboard.press('Enter');
    await expect.poll(() => page.getAttribute('html', 'lang'), PATIENCE).toBe('es');
    await keyboard.press('?');
    await page.waitForSelector('dialog[open] .help-keys');
    await expectAccessible(page, 'help');
    await picture(page, 'help');
    await keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await command('salir');
    await keyboard.press('Enter');
    await page.waitForSelector('.sign-in');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[MAP8] the palette finds drivers, passengers and dispatchers by name, number and plate', async () => {
    const ask = async (method: string, path: string, body: object): Promise<string> => {
      const response = await fetch(`${city.url}/api/admin/users${path}`, {
        method,
        headers: { 'x-api-key': city.apiKey, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
      return ((await response.json()) as { data: { id: string } }).data.id;
    };
    const add = (person: object) =>
      ask('POST', '', { password: 'password of somebody', ...person });
    const driver = await add({
      userType: 'driver',
      name: 'Rocío Báez',
      email: 'rocio@example.com',
    });
    const car = { make: 'Fiat', model: 'Cronos', color: 'white', plate: 'SCP 7041' };
    await ask('PUT', `/${driver}/vehicle`, car);
    const passenger = await add({
      userType: 'passenger',
      name: 'Tadeo Rocha',
      phoneNumber: '+59894123987',
    });
    const admin = await add({
      userType: 'admin',
      name: 'Ulises Rocamora',
      email: 'ulises@example.com',
    });
    const page = await visitors.open(`${city.url}/trips`);
    await signIn(page, city.login);
    for (const [typed, path] of [
      ['rocio ba', `/drivers/${driver}`],
      ['scp-7041', `/drivers/${driver}`],
      ['94123987', `/users/${passenger}`],
      ['ulises', `/users/${admin}`],
    ] as const) {
      await page.keyboard.press('Control+k');
      await page.locator('.palette[open] input').fill(typed);
      const found = page.locator('.palette [role=option]', { hasText: / (?:Báez|Roc)/ });
      await found.first().waitFor(PATIENCE);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**${path}**`, PATIENCE);
    }
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE7] behind a proxy that serves it below a prefix the page is the same, and stays signed in', async () => {
    const proxy = await startPrefixProxy('/ridewire', city.url);
    const page = await visitors.open(`${proxy.url}/ridewire/trips?onlyActive=true`);
    await signIn(page, city.login);
    await page.waitForSelector('tbody tr');
    await page.locator('tbody tr a.status').first().click();
    await page.waitForURL('**/ridewire/trips/*');
    await page.reload();
    await page.waitForSelector('.timeline li');
    await page.keyboard.type('gm');
    await page.waitForURL('**/ridewire/');
    await untilCars(page);
    await page.context().close();
    await proxy.close();
    expect(visitors.faults).toEqual([]);
  });
});
