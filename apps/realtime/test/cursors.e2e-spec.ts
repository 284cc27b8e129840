import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { type CursorFrame, type CursorPerson } from '#libs/contracts';
import { AppClient, startRedisProxy, until, type ToldClient } from '#libs/testing';
import { Cursors } from '../src/cursors/cursors.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { chatter, join, type Chatter } from './chat-scene.js';
import { TestCluster, type TestUser } from './cluster.js';
import { InstanceProcess } from './instance-process.js';

const FRAME = 'cursor:frame';
const SHORTEST_TICK_MS = 50;

/** What a page shows after all frames that it got. */
function screenOf(client: ToldClient): Map<string, { name: string; color: string; at: number[] }> {
  const people = new Map<number, CursorPerson>();
  const places = new Map<number, number[]>();
  for (const frame of client.payloads<CursorFrame>(FRAME)) {
    if (frame.reset) for (const shown of [people, places]) shown.clear();
    for (const person of frame.people ?? []) people.set(person.id, person);
    for (const [id, ...at] of frame.moved ?? []) places.set(id, at);
    for (const id of frame.left ?? []) for (const shown of [people, places]) shown.delete(id);
  }
  return new Map(
    [...people.values()].map(({ id, userId, name, color }) => [
      userId,
      { name, color, at: places.get(id) ?? [] },
    ]),
  );
}

