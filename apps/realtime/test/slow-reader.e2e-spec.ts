import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminFeedRoom, FeedMode, Namespace, type DriverLocationUpdate } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { LocationService } from '#libs/location';
import { until } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { unreadBytes } from '../src/socket/engine/insides.js';
import { type RealtimeSocket } from '../src/socket/realtime-socket.js';
import { TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialModule } from './trial.gateway.js';

const DRIVERS = 800;
const MAX_BUFFERED_BYTES = 1_048_576;

describe('a client that does not read', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_RATE_PER_SECOND: '2000',
        WS_RATE_BURST: '2000',
        WS_QUEUE_LENGTH: '1000',
        WS_MAX_BUFFERED_BYTES: String(MAX_BUFFERED_BYTES),
      },
      extraModules: [TrialModule],
    });
  });
  afterAll(() => cluster.close());

  const socketOf = (userId: string, instance: number): RealtimeSocket =>
    cluster.instances[instance]!.app.get(ConnectionRegistry).ofUser(userId)[0]!;

  it('[SLOW1] as dispatcher costs others no time and bounded memory, and starts over when it reads again', async () => {
    const { app } = cluster.instances[0]!;
    const locations = app.get(LocationService, { strict: false });
    const availability = app.get(AvailabilityService, { strict: false });
    const ids = Array.from({ length: DRIVERS }, (_, i) => `driver-${i}`);
    await Promise.all(ids.map((id) => availability.connect(id)));
    let step = 0;
    const moveAll = async (): Promise<void> => {
      step += 1;
      await Promise.all(
        ids.map((id, i) =>
          locations.record(id, [{ lat: 41.9 + i * 1e-4 + step * 1e-5, lng: 12.5 }], 1),
        ),
      );
    };
    await moveAll();

    const slow = await cluster.addUser('admin');
    const reader = await RawClient.open(cluster.url(1));
    await reader.enter(Namespace.admin, slow.token);
    await reader.waitFor(
      (packet) =>
        packet.includes('"driver:location:update"') || packet.includes('"driver:snapshot"'),
    );
    const fast = await cluster.connect(await cluster.addUser('admin'), 1);
    await fast.waitFor('driver:snapshot');
    const witnessed = await cluster.addUser('driver');
    const driver = await cluster.connect(witnessed, 0);

    let rounds = 0;
    /** All move, then one more: ends when the dispatcher who reads is shown that one. */
    const round = async (): Promise<void> => {
      await moveAll();
      const lat = 41.8 + (rounds += 1) * 1e-5;
      await driver.ask('driver:location:ping', { lat, lng: 12.5 });
      await fast.waitFor<DriverLocationUpdate>(
        'driver:location:update',
        (update) => update.driverId === witnessed.userId && update.lastLocation.lat === lat,
      );
    };
    await round();

    reader.pause();
    const readBefore = reader.received.length;
    const socket = socketOf(slow.userId, 1);
    let peakBytes = 0;
    const firstRound = rounds;
    const isParked = () => !socket.rooms.has(adminFeedRoom(FeedMode.events));
    await until(
      'it is held back',
      async () => {
        await round();
        peakBytes = Math.max(peakBytes, unreadBytes(socket));
        return isParked() && rounds - firstRound >= 20;
      },
      90_000,
    );
    expect(socket.connected).toBe(true);
    expect(peakBytes).toBeGreaterThan(0);
    expect(peakBytes).toBeLessThan(MAX_BUFFERED_BYTES);
    const heldBytes = unreadBytes(socket);
    for (let i = 0; i < 5; i += 1) await moveAll();
    expect(unreadBytes(socket)).toBeLessThanOrEqual(heldBytes + 1_000);
    // The one who reads was shown all of these rounds while this one read nothing.
    expect(reader.received).toHaveLength(readBefore);

    const before = reader.received.length;
    reader.resume();
    const later = () => reader.received.slice(before);
    await until('it gets a new snapshot', () =>
      later().some((packet) => packet.includes('"driver:snapshot"')),
    );
    const positionOf = (event: string) =>
      later().findIndex((packet) => packet.startsWith(`42/admin,["${event}"`));
    expect(later()[positionOf('frames:missed')]).toMatch(/"of":"fleet","ticks":\d+,"forMs":\d+/);
    expect(positionOf('frames:missed')).toBeLessThan(positionOf('driver:snapshot'));
    await until('it follows again', () => !isParked());
    await moveAll();
    const newest = 41.9 + step * 1e-5;
    const shownLat = (packet: string) =>
      Number(/"driverId":"driver-0",.*?"lat":([\d.]+)/.exec(packet)?.[1]);
    await until('it gets the newest', () =>
      later().some((packet) => Math.abs(shownLat(packet) - newest) < 1e-7),
    );
    reader.close();
  });

  it('[SLOW1] and goes on asking is closed with bounded memory; others are served', async () => {
    const user = await cluster.addUser('passenger');
    const reader = await RawClient.open(cluster.url(0));
    await reader.enter(Namespace.passengers, user.token);
    const socket = socketOf(user.userId, 0);
    reader.pause();
    const payload = 'x'.repeat(50_000);
    const other = await cluster.connect(await cluster.addUser('passenger'), 0);
    let id = 0;
    let peakBytes = 0;
    await until(
      'it is closed',
      async () => {
        if (!socket.data.connection.closed) {
          for (let i = 0; i < 5; i += 1)
            reader.send(`42/passengers,${(id += 1)}["trial:echo","${payload}"]`);
        }
        expect(await other.ask('trial:echo', 'mark')).toBe('mark');
        peakBytes = Math.max(peakBytes, unreadBytes(socket));
        return !socket.connected;
      },
      90_000,
    );
    expect(peakBytes).toBeGreaterThan(MAX_BUFFERED_BYTES);
    expect(peakBytes).toBeLessThan(24 * MAX_BUFFERED_BYTES);
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
    await until('it is forgotten', () => registry.ofUser(user.userId).length === 0);
    reader.close();
  });
});

