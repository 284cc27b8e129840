import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { ModerationService } from '#libs/chat';
import { UserType, type TripView } from '#libs/contracts';
import { openRedisOrCluster, until, type AppClient, type ToldClient } from '#libs/testing';
import { TripQueries } from '#libs/trips';
import { runCommand } from '../src/command-line/ridewire.command.js';
import { enterChat, freeCab, join, say, takeTrip } from './chat-scene.js';
import { TestCluster, type TestUser } from './cluster.js';
import { everythingIn } from './everything-in-redis.js';

/** Loading all modules takes seconds where other tests keep the machine busy. */
const START_TIMEOUT_MS = 100_000;
const API_KEY = 'an-api-key-of-32-characters-or-more';
const COMMAND = fileURLToPath(
  new URL('../../../dist/apps/realtime/src/command-line/ridewire.js', import.meta.url),
);

interface Somebody extends TestUser {
  name: string;
  email: string;
  phoneNumber: string;
  client: AppClient;
  chat: ToldClient;
}

describe('the data of one person', () => {
  let cluster: TestCluster;
  let redis: ReturnType<typeof openRedisOrCluster>;
  let people = 0;
  let places = 0;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        ADMIN_API_KEY: API_KEY,
        PRESENCE_GRACE: '200ms',
        DRIVER_GRACE: '200ms',
        CHAT_EXPORT: 'true',
        LOCATION_JUMP_SLACK_METERS: '20000',
      },
    });
    redis = openRedisOrCluster(cluster.environment.REDIS_URL);
  });
  afterAll(async () => {
    redis?.disconnect();
    await cluster?.close();
  });

  const rest = async (method: string, path: string, body: unknown, token?: string) => {
    const response = await fetch(`${cluster.url(1)}/api/${path}`, {
      method,
      headers: {
        ...(token === undefined ? { 'x-api-key': API_KEY } : { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    expect(response.ok, `${path}: ${response.status}`).toBe(true);
  };
  const run = (...args: string[]) => runCommand(args, () => cluster.environment);

  async function somebody(userType: UserType): Promise<Somebody> {
    const number = (people += 1);
    const contact = {
      name: `Ada Lovelace the ${number}th`,
      email: `ada.${number}@person.example.com`,
      phoneNumber: `+4915100044${100 + number}`,
    };
    const accounts = cluster.instances[0]!.app.get(AccountsService, { strict: false });
    const { id } = await accounts.create({ userType, password: 'correct horse', ...contact });
    const user = await cluster.addUser(userType, { userId: id });
    // Another session that has ended: its trace names the person.
    const { sid } = await cluster.addUser(userType, { userId: id });
    await run('revoke', '--user', id, '--sid', sid);
    const pickup = { lat: 30 + places * 0.5, lng: 12.5 };
    const isDriver = userType === UserType.driver;
    const client = isDriver ? await freeCab(cluster, user, pickup) : await cluster.connect(user, 0);
    return { ...user, ...contact, client, chat: await enterChat(cluster, user, 0) };
  }

  /** What the people of one life wrote, and nobody else. */
  const textsOf = (place: number) => ({
    lobby: `hello from ${place}!`,
    ofTwo: `between us two ${place}!`,
    notes: `ring twice at ${place}!`,
    route: `go by the river ${place}!`,
    address: `Via Segreta ${place}!`,
    told: `the company says ${place}!`,
  });

  /** Two people on a ride that ends, who leave traces everywhere that there are any. */
  async function life(): Promise<{ rider: Somebody; driver: Somebody; trip: TripView }> {
    places += 1;
    const texts = textsOf(places);
    const pickup = { lat: 30 + places * 0.5, lng: 12.5 };
    const driver = await somebody(UserType.driver);
    const rider = await somebody(UserType.passenger);
    const trip = await rider.client.ask<TripView>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: pickup,
      pickupAddress: texts.address,
      stops: [{ point: { lat: pickup.lat + 0.05, lng: 12.5 }, notes: texts.notes }],
      idempotencyKey: `request-${places}`,
    });
    const { tripId } = trip;
    await takeTrip(driver.client, tripId);
    await rider.client.waitFor('trip:driver_en_route');
    await rest('POST', `trips/${tripId}/shares`, {}, rider.token);
    await driver.client.ask('trip:arrive', { tripId });
    await driver.client.ask('trip:start', { tripId });
    const admin = await cluster.addUser(UserType.admin);
    const desk = await enterChat(cluster, admin, 1);
    await join(desk, 'lobby');
    for (const { userId, chat, name } of [rider, driver]) {
      await join(chat, 'lobby');
      await say(chat, 'lobby', texts.lobby);
      await say(desk, 'lobby', 'what did you say?', { mentions: [userId] });
      await say(chat, `trip:${tripId}`, texts.route);
      const { id } = await chat.ask<{ id: string }>('chat:join', {
        conversationId: `direct:${[admin.userId, userId].toSorted().join(':')}`,
      });
      await say(chat, id, texts.ofTwo);
      await join(desk, id);
      await say(desk, id, 'understood');
      await rest('POST', 'admin/notifications', {
        userId,
        audience: 'user',
        title: `hello ${name}`,
        body: texts.told,
      });
    }
    // Each was muted by somebody, and has muted somebody.
    const moderation = cluster.instances[0]!.app.get(ModerationService, { strict: false });
    for (const [by, of] of [
      [driver, admin],
      [admin, driver],
      [rider, driver],
    ] as const) {
      const moderator = { userId: by.userId, userType: UserType.admin };
      await moderation.mute(moderator, { conversationId: 'lobby', userId: of.userId, seconds: 60 });
      await moderation.muteEverywhere(moderator, of.userId, 60);
    }
    await driver.client.request('driver:location:ping', { lat: 89.9, lng: 0 });
    await driver.client.ask('trip:complete', { tripId });
    await rider.client.waitFor('trip:completed');
    return { rider, driver, trip };
  }

  const leftOf = async ({ userId, name, email, phoneNumber }: Somebody) => {
    const found: string[] = [];
    const terms = [userId, name, email, phoneNumber];
    for (const { key, text } of await everythingIn(redis, cluster.environment.REDIS_KEY_PREFIX))
      for (const term of terms)
        if (key.includes(term) || text.includes(term)) found.push(`${key}: ${term}`);
    return found;
  };
  const secretsLeft = async (secrets: readonly string[]) => {
    const all = await everythingIn(redis, cluster.environment.REDIS_KEY_PREFIX);
    return secrets.filter((secret) => all.some(({ text }) => text.includes(secret)));
  };

  it('[PERSON1] is exported: account, sessions, trips, positions, messages, notifications, links', async () => {
    const { rider, driver, trip } = await life();
    const ofRider = JSON.parse(await run('person', 'export', rider.userId)) as unknown;
    expect(ofRider).toMatchObject({
      account: { email: rider.email, phoneNumber: rider.phoneNumber, name: rider.name },
      sessions: [{ sid: rider.sid }],
      trips: [{ part: 'passenger', trip: { id: trip.id, status: 'completed' } }],
      shares: [{ tripId: trip.id }],
      notifications: [{ title: `hello ${rider.name}` }],
    });
    const ofDriver = JSON.parse(await run('person', 'export', driver.userId)) as {
      positions: { history: unknown[]; refused: { total: number } };
      conversations: { messages: { text: string }[] }[];
    };
    expect(ofDriver).toMatchObject({
      availability: { record: { id: driver.userId } },
      trips: [{ part: 'driver', trip: { id: trip.id }, offers: [{ status: 'accepted' }] }],
    });
    expect(ofDriver.positions.history.length).toBeGreaterThan(0);
    expect(ofDriver.positions.refused.total).toBe(1);
    const said = ofDriver.conversations.flatMap(({ messages }) => messages.map(({ text }) => text));
    const { lobby, ofTwo, route } = textsOf(places);
    expect(said.toSorted()).toEqual([lobby, ofTwo, route].toSorted());
  });

  it('[PERSON2] is erased while the person is online: nothing of it is left anywhere in Redis, and the trips stay', async () => {
    const { rider, driver, trip } = await life();
    expect((await leftOf(rider)).length).toBeGreaterThan(10);
    expect((await leftOf(driver)).length).toBeGreaterThan(10);
    await run('person', 'erase', rider.userId);
    await until('it is sent away', () => !rider.client.isConnected);
    expect(await leftOf(rider)).toEqual([]);
    expect(await leftOf(driver)).not.toEqual([]);
    await run('person', 'erase', driver.userId);
    expect(await leftOf(driver)).toEqual([]);
    expect(await secretsLeft(Object.values(textsOf(places)))).toEqual([]);
    // The trip is there for the accounts: what it cost and when, of somebody.
    const queries = cluster.instances[1]!.app.get(TripQueries, { strict: false });
    const page = await queries.search({ text: trip.id }, { page: 1, limit: 1 });
    expect(page.trips).toMatchObject([
      { id: trip.id, status: 'completed', final: { currency: 'EUR' } },
    ]);
    expect(page.trips[0]!.passengerId).toMatch(/^erased-/);
    expect(page.trips[0]!.driverId).toMatch(/^erased-/);
    expect(page.trips[0]!.pickup.address).toBeNull();
  });

  it('[PERSON3] is erased although the command is killed in between, again and again', async () => {
    const { rider } = await life();
    const kill = async (afterMs: number) => {
      const { environment } = cluster;
      const child = spawn(process.execPath, [COMMAND, 'person', 'erase', rider.userId], {
        env: {
          REDIS_URL: environment.REDIS_URL,
          REDIS_MODE: environment.REDIS_MODE,
          REDIS_REPLICAS_TO_WAIT_FOR: String(environment.REDIS_REPLICAS_TO_WAIT_FOR),
          REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
          JWT_ACCESS_SECRET: environment.JWT_ACCESS_SECRET!,
          JWT_REFRESH_SECRET: environment.JWT_REFRESH_SECRET!,
        },
        stdio: 'ignore',
      });
      const exited = once(child, 'exit');
      const account = `${environment.REDIS_KEY_PREFIX}{user:${rider.userId}}:account`;
      await until(
        'it has begun',
        async () => child.exitCode !== null || (await redis.hexists(account, 'erasedAs')) === 1,
        START_TIMEOUT_MS,
      );
      const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
      await exited;
      clearTimeout(timer);
    };
    for (const afterMs of [0, 150, 400]) await kill(afterMs);
    await run('person', 'erase', rider.userId);
    expect(await leftOf(rider)).toEqual([]);
  });

  it('[PERSON3] waits for systems of the company that have not read what happened, and for the end of a trip', async () => {
    const { rider, driver } = await life();
    const stream = `${cluster.environment.REDIS_KEY_PREFIX}{dispatch}:exports`;
    await redis.xgroup('CREATE', stream, 'ledger', '0');
    await expect(run('person', 'erase', rider.userId)).rejects.toThrow('wait for systems of yours');
    await redis.xgroup('SETID', stream, 'ledger', '$');
    await run('person', 'erase', rider.userId);
    expect(await leftOf(rider)).toEqual([]);
    await redis.xgroup('DESTROY', stream, 'ledger');
    const again = await somebody(UserType.passenger);
    const { tripId } = await again.client.ask<TripView>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: { lat: 10, lng: 10 },
      stops: [{ point: { lat: 10.01, lng: 10 } }],
    });
    await expect(run('person', 'erase', again.userId)).rejects.toThrow(`Trip ${tripId}`);
    expect(again.client.isConnected).toBe(true);
    expect(driver.client.isConnected).toBe(true);
  });
});
