import { io } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Namespace, type BusiestPages, type PageVisitors } from '#libs/contracts';
import {
  seededRandom,
  startRedisProxy,
  until,
  type RedisProxy,
  type ToldClient,
} from '#libs/testing';
import { TestCluster } from './cluster.js';

const TICK_MS = 250;
const MAX_GUESTS = 60;

describe('visitors of pages', () => {
  let cluster: TestCluster;
  let wire: RedisProxy;
  let pages = 0;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        VISITORS_TICK: `${TICK_MS}ms`,
        PRESENCE_LEASE: '2s',
        PRESENCE_GRACE: '200ms',
        WS_MAX_GUESTS_PER_ADDRESS: `${MAX_GUESTS}`,
        TRUST_PROXY_HOPS: '1',
      },
    });
    wire = await startRedisProxy(cluster.environment.REDIS_URL);
    // The third instance reaches Redis by a wire that can be cut.
    await cluster.addInstance({ REDIS_URL: wire.url });
  });
  afterAll(async () => {
    wire.mend();
    await cluster.close();
    await wire.close();
  });

  const newPage = () => `page-${(pages += 1)}`;
  const newAddress = (() => {
    let next = 0;
    return () => `10.0.${Math.floor((next += 1) / 250)}.${(next % 250) + 1}`;
  })();

  const from = (address: string) => ({ extraHeaders: { 'X-Forwarded-For': address } });
  const guest = (instance: number, address = newAddress()) =>
    cluster.openApp(Namespace.visitors, {}, instance, {}, from(address));
  const account = (instance: number, token: string) =>
    cluster.openApp(Namespace.visitors, { token }, instance);
  const visit = (client: ToldClient, page: string) =>
    client.ask<PageVisitors>('page:visit', { page });
  const lastCount = (client: ToldClient, page: string) =>
    client.payloads<PageVisitors>('page:visitors').findLast((fact) => fact.page === page)?.visitors;
  const untilCount = (client: ToldClient, page: string, count: number) =>
    until(`${page} has ${count} visitors`, () => lastCount(client, page) === count);

  it('[VIS2] clients of the older counter are counted and told, on two instances at once', async () => {
    const counts: number[][] = [[], []];
    // As the seed has it, but for the namespace: JSON as a text.
    const clients = [0, 1].map((i) => {
      const socket = io(`${cluster.url(i)}/visitors`, { forceNew: true });
      socket.on('connect', () => {
        socket.emit('blogLiveCounts', JSON.stringify({ blog_id: 2, user_id: i }));
      });
      socket.on('liveCountsSingleBlog', (count: number) => counts[i]!.push(count));
      return socket;
    });
    await until('both know of both', () => counts.every((told) => told.at(-1) === 2));
    // The same page as an object, with the number as a text.
    const other = await guest(1);
    expect(await other.ask('blogLiveCounts', { blog_id: '2' })).toEqual({
      page: 'blog:2',
      visitors: 3,
    });
    await until('all know of the third', () => counts.every((told) => told.at(-1) === 3));
    await until('it knows itself', () => other.payloads('liveCountsSingleBlog').at(-1) === 3);
    // Another blog later: the seed kept the first for ever.
    clients[0]!.emit('blogLiveCounts', JSON.stringify({ blog_id: 3, user_id: 0 }));
    await until('the first looks elsewhere', () => counts[0]!.at(-1) === 1);
    await until('the others know', () => counts[1]!.at(-1) === 2);
    for (const client of clients) client.disconnect();
  });

  it('[VIS2] what is no page is refused with a code', async () => {
    const client = await guest(0);
    for (const [event, payload] of [
      ['blogLiveCounts', 'no json'],
      ['blogLiveCounts', '[[[['],
      ['blogLiveCounts', { blog_id: 1.5 }],
      ['blogLiveCounts', { blog_id: { $gt: '' } }],
      ['page:visit', { page: ' \u200b ' }],
      ['page:visit', { page: 'x'.repeat(257) }],
      ['page:visit', undefined],
    ] as const) {
      expect(await client.request(event, payload)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
  });

  it('[VIS1] an account counts once over its tabs and instances, guests count by connection', async () => {
    const page = newPage();
    const { token } = await cluster.addUser('passenger');
    const tabs = [await account(0, token), await account(1, token)];
    for (const tab of tabs) expect((await visit(tab, page)).visitors).toBe(1);
    const address = newAddress();
    const guests = [await guest(0, address), await guest(1, address)];
    for (const each of guests) await visit(each, page);
    await untilCount(tabs[0]!, page, 3);
    tabs[1]!.close();
    guests[1]!.close();
    await untilCount(tabs[0]!, page, 2);
    tabs[0]!.close();
    await untilCount(guests[0]!, page, 1);
  });

  it('[VIS1] counts are right after change of page, leave, crash of a client and of an instance', async () => {
    const [page, other] = [newPage(), newPage()];
    const watcher = await guest(0);
    await visit(watcher, page);
    // One that breaks, and does not come back.
    const doomed = cluster.openBare(Namespace.visitors, 1, {}, from(newAddress()));
    const clients: ToldClient[] = [];
    for (let i = 0; i < 8; i += 1) clients.push(i === 4 ? doomed : await guest(1 + (i % 2)));
    for (const client of clients) await visit(client, page);
    await untilCount(watcher, page, 9);
    await visit(clients[0]!, other);
    await untilCount(watcher, page, 8);
    await clients[2]!.ask('page:leave');
    await untilCount(watcher, page, 7);
    // The other end of the wire is gone without a word.
    doomed.socket.io.engine.close();
    await untilCount(watcher, page, 6);
    // The third instance dies, as far as everybody else can see: with clients 1, 3, 5 and 7.
    wire.cut();
    await untilCount(watcher, page, 2);
    expect(await visit(await guest(1), other)).toEqual({ page: other, visitors: 2 });
    // It comes back, and so do its clients, who never noticed.
    wire.mend();
    await untilCount(watcher, page, 6);
    for (const i of [1, 3, 5, 7]) expect(clients[i]!.payloads('hello')).toHaveLength(1);
  });

  it('[VIS1] ends right after 200 random arrivals, changes, leaves and crashes', async () => {
    const random = seededRandom(2);
    const names = [newPage(), newPage(), newPage()];
    const at = new Map<ToldClient, string | undefined>();
    for (let step = 0; step < 200; step += 1) {
      const what = random();
      const clients = [...at.keys()];
      const some = clients[Math.floor(random() * clients.length)];
      const page = names[Math.floor(random() * names.length)]!;
      if (!some || (what < 0.3 && at.size < 30)) {
        const client = await guest(step % 2);
        at.set(client, page);
        client.send('page:visit', { page });
      } else if (what < 0.6) {
        at.set(some, page);
        const answer = await some.request('page:visit', { page });
        if (!answer.ok) at.set(some, undefined);
        if (!answer.ok) await some.request('page:leave');
      } else if (what < 0.8) {
        const answer = await some.request('page:leave');
        if (answer.ok) at.set(some, undefined);
      } else {
        at.delete(some);
        some.close();
      }
    }
    for (const page of names) {
      const expected = [...at.values()].filter((each) => each === page).length;
      const watcher = await guest(0);
      await visit(watcher, page);
      await untilCount(watcher, page, expected + 1);
      watcher.close();
    }
    for (const client of at.keys()) client.close();
  });

  it('[VIS3] only those who look at the page are told, once a tick at most', async () => {
    const [page, other] = [newPage(), newPage()];
    const [viewer, stranger, idle] = [await guest(0), await guest(0), await guest(1)];
    await visit(viewer, page);
    await visit(stranger, other);
    const startedAt = performance.now();
    const crowd = [];
    for (let i = 0; i < 25; i += 1) {
      const client = await guest(i % 2);
      await visit(client, page);
      crowd.push(client);
    }
    await untilCount(viewer, page, 26);
    const ticks = (performance.now() - startedAt) / TICK_MS;
    expect(viewer.payloads('page:visitors').length).toBeLessThanOrEqual(ticks + 3);
    expect(stranger.payloads('page:visitors')).toEqual([{ page: other, visitors: 1 }]);
    expect(idle.payloads('page:visitors')).toEqual([]);
    await viewer.ask('page:leave');
    const heard = viewer.payloads('page:visitors').length;
    for (const client of crowd) client.close();
    await visit(stranger, page);
    await untilCount(stranger, page, 1);
    expect(viewer.payloads('page:visitors').length).toBe(heard);
  });

  it('[VIS4] guests of one address are few, others do not feel it, and accounts are let in', async () => {
    const address = newAddress();
    const guests = Array.from({ length: MAX_GUESTS + 5 }, () =>
      cluster.openBare(Namespace.visitors, 0, {}, from(address)),
    );
    const refused = () => guests.filter(({ refusals }) => refusals.length > 0);
    const greeted = () => guests.filter((each) => each.payloads('hello').length > 0);
    await until('all are answered', () => refused().length + greeted().length === guests.length);
    expect(greeted()).toHaveLength(MAX_GUESTS);
    for (const { refusals } of refused())
      expect(refusals).toMatchObject([{ data: { code: 'TOO_MANY_CONNECTIONS', retryable: true } }]);
    await guest(0);
    const { token } = await cluster.addUser('passenger');
    await cluster.openApp(Namespace.visitors, { token }, 0, {}, from(address));
    // Coming and going does not help: so many may come anew in a while.
    greeted()[0]!.close();
    const next = cluster.openBare(Namespace.visitors, 0, {}, from(address));
    await until('it is answered', () => next.refusals.length + next.payloads('hello').length > 0);
    for (const each of guests) each.close();
  });

  it('[VIS5] dispatchers see the busiest pages of all instances', async () => {
    const [busy, quiet] = [newPage(), newPage()];
    for (let i = 0; i < 12; i += 1) await visit(await guest(i % 2), i < 9 ? busy : quiet);
    const dispatcher = await cluster.connect(await cluster.addUser('admin'), 1);
    await dispatcher.ask('admin:pages:subscribe');
    const isRight = ({ pages: told }: BusiestPages) =>
      told[0]?.page === busy && told[0].visitors === 9;
    const { pages: told } = await dispatcher.waitFor<BusiestPages>('admin:pages:busiest', isRight);
    expect(told).toContainEqual({ page: quiet, visitors: 3 });
    await visit(await guest(0), busy);
    await dispatcher.waitFor<BusiestPages>(
      'admin:pages:busiest',
      (fact) => fact.pages[0]?.visitors === 10,
    );
    await dispatcher.ask('admin:pages:unsubscribe');
  });
});
