import { hash } from '@node-rs/argon2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisConnections, RedisKeys } from '#libs/redis';
import { testEnvironment, until, uniquePrefix } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const PASSWORD = 'correct horse';
const HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

describe('one account an address, however it is written', () => {
  const environment = testEnvironment({
    REDIS_KEY_PREFIX: uniquePrefix(),
    ADMIN_API_KEY: API_KEY,
    PHONE_DEFAULT_COUNTRY: 'DE',
    LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
    LOGIN_ATTEMPTS_PER_ACCOUNT: '1000',
  });
  let one: RestInstance;
  let two: RestInstance;

  beforeAll(async () => {
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  const create = (body: Record<string, unknown>) =>
    one.call('POST', 'admin/users', {
      headers: { 'x-api-key': API_KEY },
      body: { userType: 'driver', password: PASSWORD, ...body },
    });
  const login = (body: Record<string, unknown>, instance = two) =>
    instance.call('POST', 'auth/login', {
      body: { password: PASSWORD, appAudience: 'driver_app', ...body },
    });

  it('[ACC1] An account is found by every spelling of its address, and the address is taken in each', async () => {
    for (const spellings of [
      ['Jürgen@münchen.de', 'ju\u0308rgen@mu\u0308nchen.de', 'JÜRGEN@XN--MNCHEN-3YA.DE'],
      ['İstanbul@example.com', 'istanbul@example.com', 'ISTANBUL@EXAMPLE.COM'],
    ]) {
      expect((await create({ email: spellings[0] })).status).toBe(201);
      for (const email of spellings) {
        expect((await login({ email })).status, email).toBe(200);
        const again = await create({ email, userType: 'passenger' });
        expect(again.body.error, email).toMatchObject({ reason: 'CONFLICT' });
      }
    }
  });

  it('[ACC1] A phone number is kept in E.164 and found in every spelling', async () => {
    const created = await create({ phoneNumber: '0049 (0)151 2345678' });
    expect(created.body.data).toMatchObject({ phoneNumber: '+491512345678' });
    for (const phoneNumber of [
      '+491512345678',
      '+49 (0)151 2345678',
      '00491512345678',
      '0151 2345678',
      '＋４９１５１２３４５６７８',
    ]) {
      expect((await login({ phoneNumber })).status, phoneNumber).toBe(200);
      expect((await create({ phoneNumber })).status, phoneNumber).toBe(409);
    }
  });

  it('[ACC1] Without a default country a new number needs its country code, and the answer says so', async () => {
    const abroad = await startRest({ ...environment, PHONE_DEFAULT_COUNTRY: undefined });
    const answer = await abroad.call('POST', 'admin/users', {
      headers: { 'x-api-key': API_KEY },
      body: { userType: 'driver', password: PASSWORD, phoneNumber: '0151 999999' },
    });
    expect(answer.status).toBe(400);
    expect(String(answer.body.message)).toContain('PHONE_DEFAULT_COUNTRY');
    expect((await login({ phoneNumber: '0151 999999' }, abroad)).status).toBe(401);
    await abroad.close();
  });

  it('[ACC8] A password is one in NFC and NFD and with any kind of blank', async () => {
    const email = 'forms@example.com';
    await create({ email, password: 'pässwörter mit Leerraum' });
    for (const password of [
      'pässwörter mit Leerraum',
      'pa\u0308sswo\u0308rter mit Leerraum',
      'pässwörter\u00a0mit\u3000Leerraum',
    ]) {
      expect((await login({ email, password })).status, JSON.stringify(password)).toBe(200);
    }
    for (const password of ['passworter mit Leerraum', 'PÄSSWÖRTER mit Leerraum']) {
      expect((await login({ email, password })).status).toBe(401);
    }
  });

  it('[ACC8] A new password has 8 to 100 characters that people count, and none that cannot be typed', async () => {
    const email = 'lengths@example.com';
    for (const password of [
      '🚕'.repeat(7),
      '🚕'.repeat(101),
      'nul\0inside',
      'lone\ud800surrogate',
      7,
    ]) {
      expect((await create({ email, password })).status, String(password)).toBe(400);
    }
    expect((await create({ email, password: '👨‍👩‍👧'.repeat(100) })).status).toBe(201);
    expect((await login({ email, password: '👨‍👩‍👧'.repeat(100) })).status).toBe(200);
  });

  it('[ACC1] An account of an older release is found by its old spelling and by all others, and cannot be taken', async () => {
    const redis = one.app.get(RedisConnections).commands;
    const keys = one.app.get(RedisKeys);
    const stored = async (id: string, contact: Record<string, string>, password: string) => {
      const now = Date.now();
      await redis.hset(keys.key(`user:${id}`, 'account'), {
        id,
        userType: 'driver',
        status: 'active',
        createdAt: now,
        updatedAt: now,
        passwordHash: await hash(password, HASHING),
        ...contact,
      });
      for (const index of ['all:all', 'driver:all', 'all:active', 'driver:active']) {
        await redis.zadd(keys.key('auth', 'users', index), now, id);
      }
      for (const [field, value] of Object.entries(contact)) {
        const kind = field === 'email' ? 'email' : 'phone';
        await redis.set(keys.key('auth', kind, value), id);
      }
    };
    const nfd = 'mu\u0308ller@bu\u0308ro.de';
    await stored('old-1', { email: nfd, phoneNumber: '00491701234567' }, 'gro\u0308ße 1234');
    await stored(
      'old-2',
      { email: 'müller@xn--bro-hoa.de', phoneNumber: '017099999999' },
      PASSWORD,
    );
    await stored('old-3', { email: 'ka\u0308the@bu\u0308ro.de' }, PASSWORD);
    expect((await login({ email: nfd, password: 'größe 1234' })).status).toBe(200);
    expect(
      (await login({ phoneNumber: '0049 170 1234567', password: 'gro\u0308ße 1234' })).status,
    ).toBe(200);

    const next = await startRest(environment);
    const userOf = async (body: Record<string, unknown>) => {
      const answer = await login(body, next);
      if (answer.status !== 200) return answer.status;
      const { accessToken } = answer.body.data as { accessToken: string };
      const [, claims = ''] = accessToken.split('.');
      return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub;
    };
    const first = { password: 'größe 1234' };
    await until('the number has its new name', async () => {
      return (await userOf({ phoneNumber: '+491701234567', ...first })) === 'old-1';
    });
    expect(await userOf({ phoneNumber: '0170 1234567', ...first })).toBe('old-1');
    expect(await userOf({ email: nfd, ...first })).toBe('old-1');
    expect(await userOf({ email: 'KÄTHE@büro.de' })).toBe('old-3');
    // Two accounts since before, one address now: each is found by its own spelling.
    expect(await userOf({ email: 'müller@xn--bro-hoa.de' })).toBe('old-2');
    for (const taken of [
      { email: 'MÜLLER@büro.de' },
      { email: 'käthe@xn--bro-hoa.de' },
      { phoneNumber: '+49 (0)170 1234567' },
      { phoneNumber: '+4917099999999' },
    ]) {
      expect((await create(taken)).status, JSON.stringify(taken)).toBe(409);
    }
    await next.close();
  });

  it('[TEXT1] Lengths of names and reasons are what people count', async () => {
    const name = '🚕'.repeat(100);
    const created = await create({ email: 'emoji@example.com', name });
    expect(created.body.data).toMatchObject({ name });
    expect((await create({ email: 'more@example.com', name: `${name}🚕` })).status).toBe(400);
    const { id } = created.body.data as { id: string };
    const reason = '👨‍👩‍👧‍👦'.repeat(151);
    const suspended = await one.call('POST', `admin/users/${id}/suspend`, {
      headers: { 'x-api-key': API_KEY },
      body: { reason },
    });
    expect(suspended.body.data).toMatchObject({ statusReason: reason });
  });

  it('[TEXT2] A name of which nothing can be seen is refused, and one that turns the text is cleaned', async () => {
    for (const name of ['\u200b\u200d', ' \u00a0', '\u202e', '\0', '\ud800']) {
      const answer = await create({ email: 'invisible@example.com', name });
      expect(answer.status, JSON.stringify(name)).toBe(400);
    }
    const created = await create({ email: 'turned@example.com', name: 'Ada\u202e\0\nevil' });
    expect(created.body.data).toMatchObject({ name: 'Ada evil' });
  });

  it('[TEXT4] Members of closed sets are read in any case', async () => {
    const created = await create({ email: 'sets@example.com', userType: ' Driver ' });
    expect(created.body.data).toMatchObject({ userType: 'driver' });
    const answer = await login({
      email: 'sets@example.com',
      appAudience: 'DRIVER_APP',
      sessionType: ' Mobile-App',
      expectedUserType: 'DRIVER',
    });
    expect(answer.body.data).toMatchObject({ sessionType: 'mobile_app' });
  });

  it('[AUTH13] No input of a login is a failure of the server', async () => {
    const groups: unknown[][] = [
      ['', ' ', '\0', 'a\0b@example.com', '\ud800', '\u202e', '[object Object]', '__proto__'],
      [0, 1, -1, 1e308, true, false, [], {}, [[]], ['a@example.com'], { $ne: null }],
      [{ toString: 'x' }, { length: 8 }, { constructor: null }, ['a', 'b']],
      ['x'.repeat(60_000), `${'x'.repeat(20_000)}@example.com`, 'a\u0301'.repeat(9_000)],
      ['%s%n', '${jndi:x}', "' OR 1=1 --", '4'.repeat(300), '+', '@', 'ada@', '@b.de'],
    ];
    const odd = groups.flat();
    const right = { email: 'nobody@example.com', password: PASSWORD, appAudience: 'driver_app' };
    const names = 'email phoneNumber password appAudience sessionType expectedUserType deviceInfo';
    const fields = [...names.split(' '), 'userAgent', 'ipAddress', 'location'];
    for (const field of fields) {
      for (const value of odd) {
        const body = { ...right, [field]: value };
        if (field === 'phoneNumber') Reflect.deleteProperty(body, 'email');
        const { status, body: envelope } = await login(body);
        const shown = `${field}: ${JSON.stringify(value)?.slice(0, 40)}`;
        expect([400, 401, 429], shown).toContain(status);
        expect(envelope.success, shown).toBe(false);
      }
    }
    for (const text of ['null', '[]', '"x"', '7', '{', '', '{"email":', '\0', '[{}]']) {
      const { status } = await two.call('POST', 'auth/login', {
        body: text,
        headers: { 'content-type': 'application/json' },
      });
      expect(status, JSON.stringify(text)).toBe(400);
    }
  });
});
