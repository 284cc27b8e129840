import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignInCodes } from '#libs/auth';
import { RedisCommands, RedisKeys } from '#libs/redis';
import { testEnvironment, uniquePrefix, until } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const HOUR_MS = 3_600_000;

describe('a code that signs in', () => {
  let one: RestInstance;
  let two: RestInstance;
  let people = 0;

  beforeAll(async () => {
    const environment = testEnvironment({
      REDIS_KEY_PREFIX: uniquePrefix(),
      ADMIN_API_KEY: API_KEY,
      LOGIN_ATTEMPTS_PER_ADDRESS: '8',
      TRUST_PROXY_HOPS: '1',
    });
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  const newAdmin = async (): Promise<string> => {
    people += 1;
    const answer = await one.call('POST', 'admin/users', {
      headers: { 'x-api-key': API_KEY },
      body: { userType: 'admin', email: `a${people}@example.com`, password: 'correct horse' },
    });
    return (answer.body.data as { id: string }).id;
  };
  const codeFor = (userId: string, ttlMs = HOUR_MS) =>
    one.app.get(SignInCodes, { strict: false }).issue(userId, ttlMs);
  const signIn = (instance: RestInstance, code: unknown, address = `10.1.0.${people}`) =>
    instance.call('POST', 'auth/code', { body: { code }, headers: { 'x-forwarded-for': address } });

  it('[AUTH15] opens one session, on any instance, once: also when two come in the same moment', async () => {
    const userId = await newAdmin();
    const code = await codeFor(userId);
    const answers = await Promise.all([signIn(one, code), signIn(two, code)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    const [won] = answers.filter(({ status }) => status === 200);
    const { accessToken, refreshToken } = won!.body.data as Record<string, string>;
    // A web session: its refresh token is out of reach of scripts.
    expect(refreshToken).toBeUndefined();
    expect(won!.headers.getSetCookie().join()).toMatch(/refreshToken=.*HttpOnly/i);
    const sessions = await two.call('GET', 'auth/sessions', { token: accessToken! });
    expect(sessions).toMatchObject({ status: 200, body: { data: [{ sessionType: 'web' }] } });
    const again = await signIn(one, code);
    expect(again.body).toMatchObject({ success: false, error: { reason: 'INVALID_CREDENTIALS' } });
    expect(String(again.body.message)).toMatch(/used or has ended/);
  });

  it('[AUTH15] opens nothing after its end, for nobody who is banned, and Redis does not hold it', async () => {
    const userId = await newAdmin();
    const short = await codeFor(userId, 50);
    const keys = one.app.get(RedisKeys, { strict: false });
    const stored = await one.app
      .get(RedisCommands, { strict: false })
      .do((redis) => redis.keys(`${keys.rawPrefix('')}*`));
    expect(stored.join()).toContain('sign-in-code');
    expect(stored.join()).not.toContain(short);
    const code = await codeFor(userId);
    const sentAt = Date.now();
    await until('the first one has ended', () => Date.now() > sentAt + 60);
    expect((await signIn(one, short)).status).toBe(401);
    await one.call('POST', `admin/users/${userId}/ban`, {
      headers: { 'x-api-key': API_KEY },
      body: {},
    });
    expect((await signIn(one, code)).body.error?.reason).toBe('ACCOUNT_BANNED');
  });

  it('[AUTH15] guesses count as attempts of their address, and what is no code is refused', async () => {
    const userId = await newAdmin();
    const address = '10.2.0.1';
    expect((await signIn(one, { $gt: '' }, address)).status).toBe(400);
    for (let i = 0; i < 8; i += 1)
      expect((await signIn(one, `guess-${i}`, address)).status).toBe(401);
    const code = await codeFor(userId);
    expect((await signIn(two, code, address)).body.error?.reason).toBe('RATE_LIMITED');
    expect((await signIn(two, code)).status).toBe(200);
  });
});
