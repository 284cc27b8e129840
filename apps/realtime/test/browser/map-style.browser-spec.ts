import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { UserType } from '#libs/contracts';
import { ensureDashboard } from '../../../../scripts/prepare/dashboard.mjs';
import { TestCluster } from '../cluster.js';
import { expectAccessible, PATIENCE, picture, signIn, Visitors } from './visitors.js';

const LOGIN = { email: 'desk@example.com', password: 'password-of-the-desk' };

/** A style of another company, with one square of land. */
const style = (theme: string) => ({
  version: 8,
  name: `foreign ${theme}`,
  sources: {
    land: {
      type: 'geojson',
      attribution: 'Map of another company',
      data: {
        type: 'Polygon',
        coordinates: [
          [
            [9, 45],
            [9.3, 45],
            [9.3, 45.6],
            [9, 45.6],
            [9, 45],
          ],
        ],
      },
    },
  },
  layers: [
    { id: 'sea', type: 'background', paint: { 'background-color': '#88aacc' } },
    { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': '#ddddcc' } },
  ],
});

describe('the map of another company', () => {
  let cluster: TestCluster;
  let visitors: Visitors;
  let maps: Server;

  beforeAll(async () => {
    await ensureDashboard();
    maps = createServer((request, response) => {
      const [, theme] = /^\/(light|dark)\.json$/.exec(request.url ?? '') ?? [];
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(style(theme ?? 'unknown')));
    }).listen(0, '127.0.0.1');
    await once(maps, 'listening');
    const { port } = maps.address() as AddressInfo;
    cluster = await TestCluster.start({
      instances: 1,
      env: {
        COOKIE_SECURE: 'false',
        DASHBOARD_STYLE_URL: `http://127.0.0.1:${port}/{theme}.json`,
        DASHBOARD_STYLE_ORIGINS: 'https://tiles.example.com',
        DASHBOARD_VIEW: '45.46,9.19,11',
      },
    });
    const { app } = cluster.instances[0]!;
    await app.get(AccountsService, { strict: false }).create({
      userType: UserType.admin,
      ...LOGIN,
    });
    visitors = await Visitors.start();
  });
  afterAll(async () => {
    await visitors?.close();
    await cluster?.close();
    maps?.close();
  });

  it('[MAP6] the style of the operator is shown in both themes, begins where the operator says, and opens the policy to its hosts alone', async () => {
    const page = await visitors.open(cluster.url(0));
    const policy = (await page.reload())!.headers()['content-security-policy']!;
    const { origin, host } = new URL(cluster.environment.DASHBOARD_STYLE_URL!);
    const allowed = `${origin} https://tiles.example.com`;
    expect(policy).toContain(`connect-src 'self' ${allowed};`);
    expect(policy).toContain(`img-src 'self' data: blob: ${allowed};`);
    expect(policy).toContain("script-src 'self';");
    await signIn(page, LOGIN);
    const name = () => page.evaluate<string>('globalThis.ridewireMap?.map.getStyle()?.name');
    await expect.poll(name, PATIENCE).toBe('foreign light');
    await page.getByText('Map of another company').waitFor();
    const view = await page.evaluate<number[]>('ridewireMap.map.getCenter().toArray()');
    expect(view[0]).toBeCloseTo(9.19, 3);
    expect(view[1]).toBeCloseTo(45.46, 3);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(name, PATIENCE).toBe('foreign dark');
    await picture(page, 'map-foreign-style');
    await page.context().close();
    expect(visitors.faults.filter((fault) => fault !== `request to ${host}`)).toEqual([]);
  });

  it('[MAP6] the pages of passengers and drivers show it too, and begin there', async () => {
    const { app } = cluster.instances[0]!;
    const passenger = { email: 'ride@example.com', password: 'password-of-the-passenger' };
    await app
      .get(AccountsService, { strict: false })
      .create({ userType: UserType.passenger, ...passenger });
    const page = await visitors.open(`${cluster.url(0)}/ride`, {
      viewport: { width: 390, height: 844 },
    });
    await page.fill('input[name=email]', passenger.email);
    await page.fill('input[name=password]', passenger.password);
    await page.click('button[type=submit]');
    await page.locator('.map-pane').getByText('Map of another company').waitFor(PATIENCE);
    expect(await page.getByText('OpenStreetMap').count()).toBe(0);
    await expectAccessible(page, 'ride on a map of another company');
    await picture(page, 'ride-foreign-style');
    await page.context().close();
  });

  it('[MAP7] a map that is dragged goes with the hand and stays where it was let go; a click drags nothing', async () => {
    const page = await visitors.open(cluster.url(0));
    await signIn(page, LOGIN);
    // Loaded, and at the city: a map begins with the world until it knows where to look.
    const isThere = '(({ map } = {}) => map?.loaded() && map.getZoom() > 10 && !map.isMoving())';
    await expect
      .poll(() => page.evaluate(`${isThere}(globalThis.ridewireMap)`), PATIENCE)
      .toBe(true);
    const before = await page.evaluate<{ lat: number; lng: number }>(
      '(globalThis.held = ridewireMap.map.unproject([800, 400]), { lat: held.lat, lng: held.lng })',
    );
    const held = () =>
      page.evaluate<number[]>(
        `(() => { const { x, y } = ridewireMap.map.project([${before.lng}, ${before.lat}]); return [Math.round(x), Math.round(y)]; })()`,
      );
    const transform = () => page.evaluate<string>('ridewireMap.map.getCanvas().style.transform');
    const box = (await page.locator('.live-map-base').boundingBox())!;
    await page.mouse.click(box.x + 800, box.y + 400);
    expect(await held()).toEqual([800, 400]);
    await page.mouse.move(box.x + 800, box.y + 400);
    await page.mouse.down();
    for (let step = 1; step <= 20; step += 1)
      await page.mouse.move(box.x + 800 - step * 10, box.y + 400 + step * 4);
    await page.mouse.up();
    await expect.poll(held, PATIENCE).toEqual([600, 480]);
    await expect.poll(transform, PATIENCE).toBe('');
    await page.context().close();
  });
});
