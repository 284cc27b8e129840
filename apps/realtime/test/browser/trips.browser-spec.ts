import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType } from '#libs/contracts';
import { startCity, type City } from './city.js';
import { Office } from './office.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  PICTURES,
  signIn,
  Visitors,
} from './visitors.js';

/** More than one answer of the server holds. */
const TRIPS = 130;
const PLACES = {
  paymentMode: 'wallet',
  pickupPoint: { lat: -34.6, lng: -56.16 },
  stops: [{ lat: -34.61, lng: -56.17 }],
};

describe('the trips of a dispatcher', () => {
  let city: City;
  let visitors: Visitors;
  let office: Office;

  beforeAll(async () => {
    // The office asks faster than people do; a search does not end while a slow machine looks at it.
    city = await startCity({
      drivers: 15,
      passengers: 3,
      env: {
        REST_RATE_BURST: '2000',
        DISPATCH_SEARCH_TIME: '10m',
        TRIP_STUCK_AFTER: 'pending=2m,assigning=5s,accepted=10m,arriving=20m,in_progress=3h',
      },
    });
    visitors = await Visitors.start();
    office = new Office(city);
  });
  afterAll(async () => {
    office?.close();
    await visitors?.close();
    await city?.stop();
  });

  const openAt = async (path: string, options = {}): Promise<Page> => {
    const page = await visitors.open(`${city.url}${path}`, options);
    await signIn(page, city.login);
    return page;
  };
  /** A trip far away from all drivers. */
  const requestFor = (passengerId: string) =>
    office.ask<{ id: string }>('POST', 'admin/trips', { ...PLACES, passengerId });

  it('[PAGE32] a list longer than an answer is scrolled to its end by keys, and saved as a whole', async () => {
    let current = '';
    for (let i = 0; i < TRIPS; i += 1) {
      // A passenger requests so many trips in a while and no more.
      if (i % 25 === 0) current = (await office.add(UserType.passenger, `Rider ${i}`)).id;
      const { id } = await requestFor(current);
      await office.ask('POST', `admin/trips/${id}/actions/cancel`, { reason: `for the list ${i}` });
    }
    const page = await openAt('/trips?paymentMode=wallet');
    await page.waitForSelector('tbody tr[data-trip]');
    expect(await page.locator('.trips-count').getAttribute('data-total')).toBe(String(TRIPS));
    expect(await page.locator('tbody tr').count()).toBeLessThan(80);
    await expectAccessible(page, 'trips');
    await picture(page, 'trips-list');
    await page.locator('tbody a.status').first().focus();
    await page.keyboard.press('ArrowDown');
    const focusedRow = () =>
      page.evaluate<string | undefined>("document.activeElement.closest('tr')?.dataset.row");
    expect(await focusedRow()).toBe('1');
    const secondPage = '**/api/admin/trips?*page=2*';
    await page.route(secondPage, (route) => route.fulfill({ status: 503, json: {} }));
    await page.keyboard.press('End');
    await page.getByText(`Trips 101 to ${TRIPS} of the list could not be read`).waitFor(PATIENCE);
    await page.unroute(secondPage);
    // Unless news of another trip had all of it read again already.
    await page.evaluate("document.querySelector('[role=alert] button')?.click()");
    await expect.poll(focusedRow, PATIENCE).toBe(String(TRIPS - 1));
    await page.locator(`tr[data-row="${TRIPS - 1}"][data-trip]`).waitFor(PATIENCE);
    const [download] = await Promise.all([
      page.waitForEvent('download', PATIENCE),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    const lines = readFileSync((await download.path())!, 'utf8')
      .trim()
      .split('\r\n');
    expect(lines).toHaveLength(TRIPS + 1);
    expect(new Set(lines.map((line) => line.split(',')[0])).size).toBe(TRIPS + 1);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE32] a trip shows its way, its offers and why drivers were asked or not, and takes every action with a reason', async () => {
    const { id: passengerId } = await office.add(UserType.passenger, 'Nora Lago');
    const { id } = await requestFor(passengerId);
    const page = await openAt(`/trips/${id}?onlyActive=true`);
    await page.locator('h1 .status-assigning').waitFor(PATIENCE);
    await page.locator('.place-map .pin-dropoff').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Say that there is no driver' }).click();
    await page.click('dialog[open] button[type=submit]');
    await page.locator('dialog[open] [role=alert]').waitFor();
    await page.fill('dialog[open] textarea[name=text]', 'nobody drives so far');
    await page.click('dialog[open] button[type=submit]');
    await page.locator('h1 .status-no_drivers_found').waitFor(PATIENCE);
    await page.getByText('nobody drives so far').first().waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('h1 .status-assigning').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Set the status' }).click();
    await page.selectOption('dialog[open] select', 'cancelled');
    await page.fill('dialog[open] textarea[name=text]', 'asked by phone');
    await page.fill('dialog[open] textarea[name=internalNote]', 'only for us');
    await page.click('dialog[open] button[type=submit]');
    await page.locator('h1 .status-cancelled').waitFor(PATIENCE);
    await page.getByText('only for us').waitFor(PATIENCE);
    await expectAccessible(page, 'trip');
    await page.getByRole('link', { name: 'All trips' }).click();
    await page.waitForURL('**/trips?onlyActive=true');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE32] a trip that drivers took shows whom it was offered to, by name, is printed without what is for screens, and its chat is one step away', async () => {
    const page = await openAt('/trips?status=completed');
    // The first ride of the city has to end, which takes a while on a busy machine.
    await page.locator('tbody a.status').first().click({ timeout: 90_000 });
    await page.locator('.trip-table tbody tr').first().waitFor(PATIENCE);
    await page.locator('.considered a', { hasText: 'Simulated' }).first().waitFor(PATIENCE);
    await picture(page, 'trip-detail');
    await page.emulateMedia({ media: 'print' });
    expect(
      await page.locator('.shell-bar, .no-print, .trip > a').filter({ visible: true }).count(),
    ).toBe(0);
    expect(
      await page.locator('.timeline li, .trip-facts dd').filter({ visible: true }).count(),
    ).toBeGreaterThan(10);
    await page.screenshot({ path: `${PICTURES}/trip-printed.png`, fullPage: true });
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: null });
    await page.getByRole('link', { name: 'Chat of the trip' }).click();
    await page.locator('.chat-pane').waitFor(PATIENCE);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE35] how long a trip is in its state grows as one looks, and what could not be read is said until it is there', async () => {
    const { id: passengerId } = await office.add(UserType.passenger, 'Inés Rocha');
    const { id } = await requestFor(passengerId);
    const act = (action: string, body: object) =>
      office.ask('POST', `admin/trips/${id}/actions/${action}`, body);
    const page = await openAt(`/trips?view=board&passengerId=${passengerId}`);
    const lists = '**/api/admin/trips?*';
    const alerts = page.getByRole('alert');
    /** What is shown grows by itself: nothing can be read meanwhile. */
    const grows = async (selector: string, path: string): Promise<void> => {
      const age = page.locator(selector).first();
      await age.waitFor(PATIENCE);
      await page.route(path, (route) => route.fulfill({ status: 503, json: {} }));
      const before = await age.textContent();
      await expect.poll(() => age.textContent(), PATIENCE).not.toBe(before);
    };
    await grows('.board-card time', lists);
    await page.unroute(lists);
    await page.goto(`${city.url}/trips?passengerId=${passengerId}`);
    await grows('tr[data-trip] time', lists);
    await act('send-message', { target: 'passenger', message: 'Something happens' });
    await alerts.filter({ hasText: 'could not be read' }).first().waitFor(PATIENCE);
    expect(await page.locator('tr[data-trip]').count()).toBe(1);
    await expectAccessible(page, 'trips that cannot be read');
    await picture(page, 'trips-not-read');
    await page.unroute(lists);
    await act('cancel', { reason: 'and comes to its end' });
    await page.locator('tr[data-trip] .status-cancelled').waitFor(PATIENCE);
    await expect.poll(() => alerts.count(), PATIENCE).toBe(0);

    // Nothing happens to it any more: what is missing comes because it is asked for.
    await page.route('**/events', (route) => route.fulfill({ status: 503, json: {} }));
    await page.locator('tr[data-trip] a.status').click();
    await page.getByText('What happened to the trip could not be read').waitFor(PATIENCE);
    await picture(page, 'trip-not-read');
    await page.unroute('**/events');
    await alerts.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.timeline li').first().waitFor(PATIENCE);
    await grows('h1 time', `**/api/admin/trips/${id}**`);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE37] what is typed into a dialog or an announcement is there after a reload, until it is sent or put away', async () => {
    const { id: passengerId } = await office.add(UserType.passenger, 'Olga Mar');
    const { id } = await requestFor(passengerId);
    const page = await openAt(`/trips/${id}`);
    const open = page.locator('dialog[open]');
    await page.getByRole('button', { name: 'Send a message' }).click();
    await open.locator('textarea').fill('We look for a driver');
    await open.locator('select').selectOption('passenger');
    await page.reload();
    await open.locator('textarea').waitFor(PATIENCE);
    expect(await open.locator('textarea').inputValue()).toBe('We look for a driver');
    expect(await open.locator('select').inputValue()).toBe('passenger');
    await page.keyboard.press('Escape');
    await open.waitFor({ state: 'detached' });
    const kept = () =>
      page.evaluate("Object.keys(sessionStorage).filter((key) => key.includes('kept')).length");
    await expect.poll(kept, PATIENCE).toBe(0);
    await page.goto(`${city.url}/chat/broadcast`);
    await page.check('input[value=drivers_in_area]');
    await page.fill('.broadcast textarea', 'Begun before a reload');
    const corners = page.locator('[data-corners="3"]');
    for (const x of [200, 300, 250])
      await page.locator('.place-map canvas').click({ position: { x, y: x - 100 } });
    await corners.waitFor(PATIENCE);
    await page.reload();
    await corners.waitFor(PATIENCE);
    expect(await page.inputValue('.broadcast textarea')).toBe('Begun before a reload');
    await page.check('input[value=drivers]');
    await page.click('.broadcast button[type=submit]');
    await page.locator('.notice.good').waitFor(PATIENCE);
    await expect.poll(kept, PATIENCE).toBe(0);
    await page.goto(`${city.url}/users/new`);
    await page.selectOption('.users-new select', 'passenger');
    await page.fill('.users-new input[name=name]', 'Half Typed');
    await page.fill('.users-new input[name=password]', 'never kept anywhere');
    await page.reload();
    await expect.poll(() => page.inputValue('.users-new input[name=name]')).toBe('Half Typed');
    expect(await page.inputValue('.users-new select')).toBe('passenger');
    expect(await page.evaluate<string>('JSON.stringify(sessionStorage)')).not.toContain('never');
    await page.locator('.users-new').getByRole('button', { name: 'Not now' }).click();
    await page.waitForURL(/\/users$/);
    expect(await kept()).toBe(0);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE32] a trip that is stuck stands on top of newer ones, once', async () => {
    const [waits, newer] = [
      await office.add(UserType.passenger, 'Zenón Primero'),
      await office.add(UserType.passenger, 'Zenón Segundo'),
    ];
    const { id: stuckId } = await requestFor(waits.id);
    const { id: newerId } = await requestFor(newer.id);
    await office.ask('POST', `admin/trips/${newerId}/actions/cancel`, { reason: 'is over' });
    const page = await openAt('/trips?q=zenon');
    const top = page.locator(`tr[data-row="0"][data-trip="${stuckId}"]`);
    await top.locator('.stuck').waitFor(PATIENCE);
    const shown = () =>
      page.evaluate(
        "[...document.querySelectorAll('tr[data-trip]')].map((row) => row.dataset.trip)",
      );
    await expect.poll(shown, PATIENCE).toEqual([stuckId, newerId]);
    await expectAccessible(page, 'stuck trips');
    await picture(page, 'trips-stuck');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE38] in Spanish what happened and what the server refuses is said in Spanish', async () => {
    const { id: passengerId } = await office.add(UserType.passenger, 'Pilar Soto');
    const { id } = await requestFor(passengerId);
    const page = await openAt(`/trips/${id}`, { locale: 'es-UY' });
    await page
      .locator('.timeline', { hasText: 'Empezó la búsqueda de conductor' })
      .first()
      .waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Enviar un mensaje' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('select').selectOption('driver');
    await dialog.locator('textarea').fill('¿Dónde está?');
    await dialog.getByRole('button', { name: 'Confirmar' }).click();
    // Nobody drives it yet.
    await dialog
      .getByText('El viaje siguió mientras tanto: ahora no es posible.')
      .waitFor(PATIENCE);
    await picture(page, 'refusal-in-spanish');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE32] the board has a column for each state, also on a phone and in Spanish', async () => {
    const page = await openAt('/trips?view=board', {
      locale: 'es-UY',
      colorScheme: 'dark',
      viewport: { width: 390, height: 800 },
    });
    await page.locator('.board-card').first().waitFor(PATIENCE);
    expect(await page.locator('.board-column').count()).toBeGreaterThanOrEqual(5);
    await expectAccessible(page, 'board');
    await expectNoOverflow(page, 'board');
    await picture(page, 'board-phone');
    await page.locator('.board-card').first().click();
    await page.waitForURL('**/trips/*');
    await expectNoOverflow(page, 'trip');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});
