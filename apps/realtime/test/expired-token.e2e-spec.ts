import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { UserType, type ConnectionClosing } from '#libs/contracts';
import { BareSocket, until } from '#libs/testing';
import { TestCluster } from './cluster.js';

const PASSWORD = 'correct horse';
const TOKEN_LIFE_MS = 2_000;
/** Often enough that a request comes between the end of a token and the sweep that looks for it. */
const PING_INTERVAL_MS = 60;

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** How the documentation of the old server has its clients written; it knows nothing of `auth:refresh`. */
describe('a client as the old documentation writes it, when its token ends', () => {
  let cluster: TestCluster;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { JWT_ACCESS_EXPIRES_IN: `${TOKEN_LIFE_MS}ms`, AUTH_EXPIRING_NOTICE: '1ms' },
    });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.disconnect();
  });
  afterAll(() => cluster.close());

  const post = async (path: string, body: object): Promise<Tokens> => {
    const answer = await fetch(`${cluster.url(1)}/api/auth/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { data: Tokens }).data;
  };
  const login = async (): Promise<Tokens> => {
    const email = `driver-${Math.random()}@example.com`;
    const accounts = cluster.instances[0]!.app.get(AccountsService, { strict: false });
    await accounts.create({ userType: UserType.driver, email, password: PASSWORD });
    return post('login', { email, password: PASSWORD, appAudience: 'driver_app' });
  };

  const start = async () => {
    let tokens = await login();
    const refusals: unknown[] = [];
    const socket = io(`${cluster.url(0)}/drivers`, {
      auth: {
        token: tokens.accessToken,
      },
      transports: ['websocket'],
      forceNew: true,
    });
    sockets.push(socket);
    const client = new BareSocket(socket);
    const refreshAndReconnect = async (): Promise<void> => {
      tokens = await post('refresh', { refreshToken: tokens.refreshToken });
      socket.auth = { token: tokens.accessToken };
      socket.connect();
    };
    socket.on('connect_error', (error: Error & { data?: { code: string } }) => {
      refusals.push(error.data?.code);
      void refreshAndReconnect();
    });
    await client.waitFor('hello');
    return { client, socket, refusals };
  };
  const hellos = (client: BareSocket) => client.payloads('hello').length;

  it('[AUTH2] is found by the sweep: it reconnects by itself, refreshes on connect_error and goes on, again and again', async () => {
    const { client, refusals } = await start();
    await until('it was greeted three times', () => hellos(client) >= 3);
    expect(refusals.slice(0, 2)).toEqual(['TOKEN_EXPIRED', 'TOKEN_EXPIRED']);
    expect(client.disconnectReason).toBe('transport close');
    for (const closing of client.payloads<ConnectionClosing>('connection:closing'))
      expect(closing).toMatchObject({ code: 'TOKEN_EXPIRED', retryable: true });
  });

  it('[AUTH2] is found by a request: nothing is handled, it comes back and the next one is', async () => {
    const { client, refusals, socket } = await start();
    const answers: { ok: boolean }[] = [];
    const pinging = setInterval(() => {
      const fix = { latitude: 40.7128, longitude: -74.006 };
      socket.emit('driver:location:ping', fix, (answer: { ok: boolean }) => answers.push(answer));
    }, PING_INTERVAL_MS);
    await until('a request meets the end of the token', () => answers.some(({ ok }) => !ok));
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ error: { code: 'TOKEN_EXPIRED' } });
    const greeted = hellos(client);
    await until('it is back', () => hellos(client) > greeted);
    const before = answers.length;
    await until('it is answered again', () => answers.slice(before).some(({ ok }) => ok));
    clearInterval(pinging);
    expect(refusals).toContain('TOKEN_EXPIRED');
    expect(client.disconnectReason).toBe('transport close');
  });
});