describe('pointers', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
  });
  afterAll(() => cluster.close());

  const named = async (name: string): Promise<TestUser> => {
    const user = await cluster.addUser('admin');
    const accounts = cluster.instances[0]!.app.get(AccountsService, { strict: false });
    await accounts.update(user.userId, { name });
    return user;
  };
  const placeOf = (client: ToldClient, { userId }: TestUser) => screenOf(client).get(userId)?.at;
  const move = (client: ToldClient, x: number, y: number) => client.send('cursor:move', { x, y });

  it('[CURS1] a board that could not be followed during an outage can be joined after it', async () => {
    const wire = await startRedisProxy(cluster.environment.REDIS_URL);
    const { app } = await cluster.addInstance({ REDIS_URL: wire.url });
    const users = [await named('Ada'), await named('Bob')];
    for (const user of users) await cluster.connect(user, cluster.instances.length - 1);
    const registry = app.get(ConnectionRegistry, { strict: false });
    const [first, second] = users.map(({ userId }) => registry.ofUser(userId)[0]!);
    const cursors = app.get(Cursors, { strict: false });
    wire.cut();
    await expect(cursors.join(first!, 'board', 'board')).rejects.toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    wire.mend();
    await until('the board is joined', async () => {
      try {
        await cursors.join(second!, 'board', 'board');
        return true;
      } catch {
        await cursors.leave(second!, 'board');
        return false;
      }
    });
    cluster.instances.pop();
    await app.close();
    await wire.close();
  });

  it('[CURS1] are seen with name and colour on every instance, also by who comes later', async () => {
    const [ada, bob] = [await named('Ada'), await named('Bob')];
    const [here, there] = [await cluster.connect(ada, 0), await cluster.connect(bob, 1)];
    await here.ask('cursor:move', { x: 0.25, y: '0.5', name: 'Mallory' });
    await there.ask('cursor:move', { x: 10, y: -20.123456789 });
    const isComplete = (client: ToldClient) =>
      placeOf(client, ada)?.[0] === 0.25 && placeOf(client, bob)?.[1] === -20.12346;
    await until('both see both', () => isComplete(here) && isComplete(there));
    const later = await cluster.connect(await named('Cy'), 1);
    await until('one who comes later sees both', () => isComplete(later));
    for (const client of [here, there, later]) {
      const screen = screenOf(client);
      expect(screen.get(ada.userId)).toMatchObject({ name: 'Ada', at: [0.25, 0.5] });
      expect(screen.get(bob.userId)).toMatchObject({ name: 'Bob' });
      expect(screen.get(ada.userId)!.color).toBe(screenOf(here).get(ada.userId)!.color);
      expect(screen.get(ada.userId)!.color).toMatch(/^#[\da-f]{6}$/);
    }
    const people = there.payloads<CursorFrame>(FRAME).flatMap((frame) => frame.people ?? []);
    expect(people.filter(({ userId }) => userId === bob.userId)).toHaveLength(1);
    for (const client of [here, there, later]) client.close();
  });

  it('[CURS1] a person with two devices is one pointer, where it was moved last', async () => {
    const ada = await named('Ada');
    const [phone, page] = [await cluster.connect(ada, 0), await cluster.connect(ada, 1)];
    const witness = await cluster.connect(await named('Wit'), 1);
    move(phone, 1, 1);
    await until('the phone is seen', () => placeOf(witness, ada)?.[0] === 1);
    move(page, 2, 2);
    await until('the page is seen', () => placeOf(witness, ada)?.[0] === 2);
    phone.close();
    move(page, 3, 3);
    await until('the page is still seen', () => placeOf(witness, ada)?.[0] === 3);
    page.close();
    await until('nothing is seen any more', () => placeOf(witness, ada) === undefined);
    witness.close();
  });

  it('[CURS1] in a room they are seen by those who are in it, on every instance, and by nobody else', async () => {
    const room = 'room:pointers';
    const inRoom = async (instance: number) => {
      const person = await chatter(cluster, instance);
      await join(person.client, room);
      return person;
    };
    const [ada, bob, cy] = [await inRoom(0), await inRoom(1), await inRoom(0)];
    const stranger = await chatter(cluster, 0);
    const moveIn = ({ client }: Chatter, x: number) =>
      client.send('cursor:move', { conversationId: 'room: Pointers', x, y: 0 });
    moveIn(ada, 1);
    for (const { client } of [ada, bob, cy])
      await until('all in it see it', () => placeOf(client, ada.user)?.[0] === 1);
    expect(bob.client.payloads<CursorFrame>(FRAME)[0]!.board).toBe(room);
    expect(await stranger.client.request('cursor:move', { room: 'pointers', x: 1, y: 1 })).toEqual(
      expect.objectContaining({ error: expect.objectContaining({ code: 'NOT_FOUND' }) }),
    );
    await cy.client.ask('chat:leave', { conversationId: room });
    const seen = cy.client.payloads(FRAME).length;
    moveIn(ada, 2);
    await until('the others see it', () => placeOf(bob.client, ada.user)?.[0] === 2);
    await ada.client.ask('chat:leave', { conversationId: room });
    await until('it is gone', () => placeOf(bob.client, ada.user) === undefined);
    expect(cy.client.payloads(FRAME)).toHaveLength(seen);
    expect(stranger.client.payloads(FRAME)).toEqual([]);
    for (const { client } of [ada, bob, cy, stranger]) client.close();
  });

  it('[CURS1] a pointer that is nowhere is refused', async () => {
    const client = await cluster.connect(await cluster.addUser('admin'), 0);
    for (const payload of [{}, null, { x: 1 }, { x: 1e7, y: 0 }, { x: 'left', y: 0 }])
      expect(await client.request('cursor:move', payload)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    client.close();
  });

  it('[CURS2] however often they move, frames come 20 times a second at most, with the newest', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => cluster.addUser('admin')));
    const clients = await Promise.all(users.map((user, i) => cluster.connect(user, i % 2)));
    const framesOf = (client: ToldClient) => client.payloads<CursorFrame>(FRAME).length;
    const before = clients.map(framesOf);
    const startedAt = performance.now();
    for (let step = 1; step <= 40; step += 1) {
      for (const client of clients) move(client, step, step);
      await until('the next move is due', () => performance.now() - startedAt > step * 30);
    }
    const isLast = (client: ToldClient) => users.every((user) => placeOf(client, user)?.[0] === 40);
    await until('all see where all are', () => clients.every(isLast));
    const ticks = (performance.now() - startedAt) / SHORTEST_TICK_MS;
    for (const [i, client] of clients.entries()) {
      const frames = framesOf(client) - before[i]!;
      expect(frames).toBeLessThanOrEqual(ticks + 1);
      expect(frames).toBeLessThan(12 * 40);
    }
    for (const client of clients) client.close();
  });

  it('[CURS3] a pointer vanishes with its owner, after rest, and after the death of its instance', async () => {
    const { environment } = cluster;
    const doomed = new InstanceProcess({
      PORT: '0',
      HOST: '127.0.0.1',
      NODE_ENV: 'test',
      REDIS_URL: environment.REDIS_URL,
      REDIS_MODE: environment.REDIS_MODE,
      REDIS_REPLICAS_TO_WAIT_FOR: String(environment.REDIS_REPLICAS_TO_WAIT_FOR),
      REDIS_KEY_PREFIX: environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: environment.JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: environment.JWT_REFRESH_SECRET!,
    });
    const url = await doomed.url();
    const [leaving, resting, dying] = [await named('Lea'), await named('Resi'), await named('Di')];
    const witness = await cluster.connect(await named('Wit'), 0);
    const leaver = await cluster.connect(leaving, 1);
    const rester = await cluster.connect(resting, 1);
    const victim = await AppClient.open(url, '/admin', { token: dying.token });
    move(leaver, 1, 1);
    move(rester, 1, 1);
    move(victim, 1, 1);
    await until('all are seen', () =>
      [leaving, resting, dying].every((user) => placeOf(witness, user) !== undefined),
    );
    await doomed.end('SIGKILL');
    leaver.close();
    await until('who left is seen no more', () => placeOf(witness, leaving) === undefined);
    await until('nobody is seen any more', () => screenOf(witness).size === 0);
    move(rester, 2, 2);
    await until('who moves again is seen again', () => placeOf(witness, resting)?.[0] === 2);
    victim.close();
    for (const client of [witness, rester]) client.close();
  });
});
