import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testEnvironment, BareSocket, until, uniquePrefix } from '#libs/testing';
import { InstanceProcess } from './instance-process.js';
import { RawClient } from './raw-client.js';

const ADMIN = { email: 'first.admin@example.com', password: 'first-admin-password' };
const ORIGIN = 'https://dispatch.example.com';

interface Line {
  msg?: string;
  code?: string;
  [name: string]: unknown;
}

describe('what the log says of refusals', () => {
  let instance: InstanceProcess;
  let url: string;
  let token: string;
  let userId: string;

  beforeAll(async () => {
    const { REDIS_URL, JWT_ACCESS_SECRET, JWT_REFRESH_SECRET } = testEnvironment();
    instance = new InstanceProcess({
      REDIS_URL,
      JWT_ACCESS_SECRET: JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: JWT_REFRESH_SECRET!,
      REDIS_KEY_PREFIX: uniquePrefix(),
      NODE_ENV: 'test',
      PORT: '0',
      HOST: '127.0.0.1',
      FIRST_ADMIN_EMAIL: ADMIN.email,
      FIRST_ADMIN_PASSWORD: ADMIN.password,
      WS_CORS_ORIGIN: ORIGIN,
      WS_MAX_PAYLOAD_BYTES: '8192',
      TRUST_PROXY_HOPS: '1',
      DRAIN_PERIOD: '0ms',
    });
    url = await instance.url();
    const answer = await login(ADMIN.password);
    ({ accessToken: token } = ((await answer.json()) as { data: { accessToken: string } }).data);
    userId = (
      JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string }
    ).sub;
  });
  afterAll(() => instance.end('SIGTERM'));

  const login = (password: string) =>
    fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.8:40001' },
      body: JSON.stringify({ email: ADMIN.email, password, appAudience: 'admin_panel' }),
    });
  const lines = (): Line[] =>
    instance.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Line);
  const untilRefused = (refusal: Line) =>
    until(`the log says ${JSON.stringify(refusal)}`, () =>
      lines().some((line) =>
        Object.entries({ msg: 'refused', level: 30, ...refusal }).every(
          ([name, value]) => line[name] === value,
        ),
      ),
    );
  const from = (address: string) => ({ Origin: ORIGIN, 'X-Forwarded-For': address });

  it('[LOG3] a handshake that is refused, with the address behind the proxy', async () => {
    await RawClient.open(url, { ...from('[2001:db8::7]:5000'), Origin: 'https://foreign.example' });
    await untilRefused({ code: 'ORIGIN_FORBIDDEN', address: '2001:db8::7' });
  });

  it('[LOG3] a namespace that is refused, with the user where one is known', async () => {
    const raw = await RawClient.open(url, from('203.0.113.9'));
    raw.send(`40/admin,${JSON.stringify({ token: `${token}x` })}`, '40/nowhere,', '40');
    const address = '203.0.113.9';
    await untilRefused({ code: 'TOKEN_INVALID', namespace: '/admin', address });
    await untilRefused({ code: 'NAMESPACE_UNKNOWN', address });
    await untilRefused({ code: 'NAMESPACE_CLOSED', namespace: '/', address });
    raw.send(`40/drivers,${JSON.stringify({ token })}`);
    await untilRefused({ code: 'NAMESPACE_FORBIDDEN', namespace: '/drivers', address, userId });
    raw.close();
  });

  it('[LOG3] a request that is refused, with its name and nothing else of it', async () => {
    const client = BareSocket.open(
      url,
      '/admin',
      { token },
      { extraHeaders: from('203.0.113.10') },
    );
    await client.waitFor('hello');
    const of = { namespace: '/admin', address: '203.0.113.10', userId };
    await client.requestAnything('admin:no:such', { secret: 'payload-1234' });
    await untilRefused({ code: 'UNKNOWN_EVENT', event: 'admin:no:such', ...of });
    await client.requestAnything(token, 'payload-1234');
    await untilRefused({ code: 'UNKNOWN_EVENT', event: '(no name of an event)', ...of });
    client.close();
  });

  it('[LOG3] a connection that Socket.IO ends for a packet, before and after it is known whose it is', async () => {
    const broken = ['40/admin,{"token":', '42/admin,["x"]'];
    for (const [i, packet] of broken.entries()) {
      const address = `203.0.113.${20 + i}`;
      const unknown = await RawClient.open(url, from(address));
      unknown.send(packet);
      await unknown.waitUntilClosed();
      await untilRefused({ code: 'VALIDATION_FAILED', address });
    }
    const address = '203.0.113.30';
    const known = await RawClient.open(url, from(address));
    await known.enter('/admin', token);
    known.send('42/admin,7["x"');
    await known.waitUntilClosed();
    await untilRefused({ code: 'VALIDATION_FAILED', address, userId });
  });

  it('[LOG3] a connection that is ended, before and after it is known whose it is', async () => {
    const pinging = await RawClient.open(url, from('203.0.113.11'));
    pinging.sendFrames(...Array.from({ length: 500 }, () => ({ first: 0x89 })));
    await pinging.waitUntilClosed();
    await untilRefused({ code: 'RATE_LIMITED', address: '203.0.113.11' });
    const large = await RawClient.open(url, from('203.0.113.12'));
    await large.enter('/admin', token);
    large.send(`42/admin,["x","${'payload-1234'.repeat(1_000)}"]`);
    await large.waitUntilClosed();
    await untilRefused({ code: 'PAYLOAD_TOO_LARGE', address: '203.0.113.12', userId });
  });

  it('[LOG3] a call of the API that is refused, with its route and not its path', async () => {
    await login('wrong-password-1234');
    await untilRefused({
      code: 'INVALID_CREDENTIALS',
      event: 'POST /api/auth/login',
      address: '203.0.113.8',
    });
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '203.0.113.13' };
    await fetch(`${url}/api/trips/trip-1234/cancel`, { method: 'POST', headers });
    await untilRefused({ event: 'POST /api/trips/:id/cancel', address: '203.0.113.13', userId });
    for (const secret of [token, 'payload-1234', 'wrong-password-1234', 'trip-1234', ADMIN.email])
      expect(instance.output).not.toContain(secret);
  });
});
