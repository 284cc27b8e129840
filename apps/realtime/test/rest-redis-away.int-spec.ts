import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTcpProxy, testEnvironment, until, type TcpProxy } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const LOGIN = {
  email: 'first.admin@example.com',
  password: 'first-admin-password',
  appAudience: 'api_client',
};

let proxy: TcpProxy;
let instance: RestInstance;

beforeAll(async () => {
  proxy = await startTcpProxy(Number(new URL(testEnvironment().REDIS_URL).port));
  instance = await startRest(
    testEnvironment({
      REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
      REDIS_COMMAND_TIMEOUT: '2s',
      ADMIN_API_KEY: API_KEY,
    }),
  );
});
afterAll(async () => {
  await instance?.close();
  await proxy?.close();
});

it('[REDIS1] Every route answers 503 while Redis is away and works once it is back', async () => {
  const { body } = await instance.call('POST', 'auth/login', { body: LOGIN });
  const { accessToken: token, refreshToken } = body.data as Record<string, string>;
  const headers = { 'x-api-key': API_KEY };
  proxy.cut();
  const answers = await Promise.all([
    instance.call('POST', 'auth/login', { body: LOGIN }),
    instance.call('POST', 'auth/refresh', { body: { refreshToken } }),
    instance.call('GET', 'auth/sessions', { token: token ?? '' }),
    instance.call('DELETE', 'auth/sessions/s1', { token: token ?? '' }),
    instance.call('GET', 'admin/users', { headers }),
    instance.call('GET', 'admin/users/u1', { headers }),
    instance.call('POST', 'admin/users', {
      headers,
      body: { userType: 'driver', email: 'a@example.com', password: '12345678' },
    }),
    instance.call('POST', 'admin/users/u1/reactivate', { headers }),
    instance.call('GET', 'admin/users/u1/sessions', { headers }),
  ]);
  for (const { status, body: refusal, headers: answered } of answers) {
    expect(status).toBe(503);
    expect(refusal.error).toMatchObject({
      code: 'Service Unavailable',
      reason: 'REDIS_UNAVAILABLE',
      retryable: true,
    });
    expect(Number(answered.get('retry-after'))).toBeGreaterThan(0);
  }
  const held = await instance.call('POST', 'admin/users/nobody/ban', { headers, body: {} });
  expect(held.status).toBe(503);
  expect(held.body.message).toContain('keeps trying');
  proxy.mend();
  await until('it works again', async () => {
    const answer = await instance.call('GET', 'auth/sessions', { token: token ?? '' });
    return answer.status === 200;
  });
});
