import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDashboard } from '../../../scripts/prepare/dashboard.mjs';
import { TestCluster } from './cluster.js';

/** Of the pages, where nobody has built them yet and others use the machine. */
const BUILD_TIMEOUT_MS = 600_000;
const HTML = { accept: 'text/html,application/xhtml+xml' };

describe("the dispatcher's page", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    await ensureDashboard();
    cluster = await TestCluster.start({ instances: 1 });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => cluster.close());

  const get = (path: string, headers: Record<string, string> = HTML) =>
    fetch(`${cluster.url(0)}${path}`, { headers });

  it('[PAGE1] is served at / and at the address of each view, and never kept by browsers', async () => {
    for (const path of [
      '/',
      '/trips?onlyActive=true',
      '/trips/some-trip',
      '/drivers/some-driver',
    ]) {
      const response = await get(path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get('content-type')).toContain('text/html');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<div id="root">');
    }
  });

  it('[PAGE20] the pages of passengers, drivers and guests are served at their addresses, under the same policy', async () => {
    const dispatch = await get('/');
    const ofDispatch = await dispatch.text();
    for (const [path, script] of [
      ['/ride', 'ride'],
      ['/ride/', 'ride'],
      ['/drive?at=-34.9,-56.17', 'drive'],
      ['/share/some-trip.some-link.some-secret', 'share'],
    ] as const) {
      const response = await get(path);
      expect(response.status, path).toBe(200);
      expect(response.headers.get('cache-control')).toBe('no-cache');
      for (const name of ['content-security-policy', 'referrer-policy'])
        expect(response.headers.get(name), name).toBe(dispatch.headers.get(name));
      const page = await response.text();
      expect(page).toMatch(new RegExp(`src="[.]/assets/${script}-[^"]+[.]js"`));
      expect(page).not.toContain('assets/index-');
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
    // Whoever leaves the page of a link takes its address nowhere.
    expect(dispatch.headers.get('referrer-policy')).toBe('no-referrer');
    expect(ofDispatch).not.toMatch(/assets\/(?:ride|drive|share)-/);
  });

  it('[PAGE1] has hashed files that are kept for a year and come compressed', async () => {
    const page = await (await get('/')).text();
    const [, script] = /src="\.(\/assets\/[^"]+\.js)"/.exec(page)!;
    const response = await get(script!, { 'accept-encoding': 'gzip' });
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('content-type')).toContain('javascript');
  });

  it('[PAGE7] finds its files and the server from each view, also below a prefix that a proxy takes off', async () => {
    for (const [path, behindProxy] of [
      ['/', '/dispatch/'],
      ['/trips', '/dispatch/trips'],
      ['/trips/some-trip?tab=1', '/dispatch/trips/some-trip?tab=1'],
    ] as const) {
      const page = await (await get(path)).text();
      const [, base] = /<base href="([^"]+)"/.exec(page)!;
      const [, script] = /src="([^"]+\.js)"/.exec(page)!;
      const root = new URL(base!, `https://rides.example.com${behindProxy}`);
      expect(root.pathname, path).toBe('/dispatch/');
      expect(new URL(script!, root).pathname).toMatch(/^\/dispatch\/assets\//);
    }
    const icon = await get('/favicon.svg', { accept: 'image/*' });
    expect(icon.headers.get('content-type')).toContain('image/svg');
  });

  it('[PAGE2] loads from this server alone and runs no inline script', async () => {
    const response = await get('/');
    const policy = response.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toMatch(/connect-src 'self'(;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
    const page = await response.text();
    for (const [, attributes, text] of page.matchAll(/<script([^>]*)>([^<]*)/g)) {
      expect(attributes).toContain('src="./assets/');
      expect(text!.trim()).toBe('');
    }
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('[PAGE9] loads less than 120 kB of JavaScript, compressed, before the view is known; the map comes by itself', async () => {
    const page = await (await get('/')).text();
    const scripts = [...page.matchAll(/(?:src|href)="\.(\/assets\/[^"]+\.js)"/g)].map(
      ([, path]) => path!,
    );
    const texts = await Promise.all(scripts.map(async (script) => (await get(script)).text()));
    const sizes = texts.map((text) => gzipSync(text).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    console.log(
      `JavaScript of the page without its views: ${Math.round(total / 1_000)} kB gzipped`,
    );
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(120_000);
    for (const text of texts) expect(text).not.toContain('maplibregl-map');
  });

  it('[PAGE1] leaves to the server what is of the server, and answers programs in the envelope', async () => {
    for (const [path, headers] of [
      ['/api/nothing', HTML],
      ['/health/nothing', HTML],
      ['/nothing', { accept: 'application/json' }],
      ['/assets/nothing.js', HTML],
    ] as const) {
      const response = await get(path, headers);
      expect(response.status, path).toBe(404);
      expect(await response.json()).toMatchObject({ success: false });
    }
    expect((await get('/health/live')).status).toBe(200);
    const posted = await fetch(`${cluster.url(0)}/trips`, { method: 'POST', headers: HTML });
    expect(posted.status).toBe(404);
  });
});
