import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testEnvironment, uniquePrefix } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const PASSWORD = 'correct horse';
const ATTEMPTS = 5;

interface Login {
  accessToken: string;
  refreshToken: string;
  deviceToken: string;
}

describe('the own account on two instances', () => {
  const environment = testEnvironment({
    REDIS_KEY_PREFIX: uniquePrefix(),
    ADMIN_API_KEY: API_KEY,
    TRUST_PROXY_HOPS: '1',
    LOGIN_ATTEMPTS_PER_ACCOUNT: String(ATTEMPTS),
    LOGIN_ATTEMPTS_PER_ADDRESS: '20',
    PASSENGER_REGISTRATION: 'true',
    PHOTO_ORIGINS: 'https://photos.example.com',
    REGISTRATIONS_PER_ADDRESS: '4',
  });
  let one: RestInstance;
  let two: RestInstance;
  let sequence = 0;

  beforeAll(async () => {
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  async function newUser(userType = 'driver') {
    const email = `own${(sequence += 1)}@example.com`;
    await one.call('POST', 'admin/users', {
      headers: { 'x-api-key': API_KEY },
      body: { userType, email, password: PASSWORD },
    });
    const appAudience = userType === 'admin' ? 'admin_panel' : `${userType}_app`;
    return { email, password: PASSWORD, appAudience };
  }

  const login = (body: object, from = '198.51.100.1', headers: Record<string, string> = {}) =>
    (sequence % 2 ? one : two).call('POST', 'auth/login', {
      body,
      headers: { 'x-forwarded-for': from, ...headers },
    });

  it('[AUTH9] Strangers lock out strangers; a device that logged in before goes on, and has its own limit', async () => {
    const user = await newUser();
    const first = await login(user);
    const { deviceToken } = first.body.data as Login;
    for (let i = 0; i < ATTEMPTS + 2; i += 1) {
      await login({ ...user, password: 'wrong horse' }, `203.0.113.${i}`);
    }
    expect((await login(user)).body.error?.reason).toBe('RATE_LIMITED');
    const known = await login({ ...user, deviceToken });
    expect(known.status).toBe(200);
    // It gave strangers no new attempts.
    expect((await login(user)).body.error?.reason).toBe('RATE_LIMITED');
    for (let i = 0; i < ATTEMPTS; i += 1) {
      const wrong = await login({ ...user, password: 'wrong horse', deviceToken });
      expect(wrong.body.error?.reason).toBe('INVALID_CREDENTIALS');
    }
    const next = (known.body.data as Login).deviceToken;
    for (const token of [deviceToken, next]) {
      const limited = await login({ ...user, deviceToken: token });
      expect(limited.body.error?.reason).toBe('RATE_LIMITED');
    }
  });

  it('[AUTH9] Strangers behind the same address do not lock out a known device', async () => {
    const user = await newUser();
    const { deviceToken } = (await login(user, '203.0.113.77')).body.data as Login;
    for (let i = 0; i < 21; i += 1) {
      await login({ ...user, email: `x${i}@example.com` }, '203.0.113.77');
    }
    expect((await login(user, '203.0.113.77')).body.error?.reason).toBe('RATE_LIMITED');
    expect((await login({ ...user, deviceToken }, '203.0.113.77')).status).toBe(200);
  });

  it('[AUTH9] The token of a device counts for its own account only, opens nothing and cannot be made', async () => {
    const [user, other] = [await newUser(), await newUser()];
    const mine = (await login(user)).body.data as Login;
    for (let i = 0; i < ATTEMPTS; i += 1) {
      await login({ ...other, password: 'wrong horse' }, `192.0.2.${i}`);
    }
    const forged = [
      mine.deviceToken,
      mine.accessToken,
      mine.refreshToken,
      `${mine.deviceToken}x`,
      'x.y.z',
      'x',
    ];
    for (const deviceToken of forged) {
      const answer = await login({ ...other, deviceToken });
      expect(answer.body.error?.reason).toBe('RATE_LIMITED');
    }
    const asAccess = await one.call('GET', 'users/profile', { token: mine.deviceToken });
    expect(asAccess.body.error?.reason).toBe('TOKEN_INVALID');
    const body = { refreshToken: mine.deviceToken };
    const asRefresh = await one.call('POST', 'auth/refresh', { body });
    expect(asRefresh.body.error?.reason).toBe('TOKEN_INVALID');
  });

  it('[AUTH9] A browser is known by an HttpOnly cookie that outlives the logout', async () => {
    const user = { ...(await newUser('admin')), sessionType: 'web' };
    const answer = await login(user);
    expect(answer.body.data).not.toHaveProperty('deviceToken');
    const set = answer.headers.getSetCookie().find((each) => each.startsWith('deviceToken=')) ?? '';
    expect(set).toMatch(/^deviceToken=.+; Path=\/api\/auth; .*HttpOnly; SameSite=Lax$/);
    for (let i = 0; i < ATTEMPTS; i += 1) {
      await login({ ...user, password: 'wrong horse' }, `192.0.2.${i}`);
    }
    expect((await login(user)).body.error?.reason).toBe('RATE_LIMITED');
    const cookie = set.split(';')[0] ?? '';
    expect((await login(user, '198.51.100.1', { cookie })).status).toBe(200);
    const refresh = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const out = await one.call('POST', 'auth/logout', { headers: { cookie: refresh } });
    expect(out.headers.getSetCookie().join()).not.toContain('deviceToken');
  });

  it('[ACC9] Every type of user reads and changes its own profile', async () => {
    for (const userType of ['driver', 'passenger', 'admin']) {
      const user = await newUser(userType);
      const { accessToken: token } = (await login({ ...user, sessionType: 'api_client' })).body
        .data as Login;
      const read = await one.call('GET', 'users/profile', { token });
      expect(read.body.data).toMatchObject({ userType, email: user.email });
      expect(read.body.data).not.toHaveProperty('name');
      const named = await two.call('PATCH', 'users/profile', {
        token,
        body: { name: ' Ada\u202e L ' },
      });
      expect(named.body.data).toMatchObject({ name: 'Ada L' });
      expect(
        (await two.call('PATCH', 'users/profile', { token, body: {} })).body.data,
      ).toMatchObject({
        name: 'Ada L',
      });
      for (const body of [
        { name: '' },
        { name: '\u200b' },
        { name: 7 },
        { userType: 'admin' },
        [],
      ]) {
        const { status } = await two.call('PATCH', 'users/profile', { token, body });
        expect(status, JSON.stringify(body)).toBe(400);
      }
      const cleared = await two.call('PATCH', 'users/profile', { token, body: { name: null } });
      expect(cleared.body.data).not.toHaveProperty('name');
    }
    expect((await one.call('GET', 'users/profile')).status).toBe(401);
  });

  it('[ACC9] A photo is taken only from a server of the company', async () => {
    const user = await newUser('driver');
    const { accessToken: token } = (await login({ ...user, sessionType: 'api_client' })).body
      .data as Login;
    const change = (photoUrl: unknown) =>
      two.call('PATCH', 'users/profile', { token, body: { photoUrl } });
    const url = 'https://photos.example.com/ada.jpg?v=2';
    expect((await change('https://PHOTOS.example.com:443/ada.jpg?v=2')).body.data).toMatchObject({
      photoUrl: url,
    });
    for (const wrong of [
      'http://photos.example.com/a',
      'https://photos.example.com.evil.example/a',
      'https://evil.example/photos.example.com',
      'https://me:secret@photos.example.com/a',
      'https://photos.example.com@evil.example/a',
      'javascript:alert(1)',
      'data:image/png;base64,AAAA',
      '/a.jpg',
      `https://photos.example.com/${'a'.repeat(600)}`,
      `https://photos.example.com/${'ä'.repeat(200)}`,
      7,
      {},
    ]) {
      expect((await change(wrong)).status, String(wrong)).toBe(400);
    }
    const { data } = (await two.call('PATCH', 'users/profile', { token, body: { name: 'A' } }))
      .body;
    expect(data).toMatchObject({ photoUrl: url });
    expect((await change(null)).body.data).not.toHaveProperty('photoUrl');
  });

  const register = (body: object, from: string, instance = one) =>
    instance.call('POST', 'users/register', { body, headers: { 'x-forwarded-for': from } });

  it('[ACC9] A passenger registers and logs in; an address that is taken is answered alike and stays', async () => {
    const email = 'Rider@münchen.de';
    const first = await register({ email, password: PASSWORD, name: 'Rider' }, '192.0.2.50');
    const taken = await register({ email, password: 'another horse' }, '192.0.2.50', two);
    expect(first.status).toBe(202);
    expect([taken.status, taken.body]).toEqual([first.status, first.body]);
    const rider = { email: 'rider@xn--mnchen-3ya.de', appAudience: 'passenger_app' };
    expect((await login({ ...rider, password: PASSWORD })).status).toBe(200);
    expect((await login({ ...rider, password: 'another horse' })).status).toBe(401);
    const driver = await newUser();
    await register({ ...driver, appAudience: undefined, password: 'another horse' }, '192.0.2.51');
    expect((await login(driver)).status).toBe(200);
  });

  it('[ACC9] Registrations are bounded by address, and wrong ones are told so', async () => {
    const body = (i: number) => ({ email: `bound${i}@example.com`, password: PASSWORD });
    for (const wrong of [{}, { password: PASSWORD }, { ...body(0), userType: 'admin' }]) {
      expect((await register(wrong, '192.0.2.60')).status).toBe(400);
    }
    const answers = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => register(body(i), '192.0.2.61', i % 2 ? one : two)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 202, 202, 429, 429]);
    expect((await register(body(9), '192.0.2.62')).status).toBe(202);
  });

  it('[ACC9] Registration is off by default', async () => {
    const closed = await startRest({ ...environment, PASSENGER_REGISTRATION: false });
    const body = { email: 'off@example.com', password: PASSWORD };
    const answer = await register(body, '192.0.2.70', closed);
    expect(answer.status).toBe(403);
    expect(answer.body.message).toContain('PASSENGER_REGISTRATION');
    expect((await login({ ...body, appAudience: 'passenger_app' })).status).toBe(401);
    await closed.close();
  });
});
