import { mkdirSync } from 'node:fs';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../../../../scripts/chromium.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
/** Kept as artifacts of the tests. */
export const PICTURES = '.cache/browser-pictures';
/** How long a page may take on a busy machine. */
export const PATIENCE = { timeout: 30_000 };

/** Who looks at pages in a real browser: errors in them, and requests to other servers, are noted. */
export class Visitors {
  /** What went wrong in any page; a test expects it to be empty. */
  readonly faults: string[] = [];

  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Visitors> {
    mkdirSync(PICTURES, { recursive: true });
    const { program, env } = await findChromium();
    return new Visitors(await chromium.launch({ executablePath: program, env, args: FLAGS }));
  }

  /** A page of a new visitor. */
  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.faults.push(error.message));
    page.on('request', (request) => {
      const { host, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && host !== new URL(url).host)
        this.faults.push(`request to ${host}`);
    });
    await page.goto(url);
    return page;
  }

  /** What is still open is pictured: a test that failed has left its pages so. */
  async close(): Promise<void> {
    const open = this.browser.contexts().flatMap((context) => context.pages());
    for (const [i, page] of open.entries()) {
      const where = new URL(page.url()).pathname.replaceAll(/\W+/g, '-');
      await picture(page, `left-open${where}-${Date.now()}-${i}`).catch(() => undefined);
    }
    await this.browser.close();
  }
}

/** Signs in on the page that is open; it stays where it is. */
export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.fill('input[name=email]', email);
  await page.fill('input[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
}

export async function untilCars(page: Page): Promise<void> {
  const cars = async () => Number(await page.locator('.map-status strong').textContent());
  await expect.poll(cars, PATIENCE).toBeGreaterThan(0);
}

/** What the page says of its connection; it shows nothing while that is `live`. */
export async function untilConnection(
  page: Page,
  status: 'live' | 'lost' | 'behind',
): Promise<void> {
  const selector = `[data-connection=${status}]`;
  await page.waitForSelector(selector, { state: 'attached', timeout: 60_000 });
}

/** The rules of WCAG that a program can check. */
export async function expectAccessible(page: Page, view: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${view}: ${id} ${nodes[0]?.html}`)).toEqual([]);
}

/** Nothing makes the page wider than the screen. */
export async function expectNoOverflow(page: Page, view: string): Promise<void> {
  const wider = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  expect(wider, `${view} is wider than the screen`).toBe(0);
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}/${name}.png` });
}
