import { type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType } from '#libs/contracts';
import { startCity, type City } from './city.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  signIn,
  Visitors,
} from './visitors.js';

/** A whole trip on a busy machine. */
const TRIP_TIMEOUT_MS = 400_000;
const PASSWORD = 'password-of-people';
const CAR = { make: 'Chevrolet', model: 'Onix', color: 'Blanco', plate: 'SBX 4182' };
const PHONE = { viewport: { width: 390, height: 844 } };
/** The smallest screen, in the other language and in the dark. */
const SMALL_PHONE = {
  viewport: { width: 360, height: 740 },
  locale: 'es-UY',
  colorScheme: 'dark',
} as const;

describe('the pages of a passenger, a driver and a guest in a browser', () => {
  let city: City;
  let visitors: Visitors;
  /** Each test has people of its own. */
  let rides = 0;

  beforeAll(async () => {
    // Nobody but the driver of this test is there to take the trip; a busy machine thinks for long.
    city = await startCity({ drivers: 0, env: { DISPATCH_OFFER_TTL: '110s' } });
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
  });

  async function rest<T>(method: string, path: string, body: object): Promise<T> {
    const response = await fetch(`${city.url}/api/${path}`, {
      method,
      headers: { 'x-api-key': city.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
    return ((await response.json()) as { data: T }).data;
  }

  const addUser = (userType: UserType, email: string, name: string) =>
    rest<{ id: string }>('POST', 'admin/users', { userType, email, name, password: PASSWORD });

  async function enter(page: Page, email: string): Promise<void> {
    await page.fill('input[name=email]', email);
    await page.fill('input[name=password]', PASSWORD);
    await page.click('button[type=submit]');
    await page.waitForSelector('.phone');
  }

  const press = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name }).first().click(PATIENCE);
  const heading = (page: Page, name: string) =>
    page.getByRole('heading', { name, exact: true }).waitFor(PATIENCE);

  /** Goes on to it by the Tab key, as somebody without a mouse does. */
  async function tabTo(page: Page, target: Locator): Promise<void> {
    await target.waitFor(PATIENCE);
    const isThere = async () => (await target.and(page.locator(':focus')).count()) > 0;
    for (let steps = 0; !(await isThere()); steps += 1) {
      expect(steps, 'steps of the Tab key').toBeLessThan(80);
      await page.keyboard.press('Tab');
    }
  }

  async function use(page: Page, name: string, within: Page | Locator = page): Promise<void> {
    await tabTo(page, within.getByRole('button', { name, exact: true }));
    await page.keyboard.press('Enter');
  }

  async function choose(page: Page, label: string, street: string): Promise<void> {
    await page.getByLabel(label, { exact: true }).fill(street);
    await page.locator('.place-found button').first().click(PATIENCE);
  }

  /** As it is looked at: nothing is wider than the screen, and axe finds nothing. */
  async function expectFine(page: Page, state: string): Promise<void> {
    await expectNoOverflow(page, state);
    await expectAccessible(page, state);
    await picture(page, state);
  }

  /** Both on the street of the pickup: the driver waits for offers, the passenger has asked for a ride. */
  async function requested(
    beginElsewhere?: (ride: Page) => Promise<void>,
  ): Promise<{ ride: Page; drive: Page; passengerId: string }> {
    const [ana, bruno] = [`ana-${(rides += 1)}@example.com`, `bruno-${rides}@example.com`];
    const passenger = await addUser(UserType.passenger, ana, 'Ana Pereira');
    const driver = await addUser(UserType.driver, bruno, 'Bruno Díaz');
    await rest('PUT', `admin/users/${driver.id}/vehicle`, CAR);
    const ride = await visitors.open(`${city.url}/ride`, PHONE);
    await expectFine(ride, 'ride-sign-in');
    await enter(ride, ana);
    const drive = await visitors.open(`${city.url}/drive?at=-34.9052,-56.1862`, SMALL_PHONE);
    await enter(drive, bruno);
    await heading(drive, 'Está desconectado');
    await expectFine(drive, 'drive-offline');
    await press(drive, 'Conectarse');
    await heading(drive, 'Esperando ofertas');
    await drive.locator('.mark-own-car').waitFor({ state: 'attached', ...PATIENCE });
    await beginElsewhere?.(ride);
    await choose(ride, 'Pickup', '18 de julio 1400');
    await ride
      .locator('.mark-car')
      .first()
      .waitFor({ state: 'attached', ...PATIENCE });
    await choose(ride, 'Destination', 'bulevar artigas 1300');
    await press(ride, 'Add a stop');
    await ride.getByRole('heading', { name: 'Where to stop?' }).waitFor(PATIENCE);
    await choose(ride, 'Stop 1', 'avenida italia 2600');
    await ride.locator('.estimate strong').waitFor(PATIENCE);
    await expectFine(ride, 'ride-estimate');
    await press(ride, 'Request the ride');
    await heading(ride, 'Looking for a driver');
    return { ride, drive, passengerId: passenger.id };
  }

  /** A tap on the map chooses in place of what was begun in the field, and a reload takes nothing away. */
  async function tapPickup(ride: Page): Promise<void> {
    const addresses = Promise.withResolvers<void>();
    await ride.route(/\/addresses[^/]*\.json/, async (route) => {
      await addresses.promise;
      await route.continue();
    });
    const pickup = ride.getByLabel('Pickup', { exact: true });
    await pickup.fill('avenida italia');
    const tapped = async () => {
      await ride.locator('.map-canvas canvas').click({ position: { x: 195, y: 150 }, ...PATIENCE });
      return pickup.inputValue();
    };
    await expect.poll(tapped, PATIENCE).not.toMatch(/^(?:avenida italia)?$/);
    await ride.locator('.place-found').waitFor({ state: 'detached', ...PATIENCE });
    // What is typed next stays when the address of the tap is found.
    await pickup.fill('bulevar');
    addresses.resolve();
    await ride.locator('.place-found button').first().waitFor(PATIENCE);
    expect(await pickup.inputValue()).toBe('bulevar');
    await ride.reload();
    await expect.poll(() => pickup.inputValue(), PATIENCE).not.toMatch(/^(?:bulevar)?$/);
  }

  /** The link of the trip, as the passenger would copy it. */
  async function sharedLink(ride: Page): Promise<string> {
    await press(ride, 'Share the trip');
    const link = ride.getByLabel('Link to the trip');
    await link.waitFor(PATIENCE);
    await expectFine(ride, 'ride-share');
    return link.inputValue();
  }

  it(
    '[PAGE21] one trip is the same to its passenger, its driver, a guest with the link and a dispatcher, from the request to the receipt',
    async () => {
      const desk = await visitors.open(`${city.url}/trips?onlyActive=true`);
      await signIn(desk, city.login);
      const { ride, drive } = await requested();
      await desk.getByText('Ana Pereira').first().waitFor(PATIENCE);

      await heading(drive, 'Un viaje para usted');
      await expectFine(drive, 'drive-offer');
      await press(drive, 'Aceptar');
      await heading(ride, 'Your driver is on the way');
      await ride.getByText('SBX 4182').waitFor(PATIENCE);
      await ride.locator('.mark-own-car').waitFor({ state: 'attached', ...PATIENCE });
      await expectFine(ride, 'ride-approach');
      await heading(drive, 'Vaya a la recogida');
      await expectFine(drive, 'drive-approach');
      await desk.getByText('Bruno Díaz').first().waitFor(PATIENCE);

      const share = await visitors.open(await sharedLink(ride), PHONE);
      await ride.locator('dialog[open]').getByRole('button', { name: 'Close' }).click();
      await heading(share, 'The driver is on the way');
      await share.getByText('SBX 4182').waitFor(PATIENCE);
      await share.locator('.mark-own-car').waitFor({ state: 'attached', ...PATIENCE });
      await expectFine(share, 'share-approach');

      await press(ride, /^Chat/);
      await press(drive, /^Chat/);
      await ride.getByLabel('Message', { exact: true }).pressSequentially('Blue coat');
      await drive.getByText('Ana Pereira está escribiendo…').waitFor(PATIENCE);
      await press(ride, 'Send');
      await drive.getByText('Blue coat').waitFor(PATIENCE);
      await press(drive, 'Ya llegué');
      await ride.getByText('Ya llegué').waitFor(PATIENCE);
      await ride.getByText(/· read$/).waitFor(PATIENCE);
      await expectFine(ride, 'ride-chat');
      await expectFine(drive, 'drive-chat');
      await ride.keyboard.press('Escape');
      await drive.keyboard.press('Escape');

      await press(drive, 'He llegado');
      await heading(ride, 'Your driver is here');
      await press(drive, 'Empezar el viaje');
      for (const page of [ride, share]) await heading(page, 'Riding');
      // What is shown outlives a reload of either page.
      await Promise.all([ride.reload(), drive.reload()]);
      await heading(ride, 'Riding');
      await heading(drive, 'Vaya a la parada 1 / 1');
      await expectFine(drive, 'drive-to-stop');
      await press(drive, 'Seguir desde aquí');
      await heading(drive, 'Vaya al destino');
      await drive.reload();
      await heading(drive, 'Vaya al destino');
      await expectFine(ride, 'ride-riding');
      await press(drive, 'Terminar el viaje');
      await heading(ride, 'You have arrived');
      await heading(drive, 'El viaje terminó');
      await heading(share, 'Arrived');
      for (const page of [ride, drive])
        await expect(page.locator('.total').textContent()).resolves.toMatch(/\d/);
      await expectFine(ride, 'ride-receipt');
      await expectFine(drive, 'drive-receipt');
      await expectFine(share, 'share-end');
      await desk.goto(`${city.url}/trips?status=completed`);
      await desk.getByText('Ana Pereira').first().waitFor(PATIENCE);
      await press(ride, 'Plan a new ride');
      await heading(ride, 'Where are you?');
      await press(drive, 'Otro viaje');
      await press(drive, 'Desconectarse');
      await heading(drive, 'Está desconectado');
      await Promise.all([desk, ride, drive, share].map((page) => page.context().close()));
      expect(visitors.faults).toEqual([]);
    },
    TRIP_TIMEOUT_MS,
  );

  it(
    '[PAGE8] a ride is requested, accepted and cancelled without a mouse',
    async () => {
      const [nora, tito] = [`nora-${(rides += 1)}@example.com`, `tito-${rides}@example.com`];
      await addUser(UserType.passenger, nora, 'Nora Sosa');
      await addUser(UserType.driver, tito, 'Tito Luna');
      const ride = await visitors.open(`${city.url}/ride`, PHONE);
      const drive = await visitors.open(`${city.url}/drive?at=-34.9052,-56.1862`, PHONE);
      for (const [page, email] of [
        [ride, nora],
        [drive, tito],
      ] as const) {
        await page.waitForSelector('input[name=email]');
        await page.keyboard.type(email);
        await page.keyboard.press('Tab');
        await page.keyboard.type(PASSWORD);
        await page.keyboard.press('Enter');
        await page.waitForSelector('.phone');
      }
      await use(drive, 'Go online');
      await heading(drive, 'Waiting for offers');
      await drive.locator('.mark-own-car').waitFor({ state: 'attached', ...PATIENCE });
      for (const [label, street] of [
        ['Pickup', '18 de julio 1400'],
        ['Destination', 'bulevar artigas 1300'],
      ] as const) {
        await tabTo(ride, ride.getByLabel(label, { exact: true }));
        await ride.keyboard.type(street);
        const found = ride.locator('.place-found button').first();
        await found.waitFor(PATIENCE);
        await tabTo(ride, found);
        await ride.keyboard.press('Enter');
      }
      await ride.locator('.estimate strong').waitFor(PATIENCE);
      await use(ride, 'Request the ride');
      await heading(drive, 'A ride for you');
      await use(drive, 'Accept');
      await heading(ride, 'Your driver is on the way');
      await use(ride, 'Cancel the trip');
      await use(ride, 'Cancel the trip', ride.locator('dialog[open]'));
      await heading(ride, 'The trip was cancelled');
      await heading(drive, 'This trip is yours no more');
      await use(drive, 'Next ride');
      await use(drive, 'Go offline');
      await heading(drive, 'You are offline');
      await Promise.all([ride, drive].map((page) => page.context().close()));
      expect(visitors.faults).toEqual([]);
    },
    TRIP_TIMEOUT_MS,
  );

  it(
    '[PAGE23] a driver changes from simulated positions to those of the device, and is told when it has none',
    async () => {
      const email = `gala-${(rides += 1)}@example.com`;
      const { id } = await addUser(UserType.driver, email, 'Gala Ferro');
      // The device is a street away from where the simulated car is.
      const here = { latitude: -34.9062, longitude: -56.1865, accuracy: 7 };
      const page = await visitors.open(`${city.url}/drive?at=-34.9052,-56.1862`, {
        ...PHONE,
        permissions: ['geolocation'],
        geolocation: here,
      });
      await enter(page, email);
      await press(page, 'Go online');
      await page.locator('.mark-own-car').waitFor({ state: 'attached', ...PATIENCE });
      await page.getByLabel('This device').check();
      const newest = async () => {
        const response = await fetch(`${city.url}/api/driver-availability/${id}/history`, {
          headers: { 'x-api-key': city.apiKey },
        });
        const { data } = (await response.json()) as { data: { lat: number; lng: number }[] };
        const { lat, lng } = data.at(-1) ?? {};
        return [lat, lng];
      };
      // Measured anew each time: the first one is as old as the page, and older than simulated ones.
      const there = { latitude: -34.9064, longitude: -56.1866, accuracy: 7 };
      const measured = async () => {
        await page.context().setGeolocation(there);
        return newest();
      };
      await expect.poll(measured, PATIENCE).toEqual([there.latitude, there.longitude]);
      await expectFine(page, 'drive-device');
      // A device that cannot tell where it is.
      await page.context().setGeolocation(null);
      await page.getByRole('alert').getByText('The position cannot be measured').waitFor(PATIENCE);
      await expectFine(page, 'drive-no-gps');
      await press(page, 'Go offline');
      await heading(page, 'You are offline');
      await page.context().close();
      expect(visitors.faults).toEqual([]);
    },
    TRIP_TIMEOUT_MS,
  );

  it(
    '[PAGE22] a trip that is declined and cancelled ends on all pages, and a link says why it opens nothing',
    async () => {
      const { ride, drive, passengerId } = await requested(tapPickup);
      await heading(drive, 'Un viaje para usted');
      await press(drive, 'Rechazar');
      await heading(drive, 'Esperando ofertas');
      const link = await sharedLink(ride);
      const share = await visitors.open(link, SMALL_PHONE);
      await heading(share, 'Buscando conductor');
      await press(ride, 'Stop sharing');
      await heading(share, 'Ya no se comparte');
      await expectFine(share, 'share-revoked');
      await share.reload();
      await heading(share, 'Este enlace no abre ningún viaje');
      await expectFine(share, 'share-invalid');
      await ride.locator('dialog[open]').getByRole('button', { name: 'Close' }).click();
      await press(ride, 'Cancel the trip');
      await expectFine(ride, 'ride-cancel');
      await ride.locator('dialog[open]').getByRole('button', { name: 'Cancel the trip' }).click();
      await heading(ride, 'The trip was cancelled');
      await expectFine(ride, 'ride-cancelled');
      // A session that ends throws its page out, with the reason.
      await rest('POST', `admin/users/${passengerId}/suspend`, {});
      await ride.getByRole('alert').waitFor(PATIENCE);
      await expectFine(ride, 'ride-thrown-out');
      await press(drive, 'Desconectarse');
      await heading(drive, 'Está desconectado');
      await Promise.all([ride, drive, share].map((page) => page.context().close()));
      expect(visitors.faults).toEqual([]);
    },
    TRIP_TIMEOUT_MS,
  );
});
