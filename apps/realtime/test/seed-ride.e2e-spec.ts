import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { UserType, type TripOffered } from '#libs/contracts';
import { startBalancer, until, type Balancer } from '#libs/testing';
import { TestCluster } from './cluster.js';
import { PICKUP, TRIP_REQUEST, WHOLE_RIDE } from './ride-people.js';

const PASSWORD = 'correct horse';
/** Short, so that the tokens of both end on the way. */
const TOKEN_LIFE_MS = 7_000;

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/**
 * A person whose app is written as the old documentation writes it: Socket.IO's default transports,
 * no ack for an offer, no `auth:refresh`, and a refresh over REST on `connect_error`.
 */
class OldApp {
  readonly heard: { event: string; payload: unknown }[] = [];
  readonly refusals: unknown[] = [];
  private constructor(
    private readonly url: string,
    private tokens: Tokens,
    readonly socket: Socket,
    private readonly authorize: (socket: Socket, token: string) => void,
  ) {
    socket.onAny((event: string, payload: unknown) => this.heard.push({ event, payload }));
    socket.on('connect_error', (error: Error & { data?: { code: string } }) => {
      this.refusals.push(error.data?.code);
      void this.refreshAndReconnect();
    });
  }

  static async logIn(
    url: string,
    email: string,
    appAudience: string,
    connect: (token: string) => Socket,
    authorize: (socket: Socket, token: string) => void,
  ): Promise<OldApp> {
    const tokens = await OldApp.post<Tokens>(url, 'auth/login', {
      email,
      password: PASSWORD,
      appAudience,
    });
    return new OldApp(url, tokens, connect(tokens.accessToken), authorize);
  }

  /** @throws Error for an answer that is no success */
  static async post<T>(
    url: string,
    route: string,
    body: object,
    token?: string,
    method: 'POST' | 'PATCH' = 'POST',
  ) {
    const answer = await fetch(`${url}/api/${route}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${text}`);
    return (JSON.parse(text) as { data: T }).data;
  }

  /** With a token that is good for the moment, as apps do that refresh before they ask. */
  async ask<T>(route: string, body: object, method: 'POST' | 'PATCH' = 'POST'): Promise<T> {
    this.tokens = await OldApp.post<Tokens>(this.url, 'auth/refresh', {
      refreshToken: this.tokens.refreshToken,
    });
    return OldApp.post<T>(this.url, route, body, this.tokens.accessToken, method);
  }

  events(prefix: string): string[] {
    return this.heard.map(({ event }) => event).filter((event) => event.startsWith(prefix));
  }

  /** What happened to trips. The minutes of a driver on the way are told anew without a version. */
  facts(): string[] {
    return this.heard
      .filter(({ payload }) => (payload as { version?: number } | undefined)?.version !== undefined)
      .map(({ event }) => event);
  }

  async waitFor<T>(event: string): Promise<T> {
    await until(`${event} comes`, () => this.heard.some((heard) => heard.event === event));
    return this.heard.find((heard) => heard.event === event)!.payload as T;
  }

  private async refreshAndReconnect(): Promise<void> {
    this.tokens = await OldApp.post<Tokens>(this.url, 'auth/refresh', {
      refreshToken: this.tokens.refreshToken,
    });
    this.authorize(this.socket, this.tokens.accessToken);
    this.socket.connect();
  }
}

describe('apps as the old documentation writes them, on two instances with default settings', () => {
  let cluster: TestCluster;
  let balancer: Balancer;
  let driver: OldApp;
  let passenger: OldApp;
  let driverId: string;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { JWT_ACCESS_EXPIRES_IN: `${TOKEN_LIFE_MS}ms`, AUTH_EXPIRING_NOTICE: '1ms' },
    });
    // No stickiness: each request goes to another instance than the one before.
    balancer = await startBalancer(() => cluster.instances.map(({ url }) => url));
    const accounts = cluster.instances[0]!.app.get(AccountsService, { strict: false });
    const email = (userType: UserType) => `${userType}@example.com`;
    const account = (userType: UserType) =>
      accounts.create({ userType, email: email(userType), password: PASSWORD });
    ({ id: driverId } = await account(UserType.driver));
    await account(UserType.passenger);
    driver = await OldApp.logIn(
      balancer.url,
      email(UserType.driver),
      'driver_app',
      (token) => io(`${balancer.url}/drivers`, { auth: { token }, forceNew: true }),
      (socket, token) => (socket.auth = { token }),
    );
    passenger = await OldApp.logIn(
      balancer.url,
      email(UserType.passenger),
      'passenger_app',
      (token) =>
        io(`${balancer.url}/passengers`, {
          extraHeaders: { Authorization: `Bearer ${token}` },
          forceNew: true,
        }),
      (socket, token) => (socket.io.opts.extraHeaders = { Authorization: `Bearer ${token}` }),
    );
  });
  afterAll(async () => {
    driver?.socket.disconnect();
    passenger?.socket.disconnect();
    await balancer.close();
    await cluster.close();
  });

  /** Its token has ended, it was told so and is back. */
  async function afterAnExpiry(app: OldApp): Promise<void> {
    const greeted = app.events('hello').length;
    await until('its token ends and it is back', () => app.events('hello').length > greeted);
    expect(app.refusals).toContain('TOKEN_EXPIRED');
  }

  it('[CONN1] ride a whole trip, with an expiry on the way and no ack of the offer', async () => {
    await Promise.all([driver.waitFor('hello'), passenger.waitFor('hello')]);
    const answers: { ok: boolean }[] = [];
    driver.socket.emit('driver:status:update', { availabilityStatus: 'AVAILABLE' }, (a: never) =>
      answers.push(a),
    );
    driver.socket.emit(
      'driver:location:ping',
      { latitude: PICKUP.lat + 0.001, longitude: PICKUP.lng },
      (a: never) => answers.push(a),
    );
    await until('both are acknowledged', () => answers.length === 2);
    expect(answers).toMatchObject([{ ok: true }, { ok: true }]);
    // With new tokens: events that find an app away are another test's.
    await Promise.all([afterAnExpiry(driver), afterAnExpiry(passenger)]);
    const { id: tripId } = await passenger.ask<{ id: string }>('trips', TRIP_REQUEST);
    const offer = await driver.waitFor<TripOffered>('trip:assignment:offered');
    expect(offer.tripId).toBe(tripId);
    await driver.ask(`trips/assignments/${offer.assignmentId}/accept`, {}, 'PATCH');
    await passenger.waitFor('trip:driver_accepted');
    await Promise.all([afterAnExpiry(driver), afterAnExpiry(passenger)]);
    await driver.ask(`trips/${tripId}/arrived-pickup`, { driverId });
    await driver.ask(`trips/${tripId}/start`, { driverId });
    await passenger.waitFor('trip:started');
    await driver.ask(`trips/${tripId}/complete`, { driverId });
    await passenger.waitFor('trip:completed');
    await driver.waitFor('trip:completed');
    // Each at most once, however often the token ended: what it missed it was shown as the trip's state.
    const told = passenger.facts().filter((event) => WHOLE_RIDE.includes(event));
    expect(new Set(told).size).toBe(told.length);
    expect(told).toEqual(WHOLE_RIDE.filter((event) => told.includes(event)));
    expect(balancer.sent.some(({ isOwner }) => isOwner === false)).toBe(true);
  });
});
