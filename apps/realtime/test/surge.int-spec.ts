import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testEnvironment } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const ADMIN = { email: 'first.admin@example.com', password: 'first-admin-password' };
const API_KEY = 'an-api-key-of-32-characters-or-more';
const COLOSSEUM = { lat: 41.8902, lng: 12.4922 };
const HOUR_MS = 3_600_000;

describe('surge over REST on two instances', () => {
  let one: RestInstance;
  let two: RestInstance;
  let admin: string;

  beforeAll(async () => {
    const environment = testEnvironment({ ADMIN_API_KEY: API_KEY });
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
    admin = await tokenOf({ ...ADMIN, appAudience: 'admin_panel' });
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  async function tokenOf(body: Record<string, string>): Promise<string> {
    const answer = await one.call('POST', 'auth/login', { body });
    expect(answer.status).toBe(200);
    return (answer.body.data as { accessToken: string }).accessToken;
  }

  it('[FARE4] A dispatcher sets the surge of a cell, sees it on another instance and ends it', async () => {
    const body = { ...COLOSSEUM, surgeBasisPoints: 15_000, ttlMs: HOUR_MS };
    const before = Date.now();
    const set = await one.call('PUT', 'admin/surge', { token: admin, body });
    expect(set).toMatchObject({ status: 200, body: { data: { surgeBasisPoints: 15_000 } } });
    const surge = set.body.data as { lat: number; lng: number; endsAt: number };
    expect(Math.abs(surge.endsAt - before - HOUR_MS)).toBeLessThan(10_000);
    expect(Math.abs(surge.lat - COLOSSEUM.lat)).toBeLessThan(0.0055);
    expect(Math.abs(surge.lng - COLOSSEUM.lng)).toBeLessThan(0.0055);

    const listed = await two.call('GET', 'admin/surge', { headers: { 'x-api-key': API_KEY } });
    expect(listed.body).toMatchObject({ success: true, data: [surge] });

    const path = `admin/surge?lat=${COLOSSEUM.lat}&lng=${COLOSSEUM.lng}`;
    expect((await two.call('DELETE', path, { token: admin })).status).toBe(204);
    expect((await one.call('GET', 'admin/surge', { token: admin })).body.data).toEqual([]);
    expect(await one.call('DELETE', path, { token: admin })).toMatchObject({
      status: 404,
      body: { error: { reason: 'NOT_FOUND' } },
    });
  });

  it('[FARE4] A surge at the antimeridian holds on both of its sides, however it is written', async () => {
    const body = { lat: 10, lng: 180, surgeBasisPoints: 15_000, ttlMs: HOUR_MS };
    expect((await one.call('PUT', 'admin/surge', { token: admin, body })).status).toBe(200);
    const again = { ...body, lng: -180, surgeBasisPoints: 20_000 };
    await one.call('PUT', 'admin/surge', { token: admin, body: again });
    const listed = await two.call('GET', 'admin/surge', { token: admin });
    expect(listed.body.data).toMatchObject([{ surgeBasisPoints: 20_000 }]);
    const path = 'admin/surge?lat=10&lng=-180';
    expect((await two.call('DELETE', path, { token: admin })).status).toBe(204);
    expect((await one.call('GET', 'admin/surge', { token: admin })).body.data).toEqual([]);
  });

  it('[REST2] A surge that is none, too high or too long, or nowhere, is refused', async () => {
    const right = { ...COLOSSEUM, surgeBasisPoints: 15_000, ttlMs: HOUR_MS };
    for (const wrong of [
      { lat: 91 },
      { lng: -541 },
      { lat: null },
      { lat: '41.9' },
      { surgeBasisPoints: 9_999 },
      { surgeBasisPoints: 15_000.5 },
      { surgeBasisPoints: 30_001 },
      { ttlMs: 999 },
      { ttlMs: 8 * 24 * HOUR_MS },
      { multiplier: 2 },
    ]) {
      const body = { ...right, ...wrong };
      const answer = await one.call('PUT', 'admin/surge', { token: admin, body });
      expect([wrong, answer.status, answer.body.error?.reason]).toEqual([
        wrong,
        400,
        'VALIDATION_FAILED',
      ]);
    }
    for (const query of ['', '?lat=41.9', '?lat=x&lng=12', '?lat=91&lng=12']) {
      const answer = await one.call('DELETE', `admin/surge${query}`, { token: admin });
      expect([query, answer.status]).toEqual([query, 400]);
    }
    expect((await one.call('GET', 'admin/surge', { token: admin })).body.data).toEqual([]);
  });

  it('[REST4] Surge is for dispatchers', async () => {
    const driver = { userType: 'driver', email: 'ada@example.com', password: 'correct horse' };
    await one.call('POST', 'admin/users', { token: admin, body: driver });
    const { email, password } = driver;
    const token = await tokenOf({ email, password, appAudience: 'driver_app' });
    const body = { ...COLOSSEUM, surgeBasisPoints: 30_000, ttlMs: HOUR_MS };
    for (const [method, path, options] of [
      ['GET', 'admin/surge', {}],
      ['PUT', 'admin/surge', { body }],
      ['DELETE', 'admin/surge?lat=41.9&lng=12.5', {}],
    ] as const) {
      expect((await two.call(method, path, { token, ...options })).status).toBe(403);
      expect((await two.call(method, path, options)).status).toBe(401);
    }
  });
});
