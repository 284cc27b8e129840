import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountGroups } from '#libs/auth';
import { Namespace, UserType, type TrackedLocation } from '#libs/contracts';
import { AppClient, startTcpProxy, until, type ToldClient } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';
import { InstanceProcess } from './instance-process.js';

const PRESENCE = { PRESENCE_LEASE: '4s', PRESENCE_GRACE: '4s' };
const ROME = { lat: 41.9, lng: 12.5 };

/** The client that the README of the older position server describes; but for namespace and token it is word for word. */
class OldClient {
  readonly markers = new Map<string, TrackedLocation>();
  readonly initial: TrackedLocation[][] = [];
  readonly echoes: unknown[] = [];
  readonly socket: Socket;

  constructor(url: string, token: string) {
    this.socket = io(`${url}/tracking`, { auth: { token }, forceNew: true });
    this.socket.on('initialLocations', (locations: TrackedLocation[]) => {
      this.initial.push(locations);
      this.markers.clear();
      for (const location of locations) this.markers.set(location.userId, location);
    });
    this.socket.on('locationBroadcast', (location: TrackedLocation) =>
      this.markers.set(location.userId, location),
    );
    this.socket.on('userDisconnected', ({ userId }: { userId: string }) =>
      this.markers.delete(userId),
    );
    this.socket.on('events', (text: unknown) => this.echoes.push(text));
  }
}

