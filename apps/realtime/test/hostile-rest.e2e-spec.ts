import { type Server } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_NESTING } from '#libs/contracts';
import { until } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';

const arrays = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

interface Route {
  method: string;
  path: string;
}

/** Longer than a busy machine takes from an answer to the next request. */
const IDLE_MS = 3_000;

describe('bodies that no app sends', () => {
  let cluster: TestCluster;
  let users: TestUser[];
  let routes: Route[];

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: { LOGIN_ATTEMPTS_PER_ADDRESS: '100000', LOGIN_ATTEMPTS_PER_ACCOUNT: '100000' },
    });
    users = await Promise.all(
      (['driver', 'passenger', 'admin'] as const).map((type) => cluster.addUser(type)),
    );
    const description = (await (
      await fetch(`${cluster.url(0)}/api/docs-json`)
    ).json()) as OpenAPIObject;
    routes = Object.entries(description.paths).flatMap(([path, item]) =>
      ['post', 'put', 'patch', 'delete']
        .filter((method) => method in item)
        .map((method) => ({
          method: method.toUpperCase(),
          path: path.replaceAll(/\{\w+\}/g, 'no-such-id'),
        })),
    );
  });
  afterAll(() => cluster.close());

  async function call(
    { method, path }: Route,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = { 'content-type': 'application/json' },
    user = users[2]!,
  ): Promise<{ status: number; reason: string | undefined }> {
    const response = await fetch(`${cluster.url(0)}${path}`, {
      method,
      // Of bytes fetch sends no type of its own.
      body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      headers: { authorization: `Bearer ${user.token}`, ...headers },
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as { error?: { reason: string } };
    return { status: response.status, reason: answer.error?.reason };
  }

  it('[REST7] a body of a type that is not read is refused on every route, and nothing is done', async () => {
    const types = [
      'text/plain',
      'text/json',
      'application/xml',
      'application/octet-stream',
      'application/vnd.api+json',
      'multipart/form-data; boundary=x',
      'json',
      '',
    ];
    expect(routes.length).toBeGreaterThan(25);
    for (const route of routes) {
      for (const type of types) {
        const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
        expect([route, type, await call(route, '{"extraFees":500}', headers)]).toEqual([
          route,
          type,
          { status: 415, reason: 'UNSUPPORTED_MEDIA_TYPE' },
        ]);
      }
    }
    const { userId, token } = await cluster.addUser('driver');
    const suspend = { method: 'POST', path: `/api/admin/users/${userId}/suspend` };
    expect((await call(suspend, '{"reason":"x"}', { 'content-type': 'text/plain' })).status).toBe(
      415,
    );
    const sessions = () =>
      fetch(`${cluster.url(0)}/api/auth/sessions`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await sessions()).status).toBe(200);
  });

  it('[LIM5] a body that is nested too deeply is refused on every route', async () => {
    const bodies = [MAX_NESTING, 4_000, 5_000, 8_000].flatMap((levels) => [
      `{"email":${objects(levels)}}`,
      `{"deviceInfo":${objects(levels)},"password":"x"}`,
      `{"stops":${arrays(levels)}}`,
    ]);
    bodies.push(arrays(MAX_NESTING + 1), arrays(30_000));
    for (const route of routes) {
      for (const body of bodies) {
        expect(await call(route, body)).toEqual({ status: 400, reason: 'VALIDATION_FAILED' });
      }
    }
    const login = { method: 'POST', path: '/api/auth/login' };
    const credentials = `"email":"nobody@example.com","password":"wrong","appAudience":"driver_app"`;
    const info = (levels: number) => `{${credentials},"deviceInfo":${objects(levels)}}`;
    expect(await call(login, info(MAX_NESTING - 1))).toMatchObject({ status: 401 });
    expect(await call(login, info(MAX_NESTING))).toMatchObject({ status: 400 });
  });

  it('[REST7] a body that is broken, odd or packed too tightly is refused with a code, by every route', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000, ' '));
    const json = { 'content-type': 'application/json' };
    const packed = (encoding: string) => ({ ...json, 'content-encoding': encoding });
    const always: [string | Uint8Array<ArrayBuffer>, Record<string, string>, number][] = [
      ['{"a":', json, 400],
      ['x', json, 400],
      ['null', json, 400],
      ['"text"', json, 400],
      ['{"a":1}}', json, 400],
      [new Uint8Array(bomb), packed('gzip'), 413],
      [new Uint8Array(Buffer.from('no gzip')), packed('gzip'), 400],
      ['{}', packed('zstd-of-tomorrow'), 415],
      ['{}', { 'content-type': 'application/json; charset=latin1' }, 415],
      ['{}', { 'content-type': 'application/json; charset=utf-99' }, 415],
      ['{"a":1}', { 'content-type': 'application/json; charset=utf-16' }, 400],
      [`{"a":"${'x'.repeat(70_000)}"}`, json, 413],
      [`a=${'x'.repeat(70_000)}`, { 'content-type': 'application/x-www-form-urlencoded' }, 413],
      ['a=1&'.repeat(5_000), { 'content-type': 'application/x-www-form-urlencoded' }, 413],
    ];
    for (const route of routes) {
      for (const [body, headers, status] of always) {
        const answer = await call(route, body, headers);
        expect([route, headers, String(body).slice(0, 20), answer.status]).toEqual([
          route,
          headers,
          String(body).slice(0, 20),
          status,
        ]);
        expect(answer.reason).toMatch(/^[A-Z_]+$/);
      }
    }
  });

  it('[REST7] the refusal of a body that cannot be read says what to send instead', async () => {
    const json = 'application/json';
    const form = 'application/x-www-form-urlencoded';
    const whole = gzipSync('{"email":"ada@example.com"}');
    const cases: [string | Uint8Array<ArrayBuffer>, Record<string, string>, string][] = [
      ['{', { 'content-type': json }, 'send an object'],
      [`{"a":"${'x'.repeat(70_000)}"}`, { 'content-type': json }, 'less than 64 kB'],
      ['a=1&'.repeat(5_000), { 'content-type': form }, 'at most 1,000'],
      ['{}', { 'content-type': `${json}; charset=latin1` }, 'Send UTF-8'],
      ['{}', { 'content-type': json, 'content-encoding': 'x-gzip' }, 'as gzip, deflate or br'],
      ...['gzip', 'deflate', 'br'].map(
        (encoding): [string | Uint8Array<ArrayBuffer>, Record<string, string>, string] => [
          '{}',
          { 'content-type': json, 'content-encoding': encoding },
          'as Content-Encoding says',
        ],
      ),
      [
        new Uint8Array(whole.subarray(0, -10)),
        { 'content-type': json, 'content-encoding': 'gzip' },
        'as Content-Encoding says',
      ],
    ];
    for (const [body, headers, advice] of cases) {
      const sent = { method: 'POST', body, headers };
      const answer = await fetch(`${cluster.url(0)}/api/auth/login`, sent);
      expect(await answer.json(), JSON.stringify(headers)).toMatchObject({
        message: expect.stringContaining(advice) as string,
      });
    }
  });

  it('[REST7] fields with names that JavaScript knows, and values of any kind, fail nowhere', async () => {
    const odd = [
      '{}',
      '[]',
      '[{}]',
      '{"__proto__":{"email":"x"},"constructor":{"name":"x"}}',
      '{"toString":1,"valueOf":1,"hasOwnProperty":1,"then":1,"toJSON":1,"length":-1}',
      '{"email":{},"phoneNumber":[],"password":{},"refreshToken":{},"reason":[],"stops":{}}',
      '{"pickupPoint":{"lat":{},"lng":[]},"stops":[null,1,"x",[]],"extraFees":1e400}',
      '{"email":"\\u0000","password":"\\ud800","reason":"\\udfff"}',
    ];
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const user of users) {
      for (const route of routes) {
        // It ends the session that the others are sent with.
        if (route.path.endsWith('/logout')) continue;
        for (const body of odd) {
          const { status } = await call(route, body, undefined, user);
          expect([route, body, status < 500]).toEqual([route, body, true]);
        }
        const { status } = await call(route, '__proto__[a]=1&constructor=2&a[b][c]=3', form, user);
        expect([route, status < 500]).toEqual([route, true]);
      }
    }
  });

  it('[REST8] an idle connection is kept for 65 s by default, and for as long as it is set', async () => {
    const server = cluster.instances[0]!.app.getHttpServer() as Server;
    expect(server.keepAliveTimeout).toBe(65_000);
    expect(server.headersTimeout).toBeGreaterThan(65_000);
    expect(server.requestTimeout).toBeGreaterThanOrEqual(server.headersTimeout);
    expect(server.timeout).toBeGreaterThan(65_000);

    const { url } = await cluster.addInstance({ HTTP_KEEP_ALIVE_TIMEOUT: IDLE_MS });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    let received = '';
    let closedAfterMs: number | undefined;
    let answeredAt = 0;
    socket.on('data', (chunk) => {
      received += chunk.toString();
      answeredAt = performance.now();
    });
    socket.on('close', () => (closedAfterMs = performance.now() - answeredAt));
    const ask = () => socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    for (let requests = 1; requests <= 3; requests += 1) {
      ask();
      await until('it is answered', () => received.split('HTTP/1.1 200').length === requests + 1);
    }
    await until('it is closed when idle', () => closedAfterMs !== undefined);
    // This process sees the answer some time after the server began to count.
    expect(closedAfterMs).toBeGreaterThan(IDLE_MS / 3);
  });
});
