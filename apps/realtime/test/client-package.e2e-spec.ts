import { placeInPage } from './dom.js';
import { execFile, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createElement, type FunctionComponent } from 'react';
import { createRoot } from 'react-dom/client';
import { transformWithOxc } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { SessionsService } from '#libs/auth';
import {
  RidewireClient,
  type ConnectionState,
  type TokenReason,
  type TripState,
} from '#libs/client';
import { SessionEndReason, UserType, type FramedPosition, type NearbyCar } from '#libs/contracts';
import { until } from '#libs/testing';
import {
  buildClientPackage,
  clientSizes,
  MAX_MINIFIED_BYTES,
} from '../../../scripts/client-package.mjs';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster } from './cluster.js';
import { DROPOFF, PICKUP, TRIP_REQUEST } from './ride-people.js';

const root = path.resolve(import.meta.dirname, '../../..');
const library = path.join(root, 'libs/client');

interface Share {
  id: string;
  token: string;
}

/** What a phone tells of itself. */
const HOUR_MS = 3_600_000;

interface Told {
  state?: ConnectionState;
  said?: object;
  clock?: string;
  verdict?: string;
  timestamp?: number;
}

interface PageProps {
  client: RidewireClient;
  tripId: string;
}

describe('the published package of the client', () => {
  /** An app that has installed it. */
  let app: string;
  let cluster: TestCluster;

  beforeAll(async () => {
    await buildClientPackage();
    mkdirSync(path.join(root, '.cache'), { recursive: true });
    app = mkdtempSync(path.join(root, '.cache/client-app-'));
    mkdirSync(path.join(app, 'node_modules/@ridewire'), { recursive: true });
    symlinkSync(path.join(library, 'package'), path.join(app, 'node_modules/@ridewire/client'));
    writeFileSync(path.join(app, 'package.json'), '{"type":"module"}');
    cluster = await TestCluster.start();
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(app, { recursive: true });
  });

  it('[CLIENT7] is small, needs socket.io-client alone, and has nothing of the server in it', async () => {
    const sizes = await clientSizes();
    expect(Object.keys(sizes).toSorted()).toEqual(['chat', 'index', 'location', 'react']);
    for (const [name, most] of Object.entries(MAX_MINIFIED_BYTES))
      expect(sizes[name], name).toBeLessThan(most);
    const manifest = JSON.parse(
      readFileSync(path.join(library, 'package/package.json'), 'utf8'),
    ) as { dependencies: object };
    expect(Object.keys(manifest.dependencies)).toEqual(['socket.io-client']);
    const code = readFileSync(path.join(library, 'package/dist/index.js'), 'utf8');
    const imports = [...code.matchAll(/from ["']([^"']+)["']/g)].map(([, name]) => name);
    const packages = imports.filter((name) => !name?.startsWith('./'));
    expect(packages).toEqual(['socket.io-client']);
    expect(code).not.toMatch(/class-validator|reflect-metadata|\bzod\b|\bBuffer\b/);
  });

  it('[CLIENT7] has types that know requests, answers and facts, without another package', async () => {
    writeFileSync(
      path.join(app, 'app.ts'),
      `import { RidewireClient, type Result, type TripView } from '@ridewire/client';
      const client = new RidewireClient({ url: '', getToken: (reason) => reason });
      const answer: Promise<Result<TripView>> = client.drivers().request('trip:arrive', { tripId: 'a' });
      client.passengers().on('trip:completed', ({ fareTotal }) => fareTotal.toFixed());
      // @ts-expect-error no such request
      void client.drivers().request('trip:fly', {});
      // @ts-expect-error no such field
      void client.passengers().request('nearby:subscribe', { latitude: 1 });
      void answer;`,
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2023,dom'];
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    const args = [compiler, ...options, '--ignoreConfig', 'app.ts'];
    const faults = await promisify(execFile)(process.execPath, args, { cwd: app }).then(
      () => '',
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(faults).toBe('');
  });

  /** The code of an example, as an app would have it. */
  async function example<T>(name: string): Promise<T> {
    const readme = readFileSync(path.join(library, 'README.md'), 'utf8');
    const start = readme.split(`<!-- example: ${name} -->\n`)[1];
    const code = /^```\w+\n(.*?)\n```$/ms.exec(start ?? '')?.[1];
    if (code === undefined) throw new Error(`README.md has no example ${name}.`);
    const file = path.join(app, name.replace(/jsx$/, 'js'));
    const jsx = { runtime: 'automatic' } as const;
    writeFileSync(file, (await transformWithOxc(code, name, { jsx })).code);
    return (await import(pathToFileURL(file).href)) as T;
  }

  it('[CLIENT9] the examples of passenger, driver and dispatcher take a ride over two instances', async () => {
    const identity = async (userType: UserType, instance: number) => {
      const user = await cluster.addUser(userType);
      return { url: cluster.url(instance), getToken: () => cluster.tokenFor(user) };
    };
    const clients: RidewireClient[] = [];
    const seen = {
      cars: [] as NearbyCar[][],
      statuses: [] as string[],
      connection: new Set<string>(),
      notices: [] as string[],
      moved: new Map<string, FramedPosition>(),
      board: [] as string[],
    };
    const { openDesk } = await example<{ openDesk(o: object): Promise<RidewireClient> }>(
      'dispatcher.js',
    );
    clients.push(
      await openDesk({
        ...(await identity(UserType.admin, 1)),
        map: {
          clear: () => seen.moved.clear(),
          move: (driverId: string, position: FramedPosition) => seen.moved.set(driverId, position),
          remove: (driverId: string) => seen.moved.delete(driverId),
        },
        board: { update: ({ trip }: TripState) => seen.board.push(trip?.status ?? '') },
      }),
    );
    const { drive } = await example<{ drive(o: object): Promise<RidewireClient> }>('driver.js');
    clients.push(
      await drive({
        ...(await identity(UserType.driver, 0)),
        gps: { watch: (report: (fix: object) => void) => report({ ...PICKUP, accuracy: 5 }) },
        decide: () => true,
      }),
    );
    await until('the dispatcher sees the driver', () => seen.moved.size === 1);
    const { ride } = await example<{ ride(o: object): Promise<void> }>('passenger.js');
    await ride({
      ...(await identity(UserType.passenger, 1)),
      from: PICKUP,
      to: DROPOFF,
      show: {
        connection: ({ status }: ConnectionState) => seen.connection.add(status),
        notice: (text: string) => seen.notices.push(text),
        cars: (cars: NearbyCar[]) => seen.cars.push(cars),
        trip: (status: string) => seen.statuses.push(status),
      },
    });
    await until('the passenger has arrived', () => seen.statuses.includes('completed'));
    await until('the dispatcher knows', () => seen.board.includes('completed'));
    expect(seen.notices).toEqual([]);
    expect([...seen.connection]).toEqual(['connecting', 'ready']);
    await until('cars were shown', () => seen.cars.length > 0);
    for (const client of clients) client.close();
  });

  it('[CLIENT9] the example of a chat shows what two people say on two instances', async () => {
    const { openChat } = await example<{ openChat(o: object): Promise<RidewireClient> }>('chat.js');
    const openScreen = async (userType: UserType, instance: number) => {
      const shown = { titles: [] as string[], lines: [] as string[] };
      let [type, see] = [(_text: string): void => undefined, (): void => undefined];
      const screen = {
        title: (text: string) => void shown.titles.push(text),
        lines: (lines: string[]) => void (shown.lines = lines),
        onInput: (listener: typeof type) => void (type = listener),
        onSeen: (listener: typeof see) => void (see = listener),
      };
      const user = await cluster.addUser(userType);
      const client = await openChat({
        url: cluster.url(instance),
        getToken: () => cluster.tokenFor(user),
        conversationId: 'room:example',
        screen,
      });
      return { client, shown, type, see };
    };
    const one = await openScreen(UserType.driver, 0);
    await until('the first is there', () => one.shown.titles.includes('1 people, 0 unread'));
    const other = await openScreen(UserType.passenger, 1);
    await until('both are there', () => one.shown.titles.includes('2 people, 0 unread'));
    one.type('hello');
    expect(one.shown.lines).toEqual(['hello']);
    await until('the other one has it', () => other.shown.titles.includes('2 people, 1 unread'));
    expect(other.shown.lines).toEqual(['hello']);
    other.see();
    await until('it is read', () => other.shown.titles.at(-1) === '2 people, 0 unread');
    for (const { client } of [one, other]) client.close();
  });

  it('[CLIENT9] the example for guests follows a shared trip until the link is revoked', async () => {
    const { followLink } = await example<{ followLink(o: object): Promise<RidewireClient> }>(
      'guest.js',
    );
    const passenger = await cluster.addUser(UserType.passenger);
    const rider = new RidewireClient({
      url: cluster.url(0),
      getToken: () => cluster.tokenFor(passenger),
    });
    const rides = rider.passengers();
    await rider.connect();
    const answer = await rides.request('trip:request', TRIP_REQUEST);
    if (!answer.ok) throw new Error(answer.error.message);
    const shares = async (method: string, shareId = '') => {
      const url = `${cluster.url(1)}/api/trips/${answer.data.tripId}/shares${shareId}`;
      const headers = { authorization: `Bearer ${passenger.token}` };
      const response = await fetch(url, { method, headers });
      expect(response.ok).toBe(true);
      return response.status === 204 ? undefined : ((await response.json()) as { data: Share });
    };
    const { id, token } = (await shares('POST'))!.data;
    const seen = { trips: [] as string[], watching: 0, over: '' };
    const guest = await followLink({
      url: cluster.url(1),
      share: token,
      page: {
        trip: (status: string) => seen.trips.push(status),
        car: () => undefined,
        watching: (count: number) => (seen.watching = count),
        over: (code: string) => (seen.over = code),
      },
    });
    await until('the trip is shown', () => seen.trips.length > 0 && seen.watching === 1);
    await rides.request('trip:cancel', { tripId: answer.data.tripId });
    await until('the end is shown', () => seen.trips.includes('cancelled'));
    await shares('DELETE', `/${id}`);
    await until('the link opens nothing any more', () => seen.over !== '');
    expect(seen.over).toBe('SHARE_ENDED');
    for (const client of [guest, rider]) client.close();
  });

  it('[CLIENT9] the example of typing shows who types to the other one', async () => {
    const { showTypists } = await example<{ showTypists(o: object): () => void }>('typing.js');
    const sit = async (instance: number) => {
      const user = await cluster.addUser(UserType.passenger);
      const client = new RidewireClient({
        url: cluster.url(instance),
        getToken: () => user.token,
      });
      const seat = { client, shown: [] as string[], press: (): void => undefined };
      client.chat();
      await client.connect();
      await client.chat().conversations.join('room:typing');
      const stop = showTypists({
        client,
        conversationId: 'room:typing',
        screen: {
          typing: (names: string[]) => void (seat.shown = names),
          onKey: (press: () => void) => void (seat.press = press),
        },
      });
      return { seat, end: () => [stop(), client.close()] };
    };
    const [one, other] = [await sit(0), await sit(1)];
    await until('it is shown', () => {
      // Typing is the first thing that is left out when the server is busy.
      one.seat.press();
      return other.seat.shown.length === 1;
    });
    expect(one.seat.shown).toEqual([]);
    for (const { end } of [one, other]) end();
  });

  it('[CLIENT9] the example of tokens refreshes them over REST until the session has ended', async () => {
    const { tokensOf } = await example<{
      tokensOf(o: object): (reason: TokenReason) => Promise<string>;
    }>('tokens.js');
    const url = cluster.url(0);
    const login = { email: 'example@example.com', password: 'correct horse' };
    const accounts = cluster.instances[0]!.app.get(AccountsService, { strict: false });
    const { id } = await accounts.create({ userType: UserType.driver, ...login });
    const answer = await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...login, appAudience: 'driver_app', sessionType: 'mobile_app' }),
    });
    const { data: tokens } = (await answer.json()) as {
      data: { accessToken: string; sid: string };
    };
    const saved: { accessToken: string }[] = [];
    const getToken = tokensOf({ url, tokens, save: (each: typeof tokens) => saved.push(each) });
    expect(await getToken('connecting')).toBe(tokens.accessToken);
    const fresh = await getToken('expired');
    expect(saved.map(({ accessToken }) => accessToken)).toEqual([fresh]);
    const client = new RidewireClient({ url, getToken: () => getToken('expired') });
    client.drivers();
    expect((await client.connect()).status).toBe('ready');
    const sessions = cluster.instances[1]!.app.get(SessionsService, { strict: false });
    await sessions.revoke(tokens.sid, id, SessionEndReason.revokedByAdmin);
    await until('it is told', () => client.getState().status === 'closed');
    await expect(getToken('expired')).rejects.toMatchObject({ code: 'AUTH_REQUIRED' });
  });

  it('[CLIENT9] each example has a name, and a test that runs it', () => {
    const readme = readFileSync(path.join(library, 'README.md'), 'utf8');
    const tests = readFileSync(import.meta.filename, 'utf8');
    const blocks = readme.match(/^```jsx?$/gm) ?? [];
    const named = [...readme.matchAll(/^<!-- example: (\S+) -->\n```jsx?$/gm)];
    expect(named).toHaveLength(blocks.length);
    for (const [, name] of named) expect(tests).toContain(`'${name}'`);
  });

  it('[CLIENT12] a phone without crypto, with a wrong clock and a token that hangs gets in, is believed, and goes on after a sleep', async () => {
    const instance = await cluster.addInstance({
      WS_PING_INTERVAL: 500,
      WS_PING_TIMEOUT: 1_000,
    });
    const user = await cluster.addUser(UserType.driver);
    copyFileSync(path.join(import.meta.dirname, 'phone-app.mjs'), path.join(app, 'phone.mjs'));
    const phone = spawn(process.execPath, ['phone.mjs'], {
      cwd: app,
      env: { SERVER: instance.url, TOKEN: user.token },
    });
    let output = '';
    phone.stdout.on('data', (text: Buffer) => (output += text.toString()));
    phone.stderr.on('data', (text: Buffer) => (output += text.toString()));
    const told = () =>
      output
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Told);
    const stored = () => told().filter(({ verdict }) => verdict === 'stored');
    try {
      await until('its position is believed', () => stored().length > 2);
      expect(told().some(({ state }) => state?.reason?.code === 'TOKEN_UNAVAILABLE')).toBe(true);
      await until('it has spoken', () => told().some(({ said }) => said));
      expect(told().find(({ said }) => said)).toMatchObject({
        said: { ok: true, data: { clientMessageId: expect.stringMatching(/^[\w-]{1,64}$/) } },
      });
      phone.stdin.write('set the clock\n');
      await until('it is set', () => told().some(({ clock }) => clock === 'right'));
      const beforeIt = stored().length;
      await until('it is believed again', () => stored().length > beforeIt + 2);

      phone.kill('SIGSTOP');
      const registry = instance.app.get(ConnectionRegistry);
      await until('the server gives it up', () => registry.ofUser(user.userId).length === 0);
      const asleep = stored().length;
      phone.kill('SIGCONT');
      await until('it goes on', () => stored().length > asleep + 2);
      // Also of what it measured before it was greeted, and while its clock was set.
      for (const { timestamp } of stored())
        expect(Math.abs(timestamp! - Date.now())).toBeLessThan(HOUR_MS);
      expect(told().some(({ state }) => state?.status === 'resuming')).toBe(true);
    } finally {
      phone.kill('SIGKILL');
    }
  });

  it('[CLIENT9] the example with React shows a trip', async () => {
    const { TripPage } = await example<{ TripPage: FunctionComponent<PageProps> }>('trip-page.jsx');
    const user = await cluster.addUser(UserType.passenger);
    const client = new RidewireClient({
      url: cluster.url(0),
      getToken: () => cluster.tokenFor(user),
    });
    const rides = client.passengers();
    await client.connect();
    const answer = await rides.request('trip:request', TRIP_REQUEST);
    if (!answer.ok) throw new Error(answer.error.message);
    const page = placeInPage();
    const drawn = createRoot(page);
    drawn.render(createElement(TripPage, { client, tripId: answer.data.tripId }));
    await until('it is shown', () => page.querySelector('h1')?.textContent === 'assigning');
    drawn.unmount();
    client.close();
  });
});
