import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type PersonPresence, type PresenceSnapshot } from '#libs/contracts';
import { until, type ToldClient } from '#libs/testing';
import { chatter, enterChat, rideTogether, type Chatter } from './chat-scene.js';
import { PeopleWatch } from '../src/presence/people-watch.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster, type TestUser } from './cluster.js';

const MOST = 5;

describe('who is online', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        PRESENCE_LEASE: '3s',
        PRESENCE_GRACE: '300ms',
        PRESENCE_MAX_SUBSCRIPTIONS: `${MOST}`,
        CHAT_TRIP_AFTER_END: '200ms',
      },
    });
  });
  afterAll(() => cluster.close());

  const watch = (client: ToldClient, ...users: { userId: string }[]) =>
    client.ask<PresenceSnapshot>('presence:subscribe', {
      userIds: users.map(({ userId }) => userId),
    });
  const newest = (client: ToldClient, { userId }: TestUser) =>
    client
      .payloads<PersonPresence>('presence:changed')
      .findLast((person) => person.userId === userId);
  const untilStatus = (client: ToldClient, user: TestUser, status: string, devices?: number) =>
    until(`${user.userId} is ${status}`, () => {
      const person = newest(client, user);
      return (
        person?.status === status && (devices === undefined || person.devices.length === devices)
      );
    });

  /** Whoever has just come is online a moment later: by the snapshot, or by the change behind it. */
  const seesOnline = async (client: ToldClient, user: TestUser) => {
    const { people, hidden } = await watch(client, user);
    expect(hidden).toEqual([]);
    if (people[0]?.status !== 'online') await untilStatus(client, user, 'online');
  };

  it('[PRES5] is told by a snapshot and then changes, per person and per device, over instances', async () => {
    const dispatcher = await cluster.connect(await cluster.addUser(UserType.admin), 0);
    const passenger = await cluster.addUser(UserType.passenger);
    const { people } = await watch(dispatcher, passenger);
    expect(people).toEqual([
      {
        userId: passenger.userId,
        status: 'offline',
        since: null,
        lastSeenAt: null,
        devices: [],
      },
    ]);
    const before = Date.now();
    const app = await cluster.connect(passenger, 1);
    await untilStatus(dispatcher, passenger, 'online', 1);
    expect(newest(dispatcher, passenger)!.since).toBeGreaterThanOrEqual(before);
    // The same connection in another namespace is no other device; another connection is.
    const chat = await enterChat(cluster, passenger, 0);
    await untilStatus(dispatcher, passenger, 'online', 2);
    await chat.ask('presence:set', { away: true });
    await until('one device is away', () =>
      newest(dispatcher, passenger)!.devices.some(({ status }) => status === 'away'),
    );
    expect(newest(dispatcher, passenger)!.status).toBe('online');
    app.close();
    await untilStatus(dispatcher, passenger, 'away', 1);
    await chat.ask('presence:set', { away: false });
    await untilStatus(dispatcher, passenger, 'online', 1);
    chat.close();
    await untilStatus(dispatcher, passenger, 'offline', 0);
    const { since, lastSeenAt } = newest(dispatcher, passenger)!;
    expect(lastSeenAt).toBeGreaterThanOrEqual(before);
    expect(since).toBe(lastSeenAt);
    const other = await cluster.connect(await cluster.addUser(UserType.admin), 1);
    expect((await watch(other, passenger)).people).toMatchObject([{ status: 'offline', since }]);
    // Nothing more after the end.
    const heard = dispatcher.payloads('presence:changed').length;
    await dispatcher.ask('presence:unsubscribe', {});
    await watch(other, passenger);
    await cluster.connect(passenger, 0);
    await untilStatus(other, passenger, 'online');
    expect(dispatcher.payloads('presence:changed')).toHaveLength(heard);
  });

  it('[PRES6] strangers are not shown, and look like people who do not exist', async () => {
    const [ann, bob] = [await chatter(cluster, 0), await chatter(cluster, 1)];
    for (const { client } of [ann, bob]) await client.ask('chat:join', { conversationId: 'lobby' });
    await seesOnline(ann.client, ann.user);
    const absent = { userId: 'nobody-at-all' };
    expect(await watch(ann.client, bob.user, absent, ann.user)).toMatchObject({
      people: [{ userId: ann.user.userId, status: 'online' }],
      hidden: [bob.user.userId, absent.userId],
    });
    bob.client.close();
    await ann.client.ask('presence:set', { away: true });
    await untilStatus(ann.client, ann.user, 'away');
    expect(newest(ann.client, bob.user)).toBeUndefined();
  });

  it('[PRES6] people of one room see each other until one leaves it', async () => {
    const [ann, bob] = [await chatter(cluster, 0), await chatter(cluster, 1)];
    const conversationId = 'room:presence';
    for (const { client } of [ann, bob]) await client.ask('chat:join', { conversationId });
    await seesOnline(ann.client, bob.user);
    await bob.client.ask('presence:set', { away: true });
    await untilStatus(ann.client, bob.user, 'away');
    await bob.client.ask('chat:leave', { conversationId });
    await bob.client.ask('presence:set', { away: false });
    await ann.client.waitFor<{ userIds: string[] }>('presence:hidden', ({ userIds }) =>
      userIds.includes(bob.user.userId),
    );
    expect(newest(ann.client, bob.user)!.status).toBe('away');
    expect((await watch(ann.client, bob.user)).hidden).toEqual([bob.user.userId]);
  });

  it('[PRES6] of a change all are told who may see the person then, and the others that they see it no more', async () => {
    const people = [];
    for (let i = 0; i < 6; i += 1) people.push(await chatter(cluster, i % 2));
    const [bob, left, ...others] = people as [Chatter, Chatter, ...Chatter[]];
    const conversationId = 'room:many-look';
    for (const { client } of people) await client.ask('chat:join', { conversationId });
    const desk = await cluster.connect(await cluster.addUser(UserType.admin), 0);
    for (const { client } of [left, ...others]) await seesOnline(client, bob.user);
    await watch(desk, bob.user);
    await left.client.ask('chat:leave', { conversationId });
    await bob.client.ask('presence:set', { away: true });
    for (const client of [desk, ...others.map((other) => other.client)])
      await untilStatus(client, bob.user, 'away');
    await left.client.waitFor('presence:hidden');
    expect(newest(left.client, bob.user)?.status).not.toBe('away');
    await bob.client.ask('presence:set', { away: false });
    for (const { client } of others) await untilStatus(client, bob.user, 'online');
    expect(left.client.payloads('presence:hidden')).toHaveLength(1);
  });

  it('[PRES6] passenger and driver of a trip see each other', async () => {
    const { passenger, driver, cab } = await rideTogether(cluster);
    const phone = await enterChat(cluster, passenger, 0);
    await seesOnline(phone, driver);
    cab.close();
    await untilStatus(phone, driver, 'offline');
  });

  it('[PRES6] a client looks at a bounded number of people, named by ids', async () => {
    const dispatcher = await cluster.connect(await cluster.addUser(UserType.admin), 0);
    const users = Array.from({ length: MOST + 1 }, (_, i) => ({ userId: `someone-${i}` }));
    await watch(dispatcher, ...users.slice(0, MOST));
    await watch(dispatcher, ...users.slice(0, MOST));
    expect(
      await dispatcher.request('presence:subscribe', { userIds: [users[MOST]!.userId] }),
    ).toMatchObject({ ok: false, error: { code: 'TOO_MANY_ROOMS' } });
    await dispatcher.ask('presence:unsubscribe', { userIds: [users[0]!.userId] });
    await watch(dispatcher, users[MOST]!);
    // Nobody may ask about more at once, not even about those whom it may not see.
    const stranger = await chatter(cluster, 1);
    expect(
      await stranger.client.request('presence:subscribe', {
        userIds: users.map(({ userId }) => userId),
      }),
    ).toMatchObject({ ok: false, error: { code: 'TOO_MANY_ROOMS' } });
    for (const userIds of [[], 'someone', ['{x}'], [1], Array.from({ length: 1_001 }, String)]) {
      expect(await dispatcher.request('presence:subscribe', { userIds })).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
  });

  it('[PRES6] requests of a client that overlap count together', async () => {
    const user = await cluster.addUser(UserType.admin);
    const dispatcher = await cluster.connect(user, 0);
    const { app } = cluster.instances[0]!;
    const [socket] = app.get(ConnectionRegistry, { strict: false }).ofUser(user.userId);
    const people = app.get(PeopleWatch, { strict: false });
    const overlapping = await Promise.allSettled(
      ['a', 'b'].map((part) =>
        people.watch(
          socket!,
          Array.from({ length: MOST }, (_, i) => `${part}-${i}`),
        ),
      ),
    );
    expect(overlapping.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(overlapping.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'TOO_MANY_ROOMS' },
    });
    dispatcher.close();
  });
});