const SMALL_BUFFER_BYTES = 131_072;

describe('a client that reads too slowly', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_MAX_BUFFERED_BYTES: String(SMALL_BUFFER_BYTES),
        CHAT_MESSAGES: '100000',
        CHAT_MAX_TEXT: '10000',
        WS_RATE_PER_SECOND: '10000',
        WS_RATE_BURST: '10000',
      },
    });
  });
  afterAll(() => cluster.close());

  it('[SLOW1] is not told of presence while conversations still come, and gets the newest once it has read', async () => {
    const slow = await cluster.addUser('admin');
    const watched = await cluster.addUser('passenger');
    const reader = await RawClient.open(cluster.url(0));
    await reader.enter(Namespace.chat, slow.token);
    const id = 'room:slow';
    const requests = [
      `42/chat,1["chat:join",{"conversationId":"${id}"}]`,
      `42/chat,2["presence:subscribe",{"userIds":["${watched.userId}"]}]`,
    ];
    reader.send(...requests);
    for (const i of [1, 2])
      await reader.waitFor((packet) => packet.startsWith(`43/chat,${i}[{"ok":true`));
    const writer = await cluster.openApp(Namespace.chat, await cluster.addUser('admin'), 1);
    await writer.ask('chat:join', { conversationId: id });
    const [socket] = cluster.instances[0]!.app.get(ConnectionRegistry).ofUser(slow.userId);
    reader.pause();
    let said = 0;
    const say = () =>
      writer.ask('chat:send', {
        conversationId: id,
        clientMessageId: `m${(said += 1)}`,
        text: 'x'.repeat(10_000),
      });
    await until('half of the budget is used', async () => {
      await say();
      return unreadBytes(socket!) > SMALL_BUFFER_BYTES / 2;
    });
    const before = reader.received.length;
    await cluster.connect(watched, 1);
    await say();
    await until(
      'what was said waits for it',
      () => unreadBytes(socket!) > SMALL_BUFFER_BYTES / 2 + 9_000,
    );
    reader.resume();
    const told = () => reader.received.slice(before);
    await until('it is told all that was said', () =>
      told().some((packet) => packet.includes(`"clientMessageId":"m${said}"`)),
    );
    await until('it is told of the presence', () =>
      told().some((packet) => packet.startsWith('42/chat,["presence:changed"')),
    );
    const at = (part: string) => told().findIndex((packet) => packet.includes(part));
    expect(at('"presence:changed"')).toBeGreaterThan(at(`"clientMessageId":"m${said}"`));
    expect(socket!.connected).toBe(true);
    reader.close();
  });
});
