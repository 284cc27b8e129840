import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testEnvironment, uniquePrefix } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const headers = { 'x-api-key': API_KEY };
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });

function theirToken(sub: string, sid: string, userType = 'driver'): Promise<string> {
  return new SignJWT({ sid, userType })
    .setProtectedHeader({ alg: 'RS256' })
    .setSubject(sub)
    .setIssuer('https://id.example.com')
    .setAudience('rides')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
}

describe('a company with its own identity service', () => {
  let one: RestInstance;
  let two: RestInstance;

  beforeAll(async () => {
    const environment = testEnvironment({
      REDIS_KEY_PREFIX: uniquePrefix(),
      JWT_MODE: 'external',
      JWT_ALGORITHM: 'RS256',
      JWT_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      JWT_ISSUER: 'https://id.example.com',
      JWT_AUDIENCE: 'rides',
      JWT_ACCESS_SECRET: '',
      JWT_REFRESH_SECRET: '',
      FIRST_ADMIN_EMAIL: '',
      FIRST_ADMIN_PASSWORD: '',
      ADMIN_API_KEY: API_KEY,
    });
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
  });
  afterAll(() => Promise.all([one?.close(), two?.close()]));

  const open = (body: Record<string, unknown>) =>
    one.call('POST', 'admin/sessions', { headers, body });

  it('[AUTH12] Their token is accepted while the session that they opened is live', async () => {
    const token = await theirToken('u1', 's1');
    const early = await two.call('GET', 'auth/sessions', { token });
    expect(early.body.error?.reason).toBe('SESSION_REVOKED');
    const opened = await open({ userId: 'u1', userType: 'driver', sid: 's1', ttlMs: 60_000 });
    expect(opened.status).toBe(201);
    expect(opened.body.data).toMatchObject({ sid: 's1' });
    const account = await two.call('GET', 'admin/users/u1', { headers });
    expect(account.body.data).toMatchObject({ id: 'u1', userType: 'driver', status: 'active' });
    const listed = await two.call('GET', 'auth/sessions', { token });
    expect(listed.body.data).toMatchObject([{ sid: 's1', current: true }]);
    expect((await open({ userId: 'u1', userType: 'driver', sid: 's1' })).status).toBe(201);
    const ended = await one.call('DELETE', 'admin/sessions/s1', { headers });
    expect(ended.status).toBe(204);
    const late = await two.call('GET', 'auth/sessions', { token });
    expect(late.body.error?.reason).toBe('SESSION_REVOKED');
  });

  it('[AUTH12] A sid that has ended, or belongs to another user, is not opened again', async () => {
    await open({ userId: 'u2', userType: 'driver', sid: 's2' });
    const stolen = await open({ userId: 'u3', userType: 'driver', sid: 's2' });
    expect(stolen.body.error?.reason).toBe('CONFLICT');
    const token = await theirToken('u3', 's2');
    const mixed = await two.call('GET', 'auth/sessions', { token });
    expect(mixed.body.error?.reason).toBe('TOKEN_INVALID');
    await one.call('DELETE', 'admin/users/u2/sessions', { headers });
    const again = await open({ userId: 'u2', userType: 'driver', sid: 's2' });
    expect(again.body.error?.reason).toBe('CONFLICT');
  });

  it('[AUTH12] A token of another user type than the account is refused', async () => {
    await open({ userId: 'u4', userType: 'passenger', sid: 's4' });
    const token = await theirToken('u4', 's4', 'admin');
    const refused = await two.call('GET', 'admin/users', { token });
    expect(refused.body.error?.reason).toBe('TOKEN_INVALID');
    const changed = await open({ userId: 'u4', userType: 'admin', sid: 's5' });
    expect(changed.body.error?.reason).toBe('CONFLICT');
  });

  it('[AUTH12] Login and refresh are switched off; a logout ends the session', async () => {
    const login = { email: 'a@example.com', password: '12345678', appAudience: 'driver_app' };
    const refused = [
      await one.call('POST', 'auth/login', { body: login }),
      await one.call('POST', 'auth/refresh', { body: { refreshToken: 'x' } }),
    ];
    for (const { status, body } of refused) {
      expect(status).toBe(403);
      expect(body.error?.reason).toBe('LOGIN_DISABLED');
    }
    await open({ userId: 'u6', userType: 'driver', sid: 's6' });
    const token = await theirToken('u6', 's6');
    expect((await two.call('POST', 'auth/logout', { token })).status).toBe(204);
    const after = await one.call('GET', 'auth/sessions', { token });
    expect(after.body.error?.reason).toBe('SESSION_REVOKED');
  });
});
