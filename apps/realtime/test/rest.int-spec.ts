import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenAPIObject } from '@nestjs/swagger';
import { testEnvironment, uniquePrefix } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const ADMIN = { email: 'first.admin@example.com', password: 'first-admin-password' };
const API_KEY = 'an-api-key-of-32-characters-or-more';
const PASSWORD = 'correct horse';

interface Tokens {
  sid: string;
  sessionType: string;
  accessToken: string;
  refreshToken?: string;
}

describe('REST on two instances', () => {
  let one: RestInstance;
  let two: RestInstance;
  let admin: string;
  let sequence = 0;

  beforeAll(async () => {
    const environment = testEnvironment({
      REDIS_KEY_PREFIX: uniquePrefix(),
      ADMIN_API_KEY: API_KEY,
      LOGIN_ATTEMPTS_PER_ACCOUNT: '5',
      LOGIN_ATTEMPTS_PER_ADDRESS: '60',
      TRUST_PROXY_HOPS: '1',
      CORS_ORIGINS: 'https://dispatch.example.com',
    });
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
    admin = (await login({ ...ADMIN, appAudience: 'admin_panel' })).accessToken;
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  async function login(body: Record<string, unknown>): Promise<Tokens> {
    const answer = await one.call('POST', 'auth/login', { body });
    expect(answer).toMatchObject({ status: 200 });
    return answer.body.data;
  }

  async function newDriver() {
    sequence += 1;
    const email = `Driver${sequence}@Example.com`;
    const phoneNumber = `+49 151 000${1000 + sequence}`;
    const answer = await one.call('POST', 'admin/users', {
      token: admin,
      body: { userType: 'driver', email, phoneNumber, password: PASSWORD, name: 'Ada' },
    });
    expect(answer.status).toBe(201);
    const { id } = answer.body.data as { id: string };
    return {
      id,
      email,
      phoneNumber,
      login: { email, password: PASSWORD, appAudience: 'driver_app' },
    };
  }

  it('[REST1] A success has the envelope, and a list has its meta', async () => {
    await newDriver();
    const answer = await one.call('GET', 'admin/users?userType=driver&limit=1', { token: admin });
    expect(answer.body).toMatchObject({
      success: true,
      message: 'OK',
      data: [{ userType: 'driver', status: 'active' }],
      meta: { page: 1, limit: 1, hasPrev: false, prevPage: null },
    });
    expect(JSON.stringify(answer.body)).not.toContain('argon2');
  });

  it('[REST1] Every kind of failure has the envelope', async () => {
    const failures = [
      [await one.call('GET', 'no/such/route'), 404, 'Not Found', 'NOT_FOUND'],
      [await one.call('GET', 'auth/sessions'), 401, 'Unauthorized', 'AUTH_REQUIRED'],
      [
        await one.call('POST', 'auth/login', { body: '{"email":' }),
        400,
        'Bad Request',
        'VALIDATION_FAILED',
      ],
      [
        await one.call('POST', 'auth/login', { body: { password: 'x'.repeat(70_000) } }),
        413,
        'Payload Too Large',
        'PAYLOAD_TOO_LARGE',
      ],
      [await one.call('POST', 'auth/login', { body: [] }), 400, 'Bad Request', 'VALIDATION_FAILED'],
      [await one.call('POST', 'auth/login'), 400, 'Bad Request', 'VALIDATION_FAILED'],
      [
        await one.call('DELETE', 'auth/sessions/a:b', { token: admin }),
        400,
        'Bad Request',
        'VALIDATION_FAILED',
      ],
    ] as const;
    for (const [answer, status, code, reason] of failures) {
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({
        success: false,
        message: expect.anything(),
        error: { code, reason, retryable: false },
      });
    }
  });

  it('[REST2] A body with a wrong or unknown field is refused with a line for each', async () => {
    const answer = await one.call('POST', 'auth/login', {
      body: {
        email: 'nobody',
        password: 'x'.repeat(101),
        appAudience: 'driver_app',
        isAdmin: true,
      },
    });
    expect(answer.status).toBe(400);
    expect(answer.body.message).toEqual([
      'property isAdmin should not exist',
      'email must be an email',
      'password must be shorter than or equal to 100 characters',
    ]);
  });

  it('[REST3] A route that is not marked public needs a live session on each request', async () => {
    const driver = await newDriver();
    const { accessToken, sid } = await login(driver.login);
    expect((await two.call('GET', 'auth/sessions', { token: accessToken })).status).toBe(200);
    const gone = await one.call('DELETE', `auth/sessions/${sid}`, { token: accessToken });
    expect(gone.status).toBe(204);
    const refused = await two.call('GET', 'auth/sessions', { token: accessToken });
    expect(refused.body.error?.reason).toBe('SESSION_REVOKED');
    const forged = await two.call('GET', 'auth/sessions', { token: `${accessToken}x` });
    expect(forged.body.error?.reason).toBe('TOKEN_INVALID');
  });

  it('[REST4] Admin routes are for admins and the API key, for nobody else', async () => {
    const driver = await newDriver();
    const { accessToken } = await login(driver.login);
    const routes = [
      ['GET', 'admin/users'],
      ['GET', `admin/users/${driver.id}`],
      ['POST', `admin/users/${driver.id}/ban`],
      ['POST', `admin/users/${driver.id}/suspend`],
      ['PUT', `admin/users/${driver.id}/groups`],
      ['PUT', `admin/users/${driver.id}/vehicle`],
      ['DELETE', `admin/users/${driver.id}/vehicle`],
      ['POST', `admin/users/${driver.id}/reactivate`],
      ['GET', `admin/users/${driver.id}/sessions`],
      ['DELETE', `admin/users/${driver.id}/sessions`],
      ['DELETE', 'admin/sessions/some'],
      ['POST', 'admin/sessions'],
      ['POST', 'admin/users'],
      ['POST', 'admin/notifications'],
    ] as const;
    for (const [method, path] of routes) {
      const refused = await one.call(method, path, { token: accessToken });
      expect([path, refused.body.error?.reason]).toEqual([path, 'FORBIDDEN']);
      const anonymous = await one.call(method, path);
      expect([path, anonymous.body.error?.reason]).toEqual([path, 'AUTH_REQUIRED']);
      const wrongKey = await one.call(method, path, { headers: { 'x-api-key': 'wrong' } });
      expect([path, wrongKey.body.error?.reason]).toEqual([path, 'AUTH_REQUIRED']);
    }
    const headers = { 'x-api-key': API_KEY };
    expect((await one.call('GET', 'admin/users', { headers })).status).toBe(200);
    const own = await one.call('GET', 'auth/sessions', { headers });
    expect(own.body.error?.reason).toBe('AUTH_REQUIRED');
  });

  it('[REST4] Whoever sends no token or a wrong API key is told which of them', async () => {
    const anonymous = await one.call('GET', 'admin/users');
    expect(anonymous.body.message).toMatch(/^No access token was sent\. .*Authorization: Bearer/);
    const headers = { 'x-api-key': `${API_KEY}x` };
    const wrongKey = await one.call('GET', 'admin/users', { headers });
    expect(wrongKey.status).toBe(401);
    expect(wrongKey.body.message).toMatch(/^The key in x-api-key is wrong/);
    expect(wrongKey.body.error?.reason).toBe('AUTH_REQUIRED');
    const withToken = await one.call('GET', 'admin/users', { headers, token: admin });
    expect(withToken.status).toBe(200);
  });

  it('[GROUP1] Admins put people into groups, who see theirs; nobody else changes them', async () => {
    const driver = await newDriver();
    const { accessToken } = await login(driver.login);
    const path = `admin/users/${driver.id}/groups`;
    const put = (groups: unknown) => two.call('PUT', path, { token: admin, body: { groups } });
    const changed = await put(['South', ' north', 'north']);
    expect(changed.body.data).toMatchObject({ id: driver.id, groups: ['north', 'south'] });
    const shown = await one.call('GET', `admin/users/${driver.id}`, { token: admin });
    expect(shown.body.data).toMatchObject({ groups: ['north', 'south'] });
    const own = await one.call('GET', 'users/profile', { token: accessToken });
    expect(own.body.data).toMatchObject({ groups: ['north', 'south'] });
    const byHand = { token: accessToken, body: { groups: ['east'] } };
    expect((await one.call('PATCH', 'users/profile', byHand)).status).toBe(400);
    const odd = ['a,b', [''], ['ä'], ['x'.repeat(33)], [7], [null], 'north', null, undefined];
    const tooMany = Array.from({ length: 17 }, (_, i) => `g${i}`);
    for (const groups of [...odd, tooMany]) {
      const refused = await put(groups);
      expect([groups, refused.body.error?.reason]).toEqual([groups, 'VALIDATION_FAILED']);
    }
    expect((await put([])).body.data).toMatchObject({ groups: [] });
    const missing = { token: admin, body: { groups: [] } };
    expect((await one.call('PUT', 'admin/users/nobody/groups', missing)).status).toBe(404);
    const body = { userType: 'driver', id: `made-${driver.id}`.slice(0, 60), groups: ['west'] };
    const made = await one.call('POST', 'admin/users', {
      token: admin,
      body: { ...body, email: `west.${driver.email}`, password: PASSWORD },
    });
    expect(made.body.data).toMatchObject({ groups: ['west'] });
  });

  it('[ACC1] E-mail and phone number belong to one account, however they are written', async () => {
    const driver = await newDriver();
    for (const taken of [
      { email: driver.email.toUpperCase() },
      { phoneNumber: driver.phoneNumber.replaceAll(' ', '-') },
    ]) {
      const answer = await two.call('POST', 'admin/users', {
        token: admin,
        body: { userType: 'passenger', password: PASSWORD, ...taken },
      });
      expect(answer.status).toBe(409);
      expect(answer.body.error?.reason).toBe('CONFLICT');
    }
    await login({ ...driver.login, email: undefined, phoneNumber: driver.phoneNumber });
  });

  it('[ACC1] Of two accounts created at once with one e-mail one is made', async () => {
    const body = { userType: 'passenger', email: 'twice@example.com', password: PASSWORD };
    const answers = await Promise.all([
      one.call('POST', 'admin/users', { token: admin, body }),
      two.call('POST', 'admin/users', { token: admin, body }),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  it('[ACC2] The pages of accounts that name the state of the list do not shift when accounts are made', async () => {
    const create = (name: string) =>
      one.call('POST', 'admin/users', {
        token: admin,
        body: { userType: 'driver', email: `${name}@pages.example.com`, password: PASSWORD },
      });
    const list = async (query: string) => {
      const { body } = await two.call('GET', `admin/users?limit=2${query}`, { token: admin });
      const ids = (body.data as { id: string }[]).map(({ id }) => id);
      return { ids, meta: body.meta as { asOf: number; total: number } };
    };
    for (const name of ['first', 'second', 'third', 'fourth']) await create(name);
    const first = await list('');
    const undisturbed = await list(`&page=2`);
    const { asOf, total } = first.meta;
    await Promise.all(['fifth', 'sixth', 'seventh'].map(create));
    const second = await list(`&page=2&asOf=${asOf}`);
    expect(second).toMatchObject({ ids: undisturbed.ids, meta: { asOf, total } });
    expect((await list(`&asOf=${asOf}`)).ids).toEqual(first.ids);
    expect((await list('')).meta.total).toBe(total + 3);
    for (const wrong of ['', '-1', '1e3', '2026-11-28', '8640000000000001']) {
      const answer = await one.call('GET', `admin/users?asOf=${wrong}`, { token: admin });
      expect([wrong, answer.status]).toEqual([wrong, 400]);
    }
  });

  it('[ACC2] Accounts are listed by type and status, page by page', async () => {
    const drivers = [await newDriver(), await newDriver(), await newDriver()];
    await one.call('POST', `admin/users/${drivers[1]?.id}/suspend`, { token: admin, body: {} });
    const suspended = await two.call('GET', 'admin/users?userType=driver&status=suspended', {
      token: admin,
    });
    expect(suspended.body.data).toMatchObject([{ id: drivers[1]?.id, status: 'suspended' }]);
    const first = await one.call('GET', 'admin/users?userType=driver&limit=2', { token: admin });
    expect((first.body.data as { id: string }[]).map(({ id }) => id)).toEqual([
      drivers[2]?.id,
      drivers[1]?.id,
    ]);
    expect(first.body.meta).toMatchObject({ page: 1, hasNext: true, nextPage: 2 });
    const second = await one.call('GET', 'admin/users?userType=driver&limit=2&page=2', {
      token: admin,
    });
    expect((second.body.data as { id: string }[])[0]?.id).toBe(drivers[0]?.id);
    const one404 = await one.call('GET', 'admin/users/nobody', { token: admin });
    expect(one404.body.error?.reason).toBe('NOT_FOUND');
    const bad = await one.call('GET', 'admin/users?limit=1000', { token: admin });
    expect(bad.body.error?.reason).toBe('VALIDATION_FAILED');
  });

  it('[ACC3] A suspended or banned account is told so, and logs in again once reactivated', async () => {
    const driver = await newDriver();
    for (const [action, reason] of [
      ['suspend', 'ACCOUNT_SUSPENDED'],
      ['ban', 'ACCOUNT_BANNED'],
    ] as const) {
      const { accessToken } = await login(driver.login);
      const blocked = await one.call('POST', `admin/users/${driver.id}/${action}`, {
        token: admin,
        body: { reason: 'documents' },
      });
      expect(blocked.body.data).toMatchObject({ statusReason: 'documents' });
      const refused = await two.call('GET', 'auth/sessions', { token: accessToken });
      expect(refused.body.error?.reason).toBe(reason);
      const again = await two.call('POST', 'auth/login', { body: driver.login });
      expect(again.status).toBe(403);
      expect(again.body.error?.reason).toBe(reason);
      const back = await one.call('POST', `admin/users/${driver.id}/reactivate`, { token: admin });
      expect(back.body.data).toMatchObject({ status: 'active' });
    }
    await login(driver.login);
  });

  it('[ACC3] No admin suspends or bans itself; another admin and the API key can do it', async () => {
    const email = 'second.admin@example.com';
    const body = { userType: 'admin', email, password: PASSWORD };
    const created = await one.call('POST', 'admin/users', { token: admin, body });
    const { id } = created.body.data as { id: string };
    const { accessToken } = await login({ email, password: PASSWORD, appAudience: 'admin_panel' });
    for (const action of ['suspend', 'ban']) {
      const path = `admin/users/${id}/${action}`;
      const refused = await two.call('POST', path, { token: accessToken, body: {} });
      expect(refused.status).toBe(409);
      expect(refused.body.error?.reason).toBe('CONFLICT');
      expect(refused.body.message).toContain('Ask another admin');
    }
    const still = await two.call('GET', `admin/users/${id}`, { token: accessToken });
    expect(still.body.data).toMatchObject({ status: 'active' });
    const byOther = await one.call('POST', `admin/users/${id}/suspend`, { token: admin, body: {} });
    expect(byOther.body.data).toMatchObject({ status: 'suspended' });
    const headers = { 'x-api-key': API_KEY };
    const byKey = await one.call('POST', `admin/users/${id}/ban`, { headers, body: {} });
    expect(byKey.body.data).toMatchObject({ status: 'banned' });
  });

  it('[AUTH8] A web session gets its refresh token in an HttpOnly cookie only', async () => {
    const answer = await one.call('POST', 'auth/login', {
      body: { ...ADMIN, appAudience: 'admin_panel', sessionType: 'web' },
    });
    expect(answer.body.data).not.toHaveProperty('refreshToken');
    const [set = ''] = answer.headers.getSetCookie();
    expect(set).toMatch(/^refreshToken=.+; Path=\/api\/auth; .*HttpOnly; SameSite=Lax$/);
    const cookie = set.split(';')[0] ?? '';
    const { sid } = answer.body.data as Tokens;
    const refreshed = await two.call('POST', 'auth/refresh', { headers: { cookie }, body: {} });
    expect(refreshed.body.data).toMatchObject({ sid, sessionType: 'web' });
    expect(refreshed.body.data).not.toHaveProperty('refreshToken');
    const next = refreshed.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const out = await one.call('POST', 'auth/logout', { headers: { cookie: next } });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^refreshToken=;/);
    const after = await two.call('POST', 'auth/refresh', { headers: { cookie: next } });
    expect(after.body.error?.reason).toBe('SESSION_REVOKED');
  });

  it('[AUTH8] one browser is signed in to two apps of one origin, each with a cookie of its own', async () => {
    const web = { ...ADMIN, appAudience: 'admin_panel', sessionType: 'web' };
    const common = await one.call('POST', 'auth/login', { body: web });
    const own = await one.call('POST', 'auth/login', {
      body: { ...web, cookieFor: 'passenger_app' },
    });
    const cookies = [common, own].map(
      ({ headers }) => headers.getSetCookie()[0]?.split(';')[0] ?? '',
    );
    expect(cookies[1]).toMatch(/^refreshToken_passenger_app=.+/);
    const headers = { cookie: cookies.join('; ') };
    for (const [answer, body] of [
      [common, {}],
      [own, { cookieFor: 'passenger_app' }],
    ] as const) {
      const { sid } = answer.body.data as Tokens;
      const refreshed = await two.call('POST', 'auth/refresh', { headers, body });
      expect(refreshed.body.data).toMatchObject({ sid });
    }
    await two.call('POST', 'auth/logout', { headers, body: { cookieFor: 'passenger_app' } });
    const after = await one.call('POST', 'auth/refresh', {
      headers,
      body: { cookieFor: 'passenger_app' },
    });
    expect(after.body.error?.reason).toBe('SESSION_REVOKED');
    expect((await one.call('POST', 'auth/refresh', { headers, body: {} })).status).toBe(200);
  });

  it('[AUTH4] Refresh works with the token in the body and refuses what is none', async () => {
    const driver = await newDriver();
    const tokens = await login({ ...driver.login, deviceInfo: { model: 'X', os: 'Y' } });
    const body = { refreshToken: tokens.refreshToken };
    const refreshed = await two.call('POST', 'auth/refresh', { body });
    expect(refreshed.body.data).toMatchObject({ sid: tokens.sid, sessionType: 'mobile_app' });
    // As a file gives it.
    const fromFile = { refreshToken: `${tokens.refreshToken}\n` };
    expect((await two.call('POST', 'auth/refresh', { body: fromFile })).status).toBe(200);
    const asRefresh = { refreshToken: tokens.accessToken };
    const wrong = await two.call('POST', 'auth/refresh', { body: asRefresh });
    expect(wrong.body.error?.reason).toBe('TOKEN_INVALID');
    expect((await two.call('POST', 'auth/refresh')).body.error?.reason).toBe('AUTH_REQUIRED');
    const asAccess = await two.call('GET', 'auth/sessions', { token: tokens.refreshToken ?? '' });
    expect(asAccess.body.error?.reason).toBe('TOKEN_INVALID');
  });

  it('[AUTH3] Wrong credentials and wrong apps are refused with their codes', async () => {
    const driver = await newDriver();
    for (const [change, status, reason] of [
      [{ password: 'wrong horse' }, 401, 'INVALID_CREDENTIALS'],
      [{ password: 'short' }, 401, 'INVALID_CREDENTIALS'],
      [{ password: undefined }, 400, 'VALIDATION_FAILED'],
      [{ email: 'nobody@example.com' }, 401, 'INVALID_CREDENTIALS'],
      [{ appAudience: 'admin_panel' }, 403, 'AUDIENCE_MISMATCH'],
      [{ expectedUserType: 'passenger' }, 403, 'AUDIENCE_MISMATCH'],
      [{ email: undefined }, 400, 'VALIDATION_FAILED'],
      [{ deviceInfo: 'x'.repeat(2_000) }, 400, 'VALIDATION_FAILED'],
    ] as const) {
      const answer = await one.call('POST', 'auth/login', { body: { ...driver.login, ...change } });
      expect(answer.status).toBe(status);
      expect(answer.body.error?.reason).toBe(reason);
    }
  });

  it('[AUTH7] People see and end their own sessions, and no others', async () => {
    const driver = await newDriver();
    const first = await login({ ...driver.login, deviceInfo: { model: 'X' } });
    const second = await login(driver.login);
    const listed = await two.call('GET', 'auth/sessions', { token: second.accessToken });
    expect(listed.body.data).toMatchObject([
      { sid: second.sid, current: true },
      { sid: first.sid, current: false, deviceInfo: '{"model":"X"}', appAudience: 'driver_app' },
    ]);
    const stranger = await login((await newDriver()).login);
    const refused = await two.call('DELETE', `auth/sessions/${first.sid}`, {
      token: stranger.accessToken,
    });
    expect(refused.body.error?.reason).toBe('NOT_FOUND');
    const done = await two.call('DELETE', `auth/sessions/${first.sid}`, {
      token: second.accessToken,
    });
    expect(done.status).toBe(204);
    const cut = await one.call('GET', 'auth/sessions', { token: first.accessToken });
    expect(cut.body.error?.reason).toBe('SESSION_REVOKED');
  });

  it('[AUTH2] Admins see and end the sessions of anybody', async () => {
    const driver = await newDriver();
    const [first, second, third] = [
      await login(driver.login),
      await login(driver.login),
      await login(driver.login),
    ];
    const path = `admin/users/${driver.id}/sessions`;
    expect((await one.call('GET', path, { token: admin })).body.data).toHaveLength(3);
    const single = await one.call('DELETE', `admin/sessions/${first.sid}`, { token: admin });
    expect(single.status).toBe(204);
    const unknown = await one.call('DELETE', 'admin/sessions/unknown', { token: admin });
    expect(unknown.body.error?.reason).toBe('NOT_FOUND');
    const cut = await two.call('GET', 'auth/sessions', { token: first.accessToken });
    expect(cut.body.error?.reason).toBe('SESSION_REVOKED');
    const all = await one.call('DELETE', path, { token: admin });
    expect(all.body.data).toEqual({ revoked: 2 });
    for (const { accessToken } of [second, third]) {
      const refused = await two.call('GET', 'auth/sessions', { token: accessToken });
      expect(refused.body.error?.reason).toBe('SESSION_REVOKED');
    }
  });

  it('[AUTH9] Attempts on one account are limited on all instances together, and a login starts anew', async () => {
    const driver = await newDriver();
    const attempt = (instance: RestInstance, password: string) =>
      instance.call('POST', 'auth/login', { body: { ...driver.login, password } });
    for (let i = 0; i < 4; i += 1) await attempt(i % 2 ? one : two, 'wrong horse');
    expect((await attempt(one, PASSWORD)).status).toBe(200);
    for (let i = 0; i < 5; i += 1) {
      expect((await attempt(i % 2 ? one : two, 'wrong horse')).status).toBe(401);
    }
    const limited = await attempt(two, PASSWORD);
    expect(limited.status).toBe(429);
    expect(limited.body.error).toMatchObject({ reason: 'RATE_LIMITED', retryable: true });
    expect(limited.body.error?.retryAfterMs).toBeGreaterThan(1_000);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('[AUTH9] Attempts from one address are limited over all accounts', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const answers = await Promise.all(
      Array.from({ length: 62 }, (_, i) =>
        one.call('POST', 'auth/login', {
          headers,
          body: { email: `x${i}@example.com`, password: PASSWORD, appAudience: 'driver_app' },
        }),
      ),
    );
    const reasons = answers.map(({ body }) => body.error?.reason);
    expect(reasons.filter((reason) => reason === 'INVALID_CREDENTIALS').length).toBe(60);
    expect(reasons.filter((reason) => reason === 'RATE_LIMITED').length).toBe(2);
  });

  it('[REST5] The description lists every route with its bodies, answers and schemes', async () => {
    const response = await fetch(`${one.url}/api/docs-json`);
    const document = (await response.json()) as OpenAPIObject;
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.toSorted()).toEqual(
      [
        'POST /api/auth/login',
        'POST /api/auth/code',
        'POST /api/auth/refresh',
        'POST /api/auth/logout',
        'GET /api/auth/sessions',
        'DELETE /api/auth/sessions',
        'DELETE /api/auth/sessions/{sid}',
        'GET /api/users/profile',
        'PATCH /api/users/profile',
        'POST /api/users/register',
        'POST /api/admin/users',
        'GET /api/admin/users',
        'GET /api/admin/users/{id}',
        'POST /api/admin/users/{id}/suspend',
        'POST /api/admin/users/{id}/ban',
        'POST /api/admin/users/{id}/reactivate',
        'GET /api/admin/users/{id}/sessions',
        'DELETE /api/admin/users/{id}/sessions',
        'POST /api/admin/sessions',
        'DELETE /api/admin/sessions/{sid}',
        'GET /api/admin/surge',
        'PUT /api/admin/surge',
        'PUT /api/admin/users/{id}/groups',
        'PUT /api/admin/users/{id}/vehicle',
        'DELETE /api/admin/users/{id}/vehicle',
        'POST /api/trips/{id}/shares',
        'POST /api/admin/notifications',
        'GET /api/notifications',
        'GET /api/trips/{id}/shares',
        'DELETE /api/trips/{id}/shares/{shareId}',
        'DELETE /api/admin/surge',
        'GET /api/admin/webhooks/dead-letters',
        'POST /api/admin/webhooks/dead-letters/{id}/replay',
        'POST /api/trips',
        'POST /api/trips/estimate',
        'GET /api/trips/history',
        'GET /api/trips/active',
        'GET /api/trips/passengers/{id}/active-trip',
        'GET /api/trips/drivers/{id}/active-trip',
        'GET /api/trips/{id}',
        'GET /api/trips/{id}/events',
        'POST /api/trips/{id}/cancel',
        'PATCH /api/trips/assignments/{id}/accept',
        'POST /api/trips/{id}/reject',
        'POST /api/trips/{id}/arriving',
        'POST /api/trips/{id}/arrived-pickup',
        'POST /api/trips/{id}/start',
        'POST /api/trips/{id}/complete',
        'POST /api/trips/{id}/assign/start',
        'POST /api/trips/{id}/assign/no-drivers',
        'GET /api/admin/trips',
        'POST /api/admin/trips',
        'POST /api/admin/trips/estimate',
        'GET /api/admin/trips/{id}',
        'GET /api/admin/trips/{id}/events',
        'GET /api/admin/trips/{id}/decisions',
        'POST /api/admin/trips/{id}/actions/retry-matching',
        'POST /api/admin/trips/{id}/actions/mark-no-drivers',
        'POST /api/admin/trips/{id}/actions/override-status',
        'POST /api/admin/trips/{id}/actions/cancel',
        'POST /api/admin/trips/{id}/actions/send-message',
      ].toSorted(),
    );
    for (const [path, item] of Object.entries(document.paths)) {
      for (const operation of [item.get, item.post, item.put, item.patch, item.delete].filter(
        (each) => !!each,
      )) {
        const statuses = Object.keys(operation.responses);
        expect({ path, statuses }).toEqual({
          path,
          statuses: expect.arrayContaining([expect.stringMatching(/^2/), '503']),
        });
        const schemes = path.startsWith('/api/admin')
          ? [{ bearer: [] }, { apiKey: [] }]
          : undefined;
        expect({ path, security: operation.security }).toMatchObject(
          schemes ? { path, security: schemes } : { path },
        );
      }
    }
    const { schemas = {} } = document.components ?? {};
    expect(schemas['LoginDto']).toMatchObject({ properties: { expectedUserType: {} } });
    expect((await fetch(`${one.url}/api/docs`)).status).toBe(200);
  });

  it('[REST6] Only named origins may send the cookie across origins', async () => {
    const named = await preflight(one, 'https://dispatch.example.com');
    expect(named.headers.get('access-control-allow-origin')).toBe('https://dispatch.example.com');
    expect(named.headers.get('access-control-allow-credentials')).toBe('true');
    const other = await preflight(one, 'https://evil.example.com');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    const own = await preflight(one, one.url);
    expect(own.headers.get('access-control-allow-origin')).toBe(one.url);
  });
});

function preflight(instance: RestInstance, origin: string): Promise<Response> {
  return fetch(`${instance.url}/api/auth/refresh`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' },
  });
}
