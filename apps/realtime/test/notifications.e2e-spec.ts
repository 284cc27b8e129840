import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Namespace,
  UserType,
  type Notification,
  type NotificationPage,
  type NotificationsSeen,
} from '#libs/contracts';
import { boxAnnouncementIn } from '#libs/notifications';
import { RedisCommands } from '#libs/redis';
import { startTcpProxy, until, type TcpProxy, type ToldClient } from '#libs/testing';
import { PersonalChannels } from '../src/socket/sending/personal-channels.js';
import { TestCluster, type TestUser } from './cluster.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';

const notificationsOf = (client: ToldClient) => client.payloads<Notification>('notification');
const titlesOf = (client: ToldClient) => notificationsOf(client).map(({ title }) => title);

describe('notifications on two instances', () => {
  let cluster: TestCluster;
  let proxy: TcpProxy;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: { ADMIN_API_KEY: API_KEY, NOTIFICATIONS_KEPT: '100', WS_RATE_PER_SECOND: '1000' },
    });
    proxy = await startTcpProxy(Number(new URL(cluster.environment.REDIS_URL).port));
    await cluster.addInstance({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  });
  afterAll(async () => {
    await cluster?.close();
    await proxy?.close();
  });

  async function rest(
    method: string,
    path: string,
    options: { token?: string; body?: object; instance?: number; key?: string } = {},
  ) {
    const { token, body, instance = 0, key } = options;
    const response = await fetch(`${cluster.url(instance)}/api/${path}`, {
      method,
      headers: {
        ...(token === undefined ? { 'x-api-key': API_KEY } : { authorization: `Bearer ${token}` }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { data, error } = (await response.json()) as { data: never; error?: { reason: string } };
    return { status: response.status, data, reason: error?.reason };
  }

  async function send(audience: object, title: string, instance = 0): Promise<string> {
    const { data, status } = await rest('POST', 'admin/notifications', {
      body: { ...audience, title },
      instance,
    });
    expect(status).toBe(201);
    return (data as { id: string }).id;
  }

  const toUser = ({ userId }: TestUser) => ({ audience: 'user', userId });
  const chatOf = (user: TestUser, instance: number) =>
    cluster.openApp(Namespace.chat, user, instance);
  const seen = (client: ToldClient, request: unknown) =>
    client.ask<{ unread: number }>('notification:seen', request);

  it('[NOTE1] a notification reaches the sockets of its audience in every namespace, and nobody else', async () => {
    const [driver, other, passenger] = await Promise.all([
      cluster.addUser(UserType.driver),
      cluster.addUser(UserType.driver),
      cluster.addUser(UserType.passenger),
    ]);
    const second = await cluster.addUser(UserType.driver, { userId: driver.userId });
    const clients = {
      driver: await cluster.connect(driver, 0),
      secondDevice: await cluster.connect(second, 1),
      chat: await chatOf(driver, 1),
      tracking: await cluster.openApp(Namespace.tracking, driver, 0),
      other: await cluster.connect(other, 1),
      passenger: await cluster.connect(passenger, 1),
    };
    const run = randomUUID();
    await send(toUser(driver), `${run} user`, 1);
    await send({ audience: 'session', sid: second.sid }, `${run} session`);
    await send({ audience: 'type', userType: 'driver' }, `${run} drivers`);
    await send({ audience: 'everybody' }, `${run} everybody`, 1);
    const expected = {
      driver: ['user', 'drivers', 'everybody'],
      secondDevice: ['user', 'session', 'drivers', 'everybody'],
      chat: ['user', 'drivers', 'everybody'],
      tracking: ['user', 'drivers', 'everybody'],
      other: ['drivers', 'everybody'],
      passenger: ['everybody'],
    };
    for (const [name, client] of Object.entries(clients)) {
      const wanted = expected[name as keyof typeof expected];
      const own = () => titlesOf(client).filter((title) => title.startsWith(run));
      await until(`${name} is told`, () => own().length >= wanted.length);
      expect([
        name,
        own()
          .map((title) => title.split(' ')[1])
          .toSorted(),
      ]).toEqual([name, wanted.toSorted()]);
    }
    expect(notificationsOf(clients.secondDevice)[0]).toMatchObject({
      audience: 'user',
      seen: false,
    });
  });

  it('[NOTE2] it waits for those who are away until it is seen on any device, or expires', async () => {
    const user = await cluster.addUser(UserType.passenger);
    const ids = [await send(toUser(user), 'one'), await send(toUser(user), 'two', 1)];
    await rest('POST', 'admin/notifications', {
      body: { ...toUser(user), title: 'short', ttlMs: 1_000 },
    });
    const sentAt = Date.now();
    const own = (client: ToldClient) =>
      titlesOf(client).filter((title) => ['one', 'two', 'short', 'three'].includes(title));
    await until('it has expired', () => Date.now() > sentAt + 1_050);
    const [first, second] = [await cluster.connect(user, 0), await chatOf(user, 1)];
    for (const client of [first, second]) {
      await until('both are told', () => own(client).length === 2);
      expect(own(client)).toEqual(['one', 'two']);
    }
    await seen(first, ids[0]);
    const fact = await second.waitFor<NotificationsSeen>('notification:seen');
    expect(fact).toEqual({ ids: [ids[0]] });
    const third = await cluster.connect(user, 1);
    await until('the unseen one is told', () => own(third).length === 1);
    expect(own(third)).toEqual(['two']);
    await seen(third, { all: true });
    const fourth = await cluster.connect(user, 0);
    await send(toUser(user), 'three');
    await until('the new one is told', () => own(fourth).includes('three'));
    expect(own(fourth)).toEqual(['three']);
    await until('so is a device that was there', () => own(first).length === 3);
    expect(own(first)).toEqual(['one', 'two', 'three']);
  });

  it('[NOTE2] an instance that was cut off tells what it missed once it is back, each once', async () => {
    const user = await cluster.addUser(UserType.driver);
    const client = await cluster.connect(user, 1);
    const titles = Array.from({ length: 6 }, (_, i) => `cut ${i}`);
    const own = () => titlesOf(client).filter((title) => title.startsWith('cut'));
    await send(toUser(user), titles[0]!);
    await until('the first is told', () => own().length === 1);
    proxy.cut();
    await send(toUser(user), titles[1]!);
    await send({ audience: 'type', userType: 'driver' }, titles[2]!);
    await send({ audience: 'everybody' }, titles[3]!);
    proxy.mend();
    await until('what was missed is told', () => own().length >= 4);
    await send(toUser(user), titles[4]!);
    await send({ audience: 'everybody' }, titles[5]!);
    await until('all are told', () => own().length >= 6);
    expect(own().toSorted()).toEqual(titles);
    expect(client.payloads('hello')).toHaveLength(1);
  });

  it('[NOTE2] people who come and go while much is sent get all of it, and no connection anything twice', async () => {
    const user = await cluster.addUser(UserType.passenger);
    const run = randomUUID();
    const clients: ToldClient[] = [];
    const sending = (async () => {
      for (let i = 0; i < 60; i += 1) {
        const audience = i % 3 === 0 ? { audience: 'everybody' } : toUser(user);
        await send(audience, `${run} ${i}`, i % 2);
      }
    })();
    const state = { isOver: false };
    void sending.finally(() => (state.isOver = true));
    while (!state.isOver) {
      const client = await cluster.connect(user, clients.length % 2);
      clients.push(client);
      if (clients.length > 2) clients.at(-3)!.close();
    }
    await sending;
    const last = await cluster.connect(user, 0);
    const own = (client: ToldClient) =>
      notificationsOf(client).filter(({ title }) => title.startsWith(run));
    // The newest 50 of what waits are told, the rest is listed.
    await until('the last one is told', () => own(last).some(({ title }) => title === `${run} 59`));
    for (const client of [...clients, last]) {
      const ids = own(client).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const box of ['own', 'all']) {
        const versions = ids
          .filter((id) => id.startsWith(box))
          .map((id) => Number(id.split('-')[1]));
        expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      }
    }
    const stayed = clients.at(-1)!;
    await until('it has all', () => own(stayed).some(({ title }) => title === `${run} 59`));
    const titles = await listed(last, run);
    expect(titles.toSorted()).toEqual(
      Array.from({ length: 60 }, (_, i) => `${run} ${i}`).toSorted(),
    );
  });

  it('[NOTE3] what is for many is stored once, and nobody gets what was sent before its account was made', async () => {
    const early = await Promise.all([1, 2, 3].map(() => cluster.addUser(UserType.passenger)));
    const redis = cluster.instances[0]!.app.get(RedisCommands);
    // Those of boxes: devices of other tests come and go meanwhile.
    const boxKeys = `${cluster.environment.REDIS_KEY_PREFIX}{ch:box:*`;
    const countKeys = async () => (await redis.do((commands) => commands.keys(boxKeys))).length;
    await send({ audience: 'everybody' }, 'warm up');
    const before = await countKeys();
    expect(before).toBeGreaterThan(0);
    const title = `once ${randomUUID()}`;
    await send({ audience: 'everybody' }, title, 1);
    expect(await countKeys()).toBe(before);
    for (const [i, user] of early.entries()) {
      const client = await cluster.connect(user, i % 2);
      await until('everybody is told', () => titlesOf(client).includes(title));
    }
    const late = await cluster.connect(await cluster.addUser(UserType.passenger), 1);
    const marker = `after ${title}`;
    await send({ audience: 'everybody' }, marker);
    await until('what comes later is told', () => titlesOf(late).includes(marker));
    expect(titlesOf(late)).not.toContain(title);
    const { notifications } = await late.ask<NotificationPage>('notification:list', {});
    expect(notifications.map((each) => each.title)).toEqual([marker]);
  });

  it('[NOTE4] they are counted and listed page by page, over the socket and over REST', async () => {
    const user = await cluster.addUser(UserType.driver);
    const client = await cluster.connect(user, 0);
    for (let i = 0; i < 5; i += 1) await send(toUser(user), `page ${i}`, i % 2);
    const first = await client.ask<NotificationPage>('notification:list', { limit: 2 });
    expect(first.notifications.map(({ title }) => title)).toEqual(['page 4', 'page 3']);
    expect(first.unread).toBe(5);
    // What comes meanwhile shifts no page.
    await send(toUser(user), 'page 5');
    const path = `notifications?limit=2&before=${first.before}`;
    const { data } = await rest('GET', path, { token: user.token, instance: 1 });
    const second: NotificationPage = data;
    expect(second.notifications.map(({ title }) => title)).toEqual(['page 2', 'page 1']);
    const ids = second.notifications.map(({ id }) => id);
    expect(await seen(client, { ids })).toEqual({ unread: 4 });
    expect(await seen(client, { ids: [...ids, 'own-9999', 'driver-1'] })).toEqual({ unread: 4 });
    const rest2 = await client.ask<NotificationPage>('notification:list', {
      before: second.before,
    });
    expect(rest2).toMatchObject({
      notifications: [{ title: 'page 0', seen: false }],
      before: null,
    });
    const all = await rest('GET', 'notifications', { token: user.token });
    const shown = (all.data as NotificationPage).notifications;
    expect(shown.map(({ seen: isSeen }) => isSeen)).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
    ]);
    for (const odd of [
      { ids: ['x'] },
      { ids: 'own-1 ' },
      { ids: Array(101).fill('own-1') },
      { all: 7 },
    ]) {
      const answer = await client.request('notification:seen', odd);
      expect([odd, answer]).toMatchObject([
        odd,
        { ok: false, error: { code: 'VALIDATION_FAILED' } },
      ]);
    }
    expect((await rest('GET', 'notifications?before=x', { token: user.token })).reason).toBe(
      'VALIDATION_FAILED',
    );
  });

  it('[NOTE5] admins and the API key send them, once under a key, and nothing that is too large or for nobody', async () => {
    const [admin, user] = await Promise.all([
      cluster.addUser(UserType.admin),
      cluster.addUser(UserType.passenger),
    ]);
    const client = await cluster.connect(user, 1);
    const body = { ...toUser(user), title: 'keyed' };
    const post = (options: { token?: string; body: object; key?: string; instance?: number }) =>
      rest('POST', 'admin/notifications', options);
    const sent = await Promise.all(
      [0, 1, 0].map((instance) => post({ token: admin.token, body, key: 'k1', instance })),
    );
    expect(sent.map(({ status }) => status)).toEqual([201, 201, 201]);
    const answers = sent.map(({ data }) => data as { id: string; isNew: boolean });
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    await send(toUser(user), 'marker');
    await until('the marker is told', () => titlesOf(client).includes('marker'));
    expect(titlesOf(client).filter((title) => title === 'keyed')).toHaveLength(1);
    // What is announced again is what was sent first, whatever the second request says.
    const personal = cluster.instances[1]!.app.get(PersonalChannels, { strict: false });
    const announced: string[] = [];
    personal.onMessage((userId, message) => {
      const { notification } = boxAnnouncementIn(message) ?? {};
      if (userId === user.userId && notification) announced.push(notification.content.title);
    });
    const changed = { ...body, title: 'changed' };
    const answer = await post({ token: admin.token, body: changed, key: 'k1' });
    expect(answer.data).toEqual({ ...answers[0]!, isNew: false });
    await until('it is announced again', () => announced.length > 0);
    expect(announced).toEqual(['keyed']);
    expect((await post({ token: user.token, body })).reason).toBe('FORBIDDEN');
    for (const audience of [
      toUser({ ...user, userId: 'nobody' }),
      { audience: 'session', sid: 'none' },
    ])
      expect((await post({ body: { ...audience, title: 'x' } })).reason).toBe('NOT_FOUND');
    const odd = [
      { audience: 'user', title: 'x' },
      { audience: 'everybody', userId: user.userId, title: 'x' },
      { audience: 'type', userType: 'guest', title: 'x' },
      { ...body, title: '' },
      { ...body, title: 'x'.repeat(101) },
      { ...body, body: 'x'.repeat(1_001) },
      { ...body, data: { large: 'x'.repeat(2_048) } },
      { ...body, ttlMs: 1 },
    ];
    for (const each of odd) {
      const { reason } = await post({ body: each });
      expect([each, reason]).toEqual([each, 'VALIDATION_FAILED']);
    }
  });

  async function listed(client: ToldClient, run: string): Promise<string[]> {
    const titles: string[] = [];
    let before: string | null | undefined;
    while (before !== null) {
      const page: NotificationPage = await client.ask<NotificationPage>('notification:list', {
        limit: 25,
        ...(before === undefined ? {} : { before }),
      });
      titles.push(...page.notifications.map(({ title }) => title));
      before = page.before;
    }
    return titles.filter((title) => title.startsWith(run));
  }
});
