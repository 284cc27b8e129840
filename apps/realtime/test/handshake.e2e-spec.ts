import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { Log } from '#libs/observability';
import { until } from '#libs/testing';
import { Admission } from '../src/socket/connection/admission.js';
import { TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';

const POLL = '/socket.io/?EIO=4&transport=polling';

interface Refusal {
  status: number;
  code: number;
  reason: string;
  message: string;
  retryable: boolean;
}

describe('a client that cannot connect', () => {
  let cluster: TestCluster;
  const logged: { code?: string; msg: string; [name: string]: unknown }[] = [];

  const start = async (env: Record<string, string> = {}) => {
    cluster = await TestCluster.start({ instances: 1, env });
    logged.length = 0;
    Object.assign(cluster.instances[0]!.app.get(Log), {
      info: (fields: object, msg: string) => logged.push({ ...fields, msg }),
    });
  };
  afterEach(() => cluster.close());

  const url = (path: string) => `${cluster.url(0)}${path}`;
  const refusal = async (path: string, init: RequestInit = {}): Promise<Refusal> => {
    const response = await fetch(url(path), init);
    expect(response.headers.get('content-type')).toContain('application/json');
    return { ...((await response.json()) as Refusal), status: response.status };
  };
  /** The head and the body of the answer to any request, as they came. */
  const raw = async (lines: string[]) => {
    const socket = connect(Number(new URL(cluster.url(0)).port), '127.0.0.1');
    socket.end([...lines, 'Host: test', 'Connection: close', '', ''].join('\r\n'));
    return text(socket);
  };
  const upgrade = async (path: string, headers: Record<string, string> = {}) => {
    const { port } = new URL(cluster.url(0));
    const socket = connect(Number(port), '127.0.0.1');
    const lines = Object.entries({
      Host: `127.0.0.1:${port}`,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version': '13',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    await until('it is answered', () => answer.includes('\r\n\r\n'));
    const status = Number(answer.split(' ')[1]);
    const body = () => answer.slice(answer.indexOf('\r\n\r\n') + 4);
    const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
    await until('all of it is there', () => Buffer.byteLength(body()) >= length);
    socket.destroy();
    return { ...(status === 101 ? {} : (JSON.parse(body()) as Refusal)), status };
  };
  const codes = () => logged.filter(({ msg }) => msg === 'refused').map(({ code }) => code);

  it('[CONN2] is told which setting keeps polling out', async () => {
    await start({ WS_TRANSPORTS: 'websocket' });
    expect(await refusal(POLL)).toMatchObject({
      status: 400,
      code: 0,
      message: expect.stringMatching(
        /^Transport unknown.*WS_TRANSPORTS.*transports: \['websocket'\]/,
      ),
    });
    expect(codes()).toEqual(['TRANSPORT_UNKNOWN']);
    expect(logged[0]).toMatchObject({ address: '127.0.0.1' });
  });

  it('[CONN2] is told the same where only polling is let in', async () => {
    await start({ WS_TRANSPORTS: 'polling' });
    expect(await upgrade('/socket.io/?EIO=4&transport=websocket')).toMatchObject({
      status: 400,
      code: 0,
      message: expect.stringContaining('WS_TRANSPORTS'),
    });
    expect((await fetch(url(POLL))).status).toBe(200);
  });

  it('[CONN2] of Socket.IO 2 is told that this is Engine.IO 4, by polling and by WebSocket', async () => {
    await start();
    const told = {
      status: 400,
      code: 5,
      message: expect.stringMatching(/EIO=4.*Socket\.IO 3 or 4/),
    };
    for (const query of ['EIO=3&', 'EIO=2&', 'EIO=&', 'EIO=5&', 'EIO=04&', '']) {
      expect(await refusal(`/socket.io/?${query}transport=polling`), query).toMatchObject(told);
      const upgraded = await upgrade(`/socket.io/?${query}transport=websocket`);
      expect(upgraded, query).toMatchObject(told);
    }
    expect(new Set(codes())).toEqual(new Set(['PROTOCOL_UNSUPPORTED']));
  });

  it('[CONN2] is served at the path without the closing slash', async () => {
    await start();
    const polled = await fetch(url('/socket.io?EIO=4&transport=polling'));
    expect(polled.status).toBe(200);
    expect(await polled.text()).toContain('"upgrades":["websocket"]');
    expect(await upgrade('/socket.io?EIO=4&transport=websocket')).toMatchObject({ status: 101 });
  });

  it('[CONN2] is told the path of the sockets at any other', async () => {
    await start({ WS_PATH: '/live/' });
    for (const path of [
      '/socket.io/',
      '/socket.io',
      '/',
      '/livestream/',
      '/live/drivers/',
      '/api/live/',
    ]) {
      const asked = `${path}?EIO=4&transport=`;
      const told = expect.stringContaining("path: '/live/'");
      expect(await refusal(`${asked}polling`), path).toMatchObject({ status: 404, message: told });
      expect(await upgrade(`${asked}websocket`), path).toMatchObject({
        status: 404,
        message: told,
      });
    }
    expect(new Set(codes())).toEqual(new Set(['SOCKET_PATH_WRONG']));
    expect((await fetch(url('/live?EIO=4&transport=polling'))).status).toBe(200);
  });

  it('[CONN2] with a session that nobody has is told to begin anew', async () => {
    await start();
    const opened = await (await fetch(url(POLL))).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    const unknown = [
      'x',
      '__proto__',
      'constructor',
      '../../etc/passwd',
      sid.slice(0, -1),
      `${sid}A`,
      `${sid.slice(0, -1)}~`,
      sid.slice(0, 8) + 'A'.repeat(20),
      `AAAAAAAA${sid.slice(8)}`,
    ];
    for (const each of unknown) {
      const query = `&sid=${encodeURIComponent(each)}`;
      const told = { status: 400, code: 1, message: 'Session ID unknown' };
      expect(await refusal(POLL + query), each).toMatchObject(told);
      expect(await refusal(POLL + query, { method: 'POST', body: '40/drivers,' })).toMatchObject(
        told,
      );
      const asked = `/socket.io/?EIO=4&transport=websocket${query}`;
      expect(await upgrade(asked), each).toMatchObject(told);
    }
    expect(new Set(codes())).toEqual(new Set(['SESSION_UNKNOWN']));
  });

  it('[CONN2] by a wrong method, without the upgrade or by JSONP is told what is wrong', async () => {
    await start();
    const opened = await (await fetch(url(POLL))).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect(await refusal(POLL, { method })).toMatchObject({
        status: 400,
        code: 2,
        message: expect.stringContaining('Bad handshake method'),
      });
    }
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      expect(await refusal(`${POLL}&sid=${sid}`, { method })).toMatchObject({
        status: 400,
        code: 3,
        message: expect.stringContaining('GET'),
      });
    }
    expect(await refusal('/socket.io/?EIO=4&transport=websocket')).toMatchObject({
      status: 400,
      code: 3,
      message: expect.stringContaining('Upgrade'),
    });
    expect(await upgrade(POLL)).toMatchObject({ status: 400, code: 3 });
    expect(await refusal(`${POLL}&j=0`)).toMatchObject({ status: 400, code: 3 });
    for (const transport of ['webtransport', 'flashsocket', 'toString', ''])
      expect(await refusal(`/socket.io/?EIO=4&transport=${transport}`)).toMatchObject({ code: 0 });
    expect(await raw([`HEAD ${POLL} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('[CONN2] hears that the instance is full, too busy or shutting down, and when to come again', async () => {
    await start({ WS_MAX_CONNECTIONS: '1' });
    const client = await RawClient.open(cluster.url(0));
    const full = { status: 503, code: 4, reason: 'SERVER_FULL', retryable: true };
    expect(await refusal(POLL)).toMatchObject(full);
    expect(await upgrade('/socket.io/?EIO=4&transport=websocket')).toMatchObject(full);
    expect((await fetch(url(POLL))).headers.get('retry-after')).toBe('1');
    client.close();
    const admission = cluster.instances[0]!.app.get(Admission);
    await until('there is room', () => admission.size === 0);
    admission.close();
    const draining = { status: 503, code: 4, reason: 'SERVER_DRAINING', retryable: true };
    expect(await refusal(POLL)).toMatchObject(draining);
    expect(await upgrade('/socket.io/?EIO=4&transport=websocket')).toMatchObject(draining);
    expect(new Set(codes())).toEqual(new Set(['SERVER_FULL', 'SERVER_DRAINING']));
  });

  it('[CONN2] polls once at a time and sends no more than a message may hold', async () => {
    await start({ WS_MAX_PAYLOAD_BYTES: '2048' });
    const open = async () => {
      const opened = await (await fetch(url(POLL))).text();
      return `${POLL}&sid=${(JSON.parse(opened.slice(1)) as { sid: string }).sid}`;
    };
    const named = await open();
    expect(await refusal(named, { method: 'POST', body: '4'.repeat(3_000) })).toMatchObject({
      status: 413,
      message: expect.stringContaining('WS_MAX_PAYLOAD_BYTES'),
    });
    expect(await refusal(named)).toMatchObject({ code: 1 });
    const streamed = await open();
    const body = new Blob(['4'.repeat(3_000)]).stream();
    const answer = await fetch(url(streamed), {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit);
    expect(answer.status).toBe(413);
    await until('the session is over', async () => (await fetch(url(streamed))).status === 400);
  });

  it('[REST1] what no route is for has the envelope outside of /api as well', async () => {
    await start();
    const asked: [string, string][] = [
      ['GET', '/nothing'],
      ['POST', '/foo'],
      ['GET', '/socket.iox'],
      ['GET', '/socket.io.js'],
      ['GET', '/socket.io/socket.io.js'],
      ['DELETE', '/health/live'],
      ['GET', '/api/nothing'],
      ['GET', '/apiary'],
      ['PATCH', '/'],
    ];
    for (const [method, path] of asked) {
      const response = await fetch(url(path), { method });
      expect(response.status, path).toBe(404);
      expect(await response.json(), path).toEqual({
        success: false,
        message: expect.stringContaining(method),
        error: { code: 'Not Found', reason: 'NOT_FOUND', retryable: false },
      });
    }
    for (const path of ['/%E0%A4%A', '/api/%E0%A4%A', '/foo?%']) {
      const answer = (await (await fetch(url(path))).json()) as object;
      expect(answer, path).toMatchObject({ success: false, error: { retryable: false } });
    }
    const malformed = await fetch(url('/foo'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    });
    expect(malformed.status).toBe(400);
    expect(await malformed.json()).toMatchObject({ success: false });
    // A server may ignore a request to change to HTTP/2.
    expect(await raw(['GET /api/nothing HTTP/1.1', 'Upgrade: h2c'])).toContain('"NOT_FOUND"');
  });
});
