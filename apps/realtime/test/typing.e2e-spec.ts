import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChatTyping } from '#libs/contracts';
import { AppClient, until, type ToldClient } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { unreadBytes } from '../src/socket/engine/insides.js';
import { emitterOf } from '../src/socket/sending/send-fact.js';
import {
  chatter,
  enterChat,
  join,
  rideTogether,
  say,
  textsTold,
  type Chatter,
} from './chat-scene.js';
import { TestCluster } from './cluster.js';
import { InstanceProcess } from './instance-process.js';
import { RawClient } from './raw-client.js';

const TYPING = 'chat:typing';
const LASTS_MS = 2_000;
const LOBBY = 'lobby';
let rooms = 0;

/** Who types now, as the client was told. */
function typistsOf(client: ToldClient, conversationId: string): string[] {
  const typists = new Set<string>();
  for (const fact of client.payloads<ChatTyping>(TYPING)) {
    if (fact.conversationId !== conversationId) continue;
    if (fact.isTyping) typists.add(fact.userId);
    else typists.delete(fact.userId);
  }
  return [...typists];
}

describe('typing', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_VOLATILE_RATE_PER_SECOND: '1000',
        WS_VOLATILE_RATE_BURST: '1000',
        CHAT_TRIP_AFTER_END: '0ms',
        DISPATCH_RETRY_INTERVAL: '100ms',
      },
    });
  });
  afterAll(() => cluster.close());

  const newRoom = () => `room:typing ${(rooms += 1)}`;
  const inRoom = async (room: string, instance: number): Promise<Chatter> => {
    const person = await chatter(cluster, instance);
    await join(person.client, room);
    return person;
  };
  const type = ({ client }: Chatter, conversationId: string, isTyping = true) =>
    client.send(TYPING, { conversationId, isTyping });
  const sees = (witness: Chatter, conversationId: string, ...typists: Chatter[]) =>
    until(
      `${typists.length} are seen`,
      () =>
        `${typistsOf(witness.client, conversationId).toSorted()}` ===
        `${typists.map(({ user }) => user.userId).toSorted()}`,
    );

  it('[TYPE1] is shown to the others on every instance, under the name of the account', async () => {
    const room = newRoom();
    const [author, near, far] = [
      await inRoom(room, 0),
      await inRoom(room, 0),
      await inRoom(room, 1),
    ];
    await author.client.ask(TYPING, { conversationId: room, name: 'Mallory' });
    for (const witness of [near, far]) {
      const fact = await witness.client.waitFor<ChatTyping>(TYPING);
      expect(fact).toEqual({
        conversationId: room,
        userId: author.user.userId,
        name: 'Passenger',
        isTyping: true,
      });
    }
    type(author, room, false);
    for (const witness of [near, far]) await sees(witness, room);
    expect(author.client.payloads(TYPING)).toEqual([]);
    for (const { client } of [author, near, far]) client.close();
  });

  it('[TYPE1] serves `typing` of the older chat, in the lobby and in rooms', async () => {
    const room = newRoom();
    const [author, witness] = [await inRoom(room, 0), await inRoom(room, 1)];
    for (const { client } of [author, witness]) await join(client, LOBBY);
    author.client.send('typing', { isTyping: true });
    await sees(witness, LOBBY, author);
    author.client.send('typing', { isTyping: 'false' });
    await sees(witness, LOBBY);
    author.client.send('typing', { room: room.slice('room:'.length), isTyping: true });
    await sees(witness, room, author);
    expect(author.client.payloads(TYPING)).toEqual([]);
    for (const { client } of [author, witness]) client.close();
  });

  it('[TYPE1] is for those who are in the conversation, and tells nobody else', async () => {
    const room = newRoom();
    const [author, stranger] = [await inRoom(room, 0), await chatter(cluster, 0)];
    const leaver = await inRoom(room, 0);
    expect(await stranger.client.request(TYPING, { conversationId: room })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    for (const payload of [
      {},
      { conversationId: 'nowhere' },
      { conversationId: room, isTyping: 7 },
    ])
      expect(await author.client.request(TYPING, payload)).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    await leaver.client.ask('chat:leave', { conversationId: room });
    const witness = await inRoom(room, 1);
    type(author, room);
    await sees(witness, room, author);
    expect([stranger, leaver].flatMap(({ client }) => client.payloads(TYPING))).toEqual([]);
    for (const { client } of [author, stranger, leaver, witness]) client.close();
  });

  it('[TYPE1] is refused to those to whom the company speaks, who do not learn of each other', async () => {
    const conversationId = 'broadcast:passengers';
    const author = await chatter(cluster, 0);
    const witness = await chatter(cluster, 1);
    for (const { client } of [author, witness]) await join(client, conversationId);
    expect(await author.client.request(TYPING, { conversationId })).toMatchObject({
      ok: false,
      error: { code: 'NOT_FOUND' },
    });
    const admin = await chatter(cluster, 0, 'admin');
    await join(admin.client, conversationId);
    type(admin, conversationId);
    await sees(witness, conversationId, admin);
    const told = witness.client.payloads<ChatTyping>(TYPING).map(({ userId }) => userId);
    expect(new Set(told)).toEqual(new Set([admin.user.userId]));
    for (const { client } of [author, witness, admin]) client.close();
  });

  it('[TYPE1] is refused in the conversation of a trip whose time is over', async () => {
    const { conversationId, tripId, passenger, driver, rider } = await rideTogether(cluster);
    const author = { user: passenger, client: await enterChat(cluster, passenger, 0) };
    const witness = { user: driver, client: await enterChat(cluster, driver, 1) };
    for (const { client } of [author, witness]) await join(client, conversationId);
    type(author, conversationId);
    await sees(witness, conversationId, author);
    await sees(witness, conversationId);
    await rider.ask('trip:cancel', { tripId });
    await until('typing is refused', async () => {
      const ack = await author.client.request(TYPING, { conversationId });
      return !ack.ok && ack.error.code === 'NOT_FOUND';
    });
    for (const { client } of [author, witness]) client.close();
  });

  it('[TYPE2] ends 2 s after the last keystroke, and goes on as long as there are any', async () => {
    const room = newRoom();
    const [author, witness] = [await inRoom(room, 0), await inRoom(room, 1)];
    const startedAt = performance.now();
    let lastAt = startedAt;
    while (lastAt - startedAt < 1.5 * LASTS_MS) {
      lastAt = performance.now();
      type(author, room);
      await until('the next keystroke is due', () => performance.now() - lastAt > 100);
    }
    await sees(witness, room);
    expect(performance.now() - lastAt).toBeGreaterThan(LASTS_MS - 200);
    const told = witness.client.payloads<ChatTyping>(TYPING);
    expect(told.map(({ isTyping }) => isTyping)).toEqual([true, false]);
    for (const { client } of [author, witness]) client.close();
  });

  it('[TYPE2] ends when its author sends, leaves or vanishes', async () => {
    const room = newRoom();
    const witness = await inRoom(room, 1);
    const [sender, leaver, vanisher] = [
      await inRoom(room, 0),
      await inRoom(room, 0),
      await inRoom(room, 0),
    ];
    for (const typist of [sender, leaver, vanisher]) type(typist, room);
    await sees(witness, room, sender, leaver, vanisher);
    const keepTyping = setInterval(() => {
      for (const typist of [leaver, vanisher]) if (typist.client.isConnected) type(typist, room);
    }, 200);
    await say(sender.client, room, 'said');
    await sees(witness, room, leaver, vanisher);
    expect(textsTold(witness.client, room)).toEqual(['said']);
    vanisher.client.close();
    await sees(witness, room, leaver);
    await leaver.client.ask('chat:leave', { conversationId: room });
    await sees(witness, room);
    clearInterval(keepTyping);
    for (const { client } of [sender, leaver, witness]) client.close();
  });

  it('[TYPE2] ends when its instance dies', async () => {
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
    const room = newRoom();
    const witness = await inRoom(room, 1);
    const user = await cluster.addUser('passenger');
    const client = await AppClient.open(await doomed.url(), '/chat', { token: user.token });
    await join(client, room);
    type({ user, client }, room);
    await sees(witness, room, { user, client });
    await doomed.end('SIGKILL');
    await sees(witness, room);
    expect(client.isConnected).toBe(false);
    for (const each of [client, witness.client]) each.close();
  });

  it('[TYPE3] is the first thing that is left out for who does not read, and nobody else feels it', async () => {
    const room = newRoom();
    const [author, witness] = [await inRoom(room, 0), await inRoom(room, 0)];
    const user = await cluster.addUser('passenger');
    const seat = await enterChat(cluster, user, 0);
    await join(seat, room);
    seat.close();
    const reader = await RawClient.open(cluster.url(0));
    await reader.enter('/chat', user.token);
    reader.send(`42/chat,1["chat:join",{"conversationId":"${room}"}]`);
    await reader.waitFor((packet) => packet.startsWith('43/chat,1'));
    const socket = cluster.instances[0]!.app.get(ConnectionRegistry).ofUser(user.userId)[0]!;
    reader.pause();
    await until('much is unread', () => {
      emitterOf(socket).emit('trial:filler', 'x'.repeat(64 * 1024));
      return unreadBytes(socket) > 32 * 1024;
    });
    const told = () => reader.received.filter((packet) => packet.includes(TYPING)).length;
    const before = { told: told(), unread: unreadBytes(socket) };
    for (let i = 0; i < 10; i += 1) {
      type(author, room);
      await sees(witness, room, author);
      type(author, room, false);
      await sees(witness, room);
    }
    expect(unreadBytes(socket)).toBe(before.unread);
    type(author, room);
    reader.resume();
    await until('it is told the newest', () => {
      type(author, room);
      return (
        reader.received.findLast((packet) => packet.includes(TYPING))?.includes('true') ?? false
      );
    });
    expect(told() - before.told).toBe(1);
    reader.close();
    for (const { client } of [author, witness]) client.close();
  });
});
