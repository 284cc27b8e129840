import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type ChatMessage } from '#libs/contracts';
import { until } from '#libs/testing';
import { startCity, type City } from './city.js';
import { Office, type Employee } from './office.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  signIn,
  untilConnection,
  Visitors,
} from './visitors.js';

const PHONE = { viewport: { width: 390, height: 800 }, colorScheme: 'dark' } as const;

describe('the work of a dispatcher at a desk', () => {
  let city: City;
  let visitors: Visitors;
  let office: Office;

  beforeAll(async () => {
    city = await startCity({ drivers: 20, passengers: 3 });
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
  const goOffline = async (page: Page): Promise<void> => {
    await page.context().setOffline(true);
    await page.evaluate("dispatchEvent(new Event('offline'))");
    await untilConnection(page, 'lost');
  };
  /** The conversation that the address names. */
  const shownIn = (page: Page): string =>
    decodeURIComponent(new URL(page.url()).pathname.split('/')[2]!);
  const say = async (page: Page, text: string): Promise<void> => {
    await page.fill('.composer textarea', text);
    await page.press('.composer textarea', 'Enter');
  };
  const choose = async (page: Page, field: string, text: string): Promise<void> => {
    await page.fill(field, text);
    await page.locator('[role=option]').first().click();
  };
  const confirm = async (page: Page, text?: string): Promise<void> => {
    if (text) await page.fill('dialog[open] textarea', text);
    await page.click('dialog[open] button[type=submit]');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
  };

  it('[PAGE30] a dispatcher finds a driver, writes, sees typing, the answer and that it was read, edits and deletes', async () => {
    const driver = await office.add(UserType.driver, 'Óscar Ñandú');
    const { conversations } = driver.client.chat();
    await driver.client.connect();
    const page = await openAt('/chat/new');
    await choose(page, '.chat-form [role=combobox]', 'oscar nan');
    await page.waitForSelector('.composer');
    await say(page, 'Where are you?');
    await page.waitForSelector('.message.own:not(.pending)');
    const conversationId = shownIn(page);
    expect(await conversations.join(conversationId)).toMatchObject({ ok: true });
    await page.locator('[data-receipt=delivered], [data-receipt=sent]').first().waitFor();
    await conversations.read(conversationId);
    await page.locator('[data-receipt=read]').waitFor(PATIENCE);

    driver.client.chat().send('chat:typing', { conversationId, isTyping: true });
    await page.locator('.chat-typing', { hasText: 'Óscar Ñandú' }).waitFor(PATIENCE);
    await conversations.say(conversationId, 'At the harbour.');
    await page.locator('.message', { hasText: 'At the harbour.' }).waitFor(PATIENCE);
    await expectAccessible(page, 'chat');
    await picture(page, 'chat');

    const texts = () => conversations.look(conversationId).messages.map(({ text }) => text);
    await page.locator('.message.own .message-more').click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await say(page, 'Where are you now?');
    await until('the driver sees the edit', () => texts()[0] === 'Where are you now?');
    await page.locator('.message.own .message-more').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await confirm(page);
    await until('the driver sees no text any more', () => texts()[0] === '');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE30] unread messages and mentions are counted until they are looked at; one link opens the conversation with a person', async () => {
    const driver = await office.add(UserType.driver, 'Ana Paz');
    await driver.client.connect();
    const page = await openAt(`/chat?with=${driver.id}`);
    await page.waitForSelector('.composer');
    const admin = await office.ask<{ id: string }>('GET', 'users/profile');
    const conversationId = shownIn(page);
    await page.click('nav a[href="/trips"]');
    const { conversations } = driver.client.chat();
    const send = (text: string, mentions: string[] = []) =>
      conversations.say(conversationId, text, { mentions });
    await send('one');
    await send('two', [admin.id]);
    await page.locator('.shell-nav .badge', { hasText: '2' }).waitFor(PATIENCE);
    await page.click('nav a[href="/chat"]');
    const entry = page.locator('.chat-list li', { hasText: 'Ana Paz' });
    expect(await entry.locator('.badge').textContent()).toContain('1 mentions of you');
    await picture(page, 'chat-unread');
    await entry.locator('a').click();
    await page.locator('.chat-new').waitFor();
    await entry.locator('.badge').waitFor({ state: 'detached', ...PATIENCE });
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE30] without a network a message waits and goes out once; one that is refused says why', async () => {
    const driver = await office.add(UserType.driver, 'Luz Sol');
    await driver.client.connect();
    const page = await openAt(`/chat?with=${driver.id}`);
    await page.waitForSelector('.composer');
    const conversationId = shownIn(page);
    await driver.client.chat().conversations.join(conversationId);
    await goOffline(page);
    await say(page, 'Written without a network');
    await page.locator('[data-pending=waiting]').waitFor();
    await page.context().setOffline(false);
    await page.locator('[data-pending]').waitFor({ state: 'detached', ...PATIENCE });
    const heard = () =>
      driver.client
        .chat()
        .conversations.look(conversationId)
        .messages.map(({ text }: ChatMessage) => text);
    await until('the driver has it', () => heard().length > 0);
    await say(page, 'x'.repeat(20_000));
    await page.locator('[data-pending=refused]').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.locator('[data-pending]').waitFor({ state: 'detached' });
    expect(heard()).toEqual(['Written without a network']);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE30] an announcement reaches the drivers in the area that was drawn', async () => {
    const page = await openAt('/chat/broadcast', { ...PHONE, locale: 'es-UY' });
    await page.check('input[value=drivers_in_area]');
    await choose(page, '.broadcast [role=combobox]', 'avenida italia 2600');
    await page.selectOption('.broadcast-circle select', '10000');
    await page.locator('[data-corners="32"]').waitFor();
    await page.fill('.broadcast textarea', 'Lluvia fuerte: manejen con cuidado.');
    await expectAccessible(page, 'announcement in Spanish');
    await expectNoOverflow(page, 'announcement');
    await picture(page, 'announcement');
    await page.click('.broadcast button[type=submit]');
    const said = await page.locator('.notice.good').textContent(PATIENCE);
    expect(Number(said?.match(/\d+/)?.[0])).toBeGreaterThan(0);
    await page.locator('.chat-form a.button').click();
    await page.locator('.message', { hasText: 'Lluvia fuerte' }).waitFor(PATIENCE);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE30] an announcement reaches whoever is within corners that were drawn, and nobody beyond', async () => {
    const [inside, outside] = [
      await office.add(UserType.driver, 'Inés Adentro'),
      await office.add(UserType.driver, 'Omar Afuera'),
    ];
    const said = (driver: Employee): string[] => {
      const texts: string[] = [];
      driver.client.chat().on('chat:message', ({ message }) => void texts.push(message.text));
      return texts;
    };
    const [heard, heardOutside] = [said(inside), said(outside)];
    const at = async (driver: Employee, lat: number, lng: number): Promise<void> => {
      await driver.client.connect();
      const drives = driver.client.drivers();
      await drives.request('driver:status:update', { isAvailableForTrips: true });
      const answer = await drives.request('driver:location:ping', { lat, lng });
      expect(answer).toMatchObject({ ok: true });
    };
    // The middle of the map that is drawn on, and a place that it does not show.
    await at(inside, -34.885, -56.17);
    await at(outside, -34.1, -56.17);
    const page = await openAt('/chat/broadcast');
    await page.check('input[value=drivers_in_area]');
    const map = page.locator('.place-map canvas');
    const { width, height } = (await map.boundingBox())!;
    for (const [x, y] of [
      [0.25, 0.15],
      [0.75, 0.15],
      [0.75, 0.8],
      [0.25, 0.8],
    ] as const)
      await map.click({ position: { x: x * width, y: y * height } });
    await page.locator('[data-corners="4"]').waitFor(PATIENCE);
    await page.fill('.broadcast textarea', 'Only for this part of the city.');
    await expectAccessible(page, 'announcement with corners');
    await picture(page, 'announcement-corners');
    await page.click('.broadcast button[type=submit]');
    await page.locator('.notice.good').waitFor(PATIENCE);
    await until('the driver within hears it', () => heard.length > 0);
    expect(heard).toEqual(['Only for this part of the city.']);
    // What is said to everybody comes after it: whoever has that would have had it.
    await page.getByRole('button', { name: 'Write another one' }).click();
    await page.fill('.broadcast textarea', 'For everybody.');
    await page.click('.broadcast button[type=submit]');
    await until('both hear the next one', () =>
      [heard, heardOutside].every((texts) => texts.includes('For everybody.')),
    );
    expect(heardOutside).toEqual(['For everybody.']);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE30] a dispatcher mutes somebody in a room, lets them write again, and closes and opens the room', async () => {
    const driver = await office.add(UserType.driver, 'Raúl Ruiz');
    await driver.client.connect();
    const page = await openAt('/chat/new');
    await page.fill('.chat-room-form input[name=name]', 'night shift');
    await page.reload();
    expect(await page.inputValue('.chat-room-form input[name=name]')).toBe('night shift');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForSelector('.composer');
    const conversationId = shownIn(page);
    const { conversations } = driver.client.chat();
    expect(await conversations.join(conversationId)).toMatchObject({ ok: true });
    const isRefused = async (text: string, code: string): Promise<void> => {
      const answer = await driver.client.chat().request('chat:send', {
        conversationId,
        clientMessageId: `${conversationId} ${text}`.replaceAll(' ', '-'),
        text,
      });
      expect(answer).toMatchObject({ ok: false, error: { code } });
    };
    await page.locator('.chat-members summary').click();
    const mute = page.getByLabel('Mute: Raúl Ruiz');
    await mute.selectOption('600');
    await page.getByText('Raúl Ruiz may not write until').waitFor(PATIENCE);
    await page.locator('.chat-members li', { hasText: 'muted until' }).waitFor(PATIENCE);
    await isRefused('muted', 'CHAT_MUTED');
    // Whoever looks later sees it as well.
    await page.reload();
    await page.locator('.chat-members summary').click();
    const muted = page
      .locator('.chat-members li', { hasText: 'Raúl Ruiz' })
      .locator('[data-muted]');
    await muted.filter({ hasText: 'by you' }).waitFor(PATIENCE);
    const muteEverywhere = (seconds: number) =>
      office.ask('PUT', `admin/chat/users/${driver.id}/mute`, { seconds });
    await muteEverywhere(600);
    await page.reload();
    await page.locator('.chat-members summary').click();
    const everywhere = page.locator('[data-muted-everywhere]');
    await everywhere.filter({ hasText: 'muted in all conversations until' }).waitFor(PATIENCE);
    await expectAccessible(page, 'members of a room');
    await picture(page, 'chat-members');
    await muteEverywhere(0);
    await mute.selectOption('0');
    await page.getByText('Raúl Ruiz may write again').waitFor(PATIENCE);
    await muted.waitFor({ state: 'detached', ...PATIENCE });
    await conversations.say(conversationId, 'I may write');
    await page.locator('.message', { hasText: 'I may write' }).waitFor(PATIENCE);
    await page.locator('.chat-members summary').click();
    await page.getByRole('button', { name: 'Close conversation' }).click();
    await confirm(page, 'the shift is over');
    await page.getByText('Closed since').waitFor(PATIENCE);
    await isRefused('closed', 'CHAT_CLOSED');
    await expectAccessible(page, 'closed room');
    await picture(page, 'chat-closed');
    await goOffline(page);
    await page.getByRole('button', { name: 'Open again' }).click();
    const refusal = page.locator('.chat-head [role=alert]');
    await refusal.filter({ hasText: 'It is still closed. There is no connection.' }).waitFor();
    await page.getByRole('button', { name: 'Leave' }).click();
    await refusal.filter({ hasText: 'You are still in this conversation.' }).waitFor();
    await page.context().setOffline(false);
    await untilConnection(page, 'live');
    await page.getByRole('button', { name: 'Open again' }).click();
    await page.locator('.composer').waitFor(PATIENCE);
    await refusal.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.waitForURL(/\/chat$/);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE31] a trip is booked by phone for a new passenger, by address and by a click, and followed; a reload loses nothing', async () => {
    const page = await openAt('/book');
    await page.getByRole('button', { name: 'New passenger' }).click();
    await page.fill('.booking-new input[name=name]', 'Clara Voz');
    await page.fill('.booking-new input[name=phone]', '+598 99 765 432');
    await page.click('.booking-new button[type=submit]');
    await page.locator('.booking-chosen', { hasText: 'Clara Voz' }).waitFor(PATIENCE);
    await choose(page, '.booking-place:nth-child(1) input', '18 de julio 1200');
    await page.locator('.place-map .pin-pickup').waitFor(PATIENCE);
    await page.click('.place-map canvas', { position: { x: 320, y: 260 } });
    await page.locator('.place-map .pin-dropoff').waitFor(PATIENCE);
    await page.locator('.booking-total').waitFor(PATIENCE);
    await expectAccessible(page, 'booking');
    await picture(page, 'booking');
    const address = page.url();
    await page.reload();
    await page.locator('.booking-chosen', { hasText: 'Clara Voz' }).waitFor(PATIENCE);
    await page.locator('.booking-total').waitFor(PATIENCE);
    expect(page.url()).toBe(address);
    await page.locator('.booking-price button.primary').click();
    await page.waitForURL('**/trips/*', PATIENCE);
    await page.getByText('Clara Voz').first().waitFor(PATIENCE);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE31] the booking is the same on a phone and in Spanish; a passenger who is on a trip is said to be', async () => {
    const passenger = await office.add(UserType.passenger, 'Rita Ríos');
    await office.ask('POST', 'admin/trips', {
      passengerId: passenger.id,
      paymentMode: 'cash',
      pickupPoint: { lat: -34.9, lng: -56.16 },
      stops: [{ lat: -34.91, lng: -56.17 }],
    });
    const page = await openAt(`/book?passenger=${passenger.id}`, { ...PHONE, locale: 'es-UY' });
    await page.locator('.booking-passenger .notice a').waitFor(PATIENCE);
    await expectAccessible(page, 'booking in Spanish');
    await expectNoOverflow(page, 'booking');
    await picture(page, 'booking-phone');
    await page.locator('.booking-price button.primary').click();
    await page.locator('.booking-price [role=alert]').waitFor();
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE31] a trip is booked over several stops, put in order; price, map and trip follow', async () => {
    const passenger = await office.add(UserType.passenger, 'Iris Paz');
    const page = await openAt(`/book?passenger=${passenger.id}&from=-34.9,-56.16&to=-34.91,-56.17`);
    const total = () => page.locator('.booking-total').getAttribute('data-total');
    const field = (index: number) => page.locator(`[data-stop="${index}"] input`);
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click(PATIENCE);
    await page.locator('.booking-total').waitFor(PATIENCE);
    const direct = await total();
    await press('Add a stop');
    await page.locator('.booking-price', { hasText: 'Choose every stop' }).waitFor(PATIENCE);
    // The keyboard is where the stop is written.
    await page.locator('[data-stop="0"] input:focus').waitFor(PATIENCE);
    await choose(page, '[data-stop="0"] input', 'avenida italia 2600');
    await page.locator('.booking-total').waitFor(PATIENCE);
    expect(Number(await total())).toBeGreaterThan(Number(direct));
    await press('Add a stop');
    await choose(page, '[data-stop="1"] input', '18 de julio 1200');
    await expect.poll(() => page.locator('.place-map .pin-stop').count(), PATIENCE).toBe(2);
    await page.locator('.booking-total').waitFor(PATIENCE);
    await expectAccessible(page, 'booking with stops');
    await picture(page, 'booking-stops');
    const [first, second] = [await field(0).inputValue(), await field(1).inputValue()];
    await press('Earlier: Stop 2');
    await expect.poll(() => field(0).inputValue(), PATIENCE).toBe(second);
    expect(await field(1).inputValue()).toBe(first);
    const address = page.url();
    await page.reload();
    await expect.poll(() => field(0).inputValue(), PATIENCE).toBe(second);
    expect(page.url()).toBe(address);
    await press('Take out: Stop 2');
    await expect.poll(() => page.locator('[data-stop]').count(), PATIENCE).toBe(2);
    await page.setViewportSize(PHONE.viewport);
    await expectNoOverflow(page, 'booking with stops');
    await picture(page, 'booking-stops-phone');
    await page.locator('.booking-total').waitFor(PATIENCE);
    await page.locator('.booking-price button.primary').click();
    await page.waitForURL('**/trips/*', PATIENCE);
    const facts = page.locator('.trip-facts div');
    await facts.filter({ hasText: 'Stop 1' }).filter({ hasText: second }).waitFor(PATIENCE);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE33] people are found by name, made, suspended and banned with a reason and taken back, and signed out', async () => {
    const driver = await office.add(UserType.driver, 'Zoe Quiroga');
    await driver.client.connect();
    const page = await openAt('/users');
    await page.waitForSelector('tbody tr');
    await page.fill('.users-filters input', 'nobody');
    await page.waitForURL(/q=nobody/);
    // The link to the view takes the filter away, and what was typed with it.
    await page.click('nav a[href="/users"]');
    await expect.poll(() => page.inputValue('.users-filters input'), PATIENCE).toBe('');
    await page.fill('.users-filters input', 'zoe q');
    await page.waitForURL(/q=zoe/);
    await expect.poll(() => page.locator('tbody tr').count(), PATIENCE).toBe(1);
    await page.locator('tbody a').first().click();
    await page.locator('.users-panel .sessions li').first().waitFor(PATIENCE);
    await expectAccessible(page, 'people');
    await picture(page, 'people');
    await page.getByRole('button', { name: 'Suspend' }).click();
    await confirm(page, 'papers have ended');
    await page.locator('.users-panel .account-suspended').waitFor(PATIENCE);
    await page.getByText('papers have ended').waitFor(PATIENCE);
    await until('the driver is out', () => driver.client.getState().status === 'closed');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator('.users-panel .account-active').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Ban' }).click();
    await confirm(page, 'drove without a licence');
    await page.locator('.users-panel .account-banned').waitFor(PATIENCE);
    await page.getByText('drove without a licence').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Reactivate' }).click();
    await confirm(page);
    await page.locator('.users-panel .account-active').waitFor(PATIENCE);
    await page.getByRole('link', { name: 'New account' }).click();
    await page.fill('.users-new input[name=name]', 'New Hand');
    await page.fill('.users-new input[name=email]', driver.email);
    await page.click('.users-new button[type=submit]');
    await page.getByText('There is an account with this e-mail address.').waitFor(PATIENCE);
    await page.fill('.users-new input[name=email]', 'new.hand@example.com');
    await page.click('.users-new button[type=submit]');
    await page.locator('.users-panel h2', { hasText: 'New Hand' }).waitFor(PATIENCE);
    await page.setViewportSize(PHONE.viewport);
    await expectNoOverflow(page, 'people');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[PAGE34] a dispatcher sees the own devices, signs one out, and signs out everywhere', async () => {
    const own = await office.add(UserType.admin, 'Desk Two');
    const [first, second] = [
      await visitors.open(`${city.url}/me`),
      await visitors.open(`${city.url}/me`, { ...PHONE, locale: 'es-UY' }),
    ];
    for (const page of [first, second]) await signIn(page, own);
    const devices = first.locator('.account .sessions li');
    await first.reload();
    await expect.poll(() => devices.count(), PATIENCE).toBe(3);
    await expectAccessible(first, 'own account');
    await expectAccessible(second, 'own account in Spanish');
    await expectNoOverflow(second, 'own account');
    await picture(first, 'account');
    await first
      .locator('.sessions li', { hasNotText: 'this one' })
      .getByRole('button')
      .last()
      .click();
    await confirm(first);
    await expect.poll(() => devices.count(), PATIENCE).toBe(2);
    await first.getByRole('button', { name: 'Sign out everywhere' }).click();
    await first.click('dialog[open] button[type=submit]');
    for (const page of [first, second]) await page.locator('.sign-in').waitFor(PATIENCE);
    expect(await second.locator('[role=alert]').textContent()).toContain('Esta sesión fue cerrada');
    for (const page of [first, second]) await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});