describe('/tracking', () => {
  let cluster: TestCluster;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start({ env: PRESENCE });
  });
  afterAll(async () => {
    for (const socket of sockets) socket.disconnect();
    await cluster.close();
  });

  const person = async (groups: string[], type: UserType = UserType.driver): Promise<TestUser> => {
    const user = await cluster.addUser(type);
    await regroup(user, groups);
    return user;
  };
  const regroup = ({ userId }: TestUser, groups: string[]) =>
    cluster.instances[0]!.app.get(AccountGroups, { strict: false }).set(userId, groups);
  const oldClient = (user: TestUser, instance: number): OldClient => {
    const client = new OldClient(cluster.url(instance), user.token);
    sockets.push(client.socket);
    return client;
  };
  const connect = async (user: TestUser, instance: number): Promise<AppClient> => {
    const client = await cluster.openApp(Namespace.tracking, user, instance);
    await client.waitFor('initialLocations');
    return client;
  };
  const shown = (client: ToldClient): string[] => {
    const seen = new Set<string>();
    for (const { event, payload } of client.received) {
      if (event === 'initialLocations') {
        seen.clear();
        for (const { userId } of payload as TrackedLocation[]) seen.add(userId);
      }
      if (event === 'locationBroadcast') seen.add((payload as TrackedLocation).userId);
      if (event === 'userDisconnected') seen.delete((payload as { userId: string }).userId);
    }
    return [...seen].toSorted();
  };
  const ids = (...users: TestUser[]) => users.map(({ userId }) => userId).toSorted();

  it('[TRACK1] serves a client of the older position server, event by event, on two instances', async () => {
    const [ada, bob] = [await person(['family']), await person(['family'], UserType.passenger)];
    const first = oldClient(ada, 0);
    await until('the first is told where all are', () => first.initial.length === 1);
    expect(first.initial).toEqual([[]]);
    const place = { userId: ada.userId, lat: 12.3, lng: 45.6, timestamp: 16_000 };
    first.socket.emit('locationUpdate', place);
    await until('it hears of itself', () => first.markers.size === 1);
    expect(first.markers.get(ada.userId)).toEqual(place);

    const second = oldClient(bob, 1);
    await until('the second is told where all are', () => second.initial.length === 1);
    expect(second.initial[0]).toEqual([place]);
    const timestamp = Date.now();
    second.socket.emit('locationUpdate', { userId: bob.userId, lat: 34, lng: -118, timestamp });
    await until('each sees the other', () =>
      [first, second].every(({ markers }) => markers.size === 2),
    );
    expect(first.markers.get(bob.userId)).toEqual({
      userId: bob.userId,
      lat: 34,
      lng: -118,
      timestamp,
    });
    first.socket.emit('events', 'broadcasting...');
    await until('the text comes back', () => first.echoes.length === 1);
    expect([first.echoes, second.echoes]).toEqual([['broadcasting...'], []]);

    second.socket.disconnect();
    await until('the pin is removed', () => first.markers.size === 1);
    expect([...first.markers.keys()]).toEqual([ada.userId]);
    first.socket.disconnect();
  });

  it('[TRACK1] refuses what is implausible, and an id that is not that of the account', async () => {
    const client = await connect(await person([]), 0);
    const codeOf = async (payload: object) => {
      const ack = await client.request('locationUpdate', payload);
      if (ack.ok) return (ack.data as { verdict: string }).verdict;
      const { results } = (ack.error.details ?? {}) as { results?: { reason: string }[] };
      return results?.[0]?.reason ?? ack.error.code;
    };
    const now = Date.now();
    expect(await codeOf({ ...ROME, timestamp: now - 2_000 })).toBe('stored');
    expect(await codeOf({ ...ROME, timestamp: now - 2_000 })).toBe('duplicate');
    expect(await codeOf({ ...ROME, timestamp: now - 3_000 })).toBe('stale');
    expect(await codeOf({ ...ROME, userId: 'somebody-else' })).toBe('FORBIDDEN');
    expect(await codeOf({ lat: 0, lng: 0 })).toBe('NULL_ISLAND');
    expect(await codeOf({ lat: 91, lng: 0 })).toBe('OUT_OF_RANGE');
    expect(await codeOf({ ...ROME, timestamp: now + 600_000 })).toBe('FUTURE_TIMESTAMP');
    expect(await codeOf({ ...ROME, timestamp: now - 10 * 86_400_000 })).toBe('TOO_OLD');
    const far = { lat: 48.1, lng: 11.5 };
    expect([await codeOf(far), await codeOf(far), await codeOf(far)]).toEqual([
      'JUMP',
      'JUMP',
      'stored',
    ]);
    expect(await client.request('locationUpdate', 'here')).toMatchObject({
      ok: false,
      error: { code: 'VALIDATION_FAILED' },
    });
    client.close();
  });

  it('[TRACK2] shows people to their groups and to admins, and somebody of no group to itself', async () => {
    const [north, both] = [await person(['north']), await person(['north', 'south'])];
    const [south, nobody] = [await person(['south']), await person([])];
    const admin = await person([], UserType.admin);
    const all = [north, both, south, nobody];
    const clients = await Promise.all(all.map((user, i) => connect(user, i % 2)));
    const desk = await connect(admin, 1);
    for (const client of clients) await client.ask('locationUpdate', ROME);
    await until('the admin sees all', () => shown(desk).length >= 4);
    const seen = [ids(north, both), ids(north, both, south), ids(both, south), ids(nobody)];
    for (const [i, client] of clients.entries())
      await until(`number ${i} sees its own`, () => `${shown(client)}` === `${seen[i]}`);
    expect(shown(desk)).toEqual(expect.arrayContaining(ids(...all)));
    for (const client of [...clients, desk]) {
      const told = client.payloads<TrackedLocation>('locationBroadcast');
      expect(new Set(told.map(({ userId }) => userId)).size).toBe(told.length);
    }
    for (const client of [...clients, desk]) client.close();
  });

  it('[TRACK2] follows a change of groups at once, in both directions', async () => {
    const [mover, east, west] = [
      await person(['east']),
      await person(['east']),
      await person(['west']),
    ];
    const clients = [await connect(mover, 0), await connect(east, 1), await connect(west, 0)];
    for (const client of clients) await client.ask('locationUpdate', ROME);
    await until('the east sees both', () => `${shown(clients[1]!)}` === `${ids(mover, east)}`);
    await regroup(mover, ['west']);
    await until('the east sees itself', () => `${shown(clients[1]!)}` === `${ids(east)}`);
    await until('the west sees both', () => `${shown(clients[2]!)}` === `${ids(mover, west)}`);
    await until('the mover sees the west', () => `${shown(clients[0]!)}` === `${ids(mover, west)}`);
    for (const client of clients) client.close();
  });

  it('[TRACK2] shows the new groups also when Redis was lost while they were looked up', async () => {
    const wire = await startTcpProxy(Number(new URL(cluster.environment.REDIS_URL).port));
    await cluster.addInstance({ REDIS_URL: `redis://127.0.0.1:${wire.port}` });
    const instance = cluster.instances.length - 1;
    const [mover, member] = [await person(['before']), await person(['after'])];
    const clients = [await connect(mover, instance), await connect(member, 0)];
    for (const client of clients) await client.ask('locationUpdate', ROME);
    const isLookedUp = wire.keepBack('ssubscribe');
    await regroup(mover, ['after']);
    await isLookedUp;
    wire.cut();
    wire.mend();
    await until('it sees its new group', () => `${shown(clients[0]!)}` === `${ids(mover, member)}`);
    const later = await connect(member, instance);
    await until('so does who comes later', () => `${shown(later)}` === `${ids(mover, member)}`);
    for (const client of [...clients, later]) client.close();
    await cluster.instances[instance]!.app.close();
    cluster.instances.pop();
    await wire.close();
  });

  it('[TRACK3] an older socket of the user is told and closed, on whatever instance, and nobody sees it go', async () => {
    const [user, friend] = [await person(['team']), await person(['team'])];
    const witness = await connect(friend, 0);
    const first = await connect(user, 0);
    const place = { ...ROME, timestamp: Date.now() };
    await first.ask('locationUpdate', place);
    await until('it is seen', () => shown(witness).includes(user.userId));
    for (const instance of [1, 0, 0]) {
      const before = await cluster.openApp(Namespace.chat, user, instance);
      const older = await connect(user, instance);
      const newer = await connect(user, 1 - instance);
      await until('the older one is closed', () => !older.isConnected);
      expect(older.payloads('connection:closing')).toEqual([
        expect.objectContaining({ code: 'REPLACED', retryable: false }),
      ]);
      expect(newer.isConnected).toBe(true);
      expect(before.isConnected).toBe(true);
      newer.close();
      before.close();
    }
    const last = await connect(user, 1);
    await last.ask('locationUpdate', { ...ROME, lat: 41.901 });
    expect(first.app.getState()).toMatchObject({
      status: 'closed',
      reason: { code: 'REPLACED' },
    });
    await until('the move is seen', () =>
      witness
        .payloads<TrackedLocation>('locationBroadcast')
        .some(({ userId, lat }) => userId === user.userId && lat === 41.901),
    );
    expect(witness.payloads('userDisconnected')).toEqual([]);
    last.close();
    await until('who leaves is gone', () => !shown(witness).includes(user.userId));
    witness.close();
  });

  it('[TRACK4] the people of an instance that died are gone within the lease, but for who came back', async () => {
    const { environment } = cluster;
    const doomed = new InstanceProcess({
      ...PRESENCE,
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      REDIS_URL: environment.REDIS_URL,
      REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: environment.JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: environment.JWT_REFRESH_SECRET!,
    });
    const url = await doomed.url();
    const [lost, back, friend] = [
      await person(['crew']),
      await person(['crew']),
      await person(['crew']),
    ];
    const witness = await connect(friend, 0);
    const victims = await Promise.all(
      [lost, back].map(({ token }) => AppClient.open(url, Namespace.tracking, { token })),
    );
    for (const victim of victims) {
      await victim.waitFor('initialLocations');
      await victim.ask('locationUpdate', ROME);
    }
    await until('both are seen', () => `${shown(witness)}` === `${ids(lost, back)}`);
    await doomed.end('SIGKILL');
    const returned = await connect(back, 1);
    await until('the lost one is gone', () => `${shown(witness)}` === `${ids(back)}`);
    expect(witness.payloads('userDisconnected')).toEqual([{ userId: lost.userId }]);
    for (const client of [witness, returned, ...victims]) client.close();
  });
});
