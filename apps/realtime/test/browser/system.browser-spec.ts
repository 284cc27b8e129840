import { type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebhookReceiver } from '#libs/testing';
import { startCity, type City } from './city.js';
import {
  expectAccessible,
  expectNoOverflow,
  PATIENCE,
  picture,
  signIn,
  Visitors,
} from './visitors.js';

/** The lease of an instance, what passes between two looks of the page, and a busy machine. */
const GONE_WITHIN = { timeout: 20_000 };

describe('the view of the system', () => {
  let receiver: WebhookReceiver;
  let city: City;
  let visitors: Visitors;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    receiver.answer = (_webhook, response) => response.writeHead(503).end();
    city = await startCity({
      drivers: 12,
      passengers: 3,
      env: {
        WEBHOOK_URL: receiver.url,
        WEBHOOK_SECRET: 'a-webhook-secret-of-32-characters-or-more',
        WEBHOOK_MAX_ATTEMPTS: '1',
      },
    });
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await city?.stop();
    await receiver?.close();
  });

  const open = async (options?: Parameters<Visitors['open']>[1]): Promise<Page> => {
    const page = await visitors.open(`${city.url}/system`, options);
    await signIn(page, city.login);
    await page.waitForSelector('.instances tbody tr');
    return page;
  };
  const states = (page: Page) => page.locator('.instances tbody .state').allTextContents();

  it('[SYS4] shows what every instance does, the last hour in charts that are said in words, Redis and refusals', async () => {
    const page = await open();
    await expect.poll(() => states(page), PATIENCE).toEqual(['live', 'live']);
    const text = async (selector: string) => (await page.textContent(selector)) ?? '';
    await expect.poll(() => text('.instances tbody'), PATIENCE).toMatch(/\d \/ [\d.]+ ms/);
    await page.waitForSelector('.chart canvas', PATIENCE);
    const chart = page.getByRole('img', { name: /^Connections: / });
    expect(await chart.getAttribute('aria-label')).toMatch(/127\.0\.0\.1:\d+ now \d+, at most \d+/);
    expect(await text('section[aria-labelledby=redis]')).toMatch(/standalone/);
    await expectAccessible(page, 'system');
    await expectNoOverflow(page, 'system');
    await picture(page, 'system');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[SYS4] of a cluster of Redis each primary is shown, and one that does not answer', async () => {
    const page = await visitors.open(`${city.url}/system`);
    await page.route('**/api/admin/system', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { data: { redis: { servers: object[] } } };
      const { redis } = answer.data;
      const [server] = redis.servers;
      redis.servers = ['10.0.0.1:6379', '10.0.0.2:6379'].map((address) => ({ ...server, address }));
      redis.servers.push({ address: '10.0.0.3:6379', role: '', replicas: 0, figures: null });
      await route.fulfill({ response, json: answer });
    });
    await signIn(page, city.login);
    await page.waitForSelector('.redis-servers tbody tr');
    const rows = await page.locator('.redis-servers tbody tr').allTextContents();
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/^10\.0\.0\.1:6379\d+ MB/);
    expect(rows[2]).toBe('10.0.0.3:6379does not answer');
    await expectAccessible(page, 'system with a cluster');
    await expectNoOverflow(page, 'system with a cluster');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[SYS4] what webhooks gave up is listed and given to them again', async () => {
    const page = await open({
      locale: 'es-UY',
      colorScheme: 'dark',
      viewport: { width: 390, height: 800 },
    });
    await page.waitForSelector('.letters li');
    await expectAccessible(page, 'system in Spanish');
    await expectNoOverflow(page, 'system in Spanish');
    await picture(page, 'system-phone');
    const first = page.locator('.letters li').first();
    const id = await first.getAttribute('data-letter');
    receiver.recover();
    await first.getByRole('button').click();
    await page.waitForSelector(`[data-letter="${id}"]`, { state: 'detached' });
    await page.getByRole('button', { name: 'Reenviar estas' }).click();
    await expect.poll(() => page.locator('.letters li').count(), PATIENCE).toBe(0);
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });

  it('[SYS4] an instance that is killed is shown as gone within its lease, while the page stays', async () => {
    const page = await open();
    await expect.poll(() => states(page), PATIENCE).toEqual(['live', 'live']);
    await city.killInstance();
    await expect.poll(() => states(page), GONE_WITHIN).toEqual(['live', 'gone']);
    await picture(page, 'system-gone');
    await page.context().close();
    expect(visitors.faults).toEqual([]);
  });
});
