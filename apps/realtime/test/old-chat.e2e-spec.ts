import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountsService } from '#libs/accounts';
import { SessionsService } from '#libs/auth';
import { type ChatMessageFact } from '#libs/contracts';
import { PlaceFeed, PlaceKind, placeOf } from '#libs/presence';
import { startRedisProxy, until, type RedisProxy } from '#libs/testing';
import { ConversationDelivery } from '../src/chat/conversation-delivery.js';
import { OldChatGateway } from '../src/chat/old-chat.gateway.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { TestCluster, type TestUser } from './cluster.js';
import { enterChat, join, say } from './chat-scene.js';

type Told = Record<string, unknown>;

interface Named extends TestUser {
  name: string;
}

/** A client as the seeds write it, with nothing changed but the namespace and a token. */
class OldClient {
  readonly heard: { event: string; payload: Told }[] = [];
  readonly isConnected: () => boolean;

  constructor(
    readonly socket: Socket,
    readonly user: Named,
  ) {
    let connected = false;
    socket.on('connect', () => (connected = true));
    socket.on('disconnect', () => (connected = false));
    socket.onAny((event: string, payload: Told) => this.heard.push({ event, payload }));
    this.isConnected = () => connected;
  }

  told(event: string): Told[] {
    return this.heard.filter((each) => each.event === event).map(({ payload }) => payload);
  }

  async hears(event: string, expected: Told, times = 1): Promise<void> {
    const fits = () =>
      this.told(event).filter((payload) =>
        Object.entries(expected).every(([key, value]) => payload?.[key] === value),
      ).length;
    await until(
      `${this.user.name} hears ${event} ${JSON.stringify(expected)}`,
      () => fits() >= times,
    );
    if (fits() > times)
      throw new Error(`${event} came ${fits()} times: ${JSON.stringify(expected)}`);
  }

  ask(event: string, data?: unknown): Promise<Told> {
    return this.socket.timeout(20_000).emitWithAck(event, data) as Promise<Told>;
  }
}

describe('clients of the older chat', () => {
  let cluster: TestCluster;
  let wire: RedisProxy;
  const clients: OldClient[] = [];
  let rooms = 0;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { PRESENCE_LEASE: '4s', PRESENCE_GRACE: '300ms', WS_RATE_BURST: '200' },
    });
    wire = await startRedisProxy(cluster.environment.REDIS_URL);
    await cluster.addInstance({ REDIS_URL: wire.url });
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.disconnect();
    wire.mend();
    await cluster.close();
    await wire.close();
  });

  const newRoom = () => `Harbour ${(rooms += 1)}`;

  async function person(name: string): Promise<Named> {
    const { app } = cluster.instances[0]!;
    const userId = `p-${randomUUID().slice(0, 8)}`;
    const email = `${userId}@example.com`;
    await app
      .get(AccountsService, { strict: false })
      .create({ id: userId, userType: 'passenger', name, email });
    return { ...(await cluster.addUser('passenger', { userId })), name };
  }

  /** The connection of `useSocket` of the older app, with its options. */
  function useSocket(
    user: Named,
    instance: number,
    namespace: '/chat' | '/rooms' = '/chat',
  ): OldClient {
    const socket = io(`${cluster.url(instance)}${namespace}`, {
      auth: { token: user.token },
      transports: ['websocket', 'polling'],
      forceNew: true,
    });
    const client = new OldClient(socket, user);
    clients.push(client);
    return client;
  }

  async function people(...names: string[]): Promise<OldClient[]> {
    const users = await Promise.all(names.map(person));
    return users.map((user, i) => useSocket(user, i % 2));
  }

  it('[OLD1] the lobby, event by event, on two instances', async () => {
    const [ann, bob] = (await people('Ann', 'Bob')) as [OldClient, OldClient];
    for (const client of [ann, bob]) {
      await client.hears('welcome', { message: 'Welcome to the chat!' });
      const [{ user, timestamp }] = client.told('authenticated') as [Told];
      const { userId, name } = client.user;
      expect(user).toEqual({ id: userId, email: `${userId}@example.com`, username: name });
      expect(new Date(timestamp as string).getTime()).toBeGreaterThan(0);
    }
    // What the client claims to be called is not believed.
    expect(await ann.ask('joinChat', { username: 'The Boss' })).toEqual({
      success: true,
      username: 'Ann',
      ok: true,
      data: { username: 'Ann' },
    });
    await ann.hears('userJoined', { username: 'Ann' });
    expect(ann.told('onlineUsers')).toEqual([{ users: ['Ann'] }]);
    bob.socket.emit('joinChat', { username: 'Bob' });
    await ann.hears('userJoined', { username: 'Bob' });
    await bob.hears('userJoined', { username: 'Bob' });
    await until('Bob is told who is there', () => bob.told('onlineUsers').length > 0);
    expect(bob.told('onlineUsers')).toEqual([{ users: ['Ann', 'Bob'] }]);
    expect(await ann.ask('sendMessage', { message: 'Good morning' })).toMatchObject({
      success: true,
      ok: true,
    });
    for (const client of [ann, bob]) {
      await client.hears('newMessage', { username: 'Ann', message: 'Good morning' });
      const { timestamp } = client.told('newMessage')[0]!;
      expect(Math.abs(Date.now() - new Date(timestamp as string).getTime())).toBeLessThan(60_000);
    }
    bob.socket.emit('typing', { isTyping: true });
    await ann.hears('userTyping', { username: 'Bob', isTyping: true });
    // It disappears by itself.
    await ann.hears('userTyping', { username: 'Bob', isTyping: false });
    expect(bob.told('userTyping')).toEqual([]);
    bob.socket.disconnect();
    await ann.hears('userLeft', { username: 'Bob' });
    await until('nobody is counted who left', async () => {
      await ann.ask('joinChat', { username: 'Ann' });
      return (ann.told('onlineUsers').at(-1)!['users'] as string[]).join() === 'Ann';
    });
  });

  it('[OLD2] rooms on /rooms that are joined by an object, event by event, on two instances', async () => {
    const [annUser, bobUser] = [await person('Ann'), await person('Bob')];
    const [room, other] = [newRoom(), newRoom()];
    const ann = useSocket(annUser, 0, '/rooms');
    const bob = useSocket(bobUser, 1, '/rooms');
    expect(await ann.ask('joinRoom', { room, username: 'Mallory' })).toEqual({
      success: true,
      room,
      members: 1,
      ok: true,
      data: { room, members: 1 },
    });
    await ann.hears('userJoinedRoom', { username: 'Ann', room });
    // The same room in another spelling; each client is told its own.
    const spelled = ` ${room.toUpperCase()}\u200b `;
    expect(await bob.ask('joinRoom', { room: spelled })).toMatchObject({
      success: true,
      room: spelled,
      members: 2,
    });
    await ann.hears('userJoinedRoom', { username: 'Bob', room });
    const sent = { room: spelled, username: 'Ann', message: 'Anchored' };
    expect(await bob.ask('sendRoomMessage', sent)).toMatchObject({ success: true });
    await ann.hears('newRoomMessage', { username: 'Bob', room, message: 'Anchored' });
    await bob.hears('newRoomMessage', { username: 'Bob', room: spelled, message: 'Anchored' });
    expect(ann.told('newMessage')).toEqual([]);
    await until('both are members', async () => {
      const { memberCount, socketIds, members } = await ann.ask('getRoomMembers', { room });
      const names = (members as { username: string }[]).map(({ username }) => username);
      return (
        memberCount === 2 &&
        names.toSorted().join() === 'Ann,Bob' &&
        (socketIds as string[]).length === 2
      );
    });
    const { socketIds } = await ann.ask('getRoomMembers', { room });
    expect(socketIds).not.toContain(bob.socket.id);
    // Joining the next room leaves the one before.
    await bob.ask('joinRoom', { room: other, username: 'Bob' });
    await ann.hears('userLeftRoom', { username: 'Bob', room });
    expect(await bob.ask('sendRoomMessage', sent)).toMatchObject({ success: false });
    expect(await bob.ask('leaveRoom', { room: other, username: 'Bob' })).toMatchObject({
      success: true,
    });
    await ann.ask('sendRoomMessage', { room, username: 'Ann', message: 'Alone' });
    await ann.hears('newRoomMessage', { message: 'Alone' });
    expect(bob.told('newRoomMessage')).toHaveLength(1);
  });

  it('[OLD2] when many come and go at once, everybody is told of each once', async () => {
    const room = newRoom();
    const names = Array.from({ length: 12 }, (_, i) => `Guest ${i}`);
    const [ann, bob] = (await people('Ann', 'Bob')) as [OldClient, OldClient];
    for (const watcher of [ann, bob]) await watcher.ask('joinRoom', { room });
    const guests = await people(...names);
    await Promise.all(guests.map((guest) => guest.ask('joinRoom', { room })));
    for (const watcher of [ann, bob])
      for (const username of names) await watcher.hears('userJoinedRoom', { username, room });
    for (const guest of guests) {
      await guest.hears('userJoinedRoom', { username: guest.user.name, room });
      const heard = guest.told('userJoinedRoom').map(({ username }) => username);
      expect(new Set(heard).size).toBe(heard.length);
    }
    await Promise.all(guests.map((guest) => guest.ask('leaveRoom', { room })));
    for (const watcher of [ann, bob])
      for (const username of names) await watcher.hears('userLeftRoom', { username, room });
    for (const guest of guests)
      expect(guest.told('userLeftRoom').map(({ username }) => username)).not.toContain(
        guest.user.name,
      );
  });

  it('[OLD3] clients join by a bare name, and send room and text', async () => {
    const [ann, bob, cas] = (await people('Ann', 'Bob', 'Cas')) as [
      OldClient,
      OldClient,
      OldClient,
    ];
    const [room, other] = [newRoom(), newRoom()];
    ann.socket.emit('joinRoom', room);
    await ann.hears('userJoined', { message: 'Someone joined the room!' });
    bob.socket.emit('joinRoom', room);
    await ann.hears('userJoined', { message: 'Someone joined the room!', username: 'Bob' });
    await cas.ask('joinRoom', other);
    // In a second room as well: by a bare name none is left.
    await ann.ask('joinRoom', other);
    bob.socket.emit('sendMessage', { room, text: 'Hello' });
    for (const client of [ann, bob]) {
      await client.hears('newMessage', { text: 'Hello', sender: bob.user.userId });
      expect(client.told('newMessage')[0]!['timestamp']).toEqual(expect.any(String));
    }
    cas.socket.emit('sendMessage', { room: other, text: 'Over here' });
    for (const client of [ann, cas])
      await client.hears('newMessage', { text: 'Over here', room: other });
    expect(cas.told('newMessage').map(({ text }) => text)).toEqual(['Over here']);
    // A client that joined by an object hears it as it knows it.
    const dan = useSocket(await person('Dan'), 1, '/rooms');
    await dan.ask('joinRoom', { room, username: 'Dan' });
    bob.socket.emit('sendMessage', { room, text: 'Hello Dan' });
    await dan.hears('newRoomMessage', { room, message: 'Hello Dan', username: 'Bob' });
  });

  it('[OLD4] a person on two devices is one person, who has left when the last one has gone', async () => {
    const [watcher] = (await people('Eve')) as [OldClient];
    await watcher.ask('joinChat', {});
    const user = await person('Fay');
    const [phone, laptop] = [useSocket(user, 0), useSocket(user, 1)];
    await phone.ask('joinChat', { username: 'Fay' });
    await laptop.ask('joinChat', { username: 'Fay' });
    await watcher.hears('userJoined', { username: 'Fay' });
    const users = laptop.told('onlineUsers').at(-1)!['users'] as string[];
    expect(users.filter((name) => name === 'Fay')).toHaveLength(1);
    phone.socket.disconnect();
    // Whoever comes and goes after it is told of: so the phone would have been.
    const other = useSocket(await person('Gus'), 1);
    await other.ask('joinChat', {});
    other.socket.disconnect();
    await watcher.hears('userLeft', { username: 'Gus' });
    expect(watcher.told('userLeft').map(({ username }) => username)).not.toContain('Fay');
    await laptop.ask('sendMessage', { message: 'Still here' });
    await watcher.hears('newMessage', { username: 'Fay', message: 'Still here' });
    laptop.socket.disconnect();
    await watcher.hears('userLeft', { username: 'Fay' });
    expect(watcher.told('userJoined').filter(({ username }) => username === 'Fay')).toHaveLength(1);
  });

  it('[OLD4] a client that joins and disconnects in one breath leaves nobody behind', async () => {
    const [ann, bob] = (await people('Ann', 'Bob')) as [OldClient, OldClient];
    const room = newRoom();
    await ann.ask('joinChat', {});
    await ann.ask('joinRoom', { room });
    const hasty = await person('Hasty');
    const { app } = cluster.instances[0]!;
    const registry = app.get(ConnectionRegistry);
    const gateway = app.get(OldChatGateway);
    const conversationId = `room:${room.toLowerCase()}`;
    for (let i = 0; i < 20; i += 1) {
      const { socket } = useSocket(hasty, 0);
      await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
      await until('it is known', () => registry.ofUser(hasty.userId).length > 0);
      const [there] = registry.ofUser(hasty.userId);
      socket.emit('joinChat', {});
      socket.emit('joinRoom', room);
      socket.disconnect();
      await until('it has gone', () => registry.ofUser(hasty.userId).length === 0);
      // As a request that was on its way through when its client went.
      const request = { room, conversationId, isBare: true };
      await expect(gateway.joinRoom(request, there!)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(gateway.joinChat(there!)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    // Whoever comes and goes after them is told of: so they would have been.
    await bob.ask('joinChat', {});
    await bob.ask('joinRoom', { room });
    bob.socket.disconnect();
    await ann.hears('userLeftRoom', { username: 'Bob' });
    await until('Ann is alone in the room', async () => {
      const { memberCount } = await ann.ask('getRoomMembers', { room });
      return memberCount === 1;
    });
    await until('nobody else is online', async () => {
      await ann.ask('joinChat', {});
      return !(ann.told('onlineUsers').at(-1)!['users'] as string[]).includes('Hasty');
    });
    const [socket] = registry.ofUser(ann.user.userId);
    const readers = app.get(ConversationDelivery).readBy(socket!, conversationId)!.all();
    expect(readers.map((reader) => reader.socket.id)).toEqual([socket!.id]);
  });

  it('[OLD4] of those on an instance that died others hear when its lease is over', async () => {
    const watcher = useSocket(await person('Hal'), 0);
    await watcher.ask('joinChat', {});
    const doomed = useSocket(await person('Ida'), 2);
    await doomed.ask('joinChat', {});
    await watcher.hears('userJoined', { username: 'Ida' });
    wire.cut();
    await watcher.hears('userLeft', { username: 'Ida' });
    wire.mend();
  });

  it('[OLD5] what is refused is said in the ack and by error', async () => {
    const [ann] = (await people('Ann')) as [OldClient];
    const room = newRoom();
    const refusal = {
      success: false,
      ok: false,
      error: { code: 'NOT_FOUND', message: 'You must join the chat first' },
    };
    expect(await ann.ask('sendMessage', { message: 'Too early' })).toMatchObject(refusal);
    await ann.hears('error', {
      message: 'Failed to send message',
      code: 'MESSAGE_SEND_ERROR',
      reason: 'NOT_FOUND',
    });
    await ann.ask('joinChat', {});
    for (const payload of [{}, { message: '' }, { message: { text: 1 } }, { message: '\u202e' }]) {
      expect(await ann.ask('sendMessage', payload)).toMatchObject({
        success: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
    for (const payload of [{}, { room: '' }, undefined, { room: ['x'] }]) {
      expect(await ann.ask('joinRoom', payload)).toMatchObject({
        success: false,
        error: { code: 'VALIDATION_FAILED' },
      });
    }
    await ann.hears('error', { code: 'VALIDATION_FAILED' }, 4);
    expect(await ann.ask('sendRoomMessage', { room, message: 'Hi' })).toMatchObject({
      success: false,
    });
    // A client that is told nothing of acks is told all the same.
    ann.socket.emit('sendMessage', { message: 'x'.repeat(50_000) });
    await ann.hears('error', { code: 'MESSAGE_SEND_ERROR', reason: 'VALIDATION_FAILED' }, 5);
  });

  it('[OLD5] a session that ends is told by authError, a wrong token by connect_error', async () => {
    const [ann] = (await people('Ann')) as [OldClient];
    await ann.ask('joinChat', {});
    const sessions = cluster.instances[1]!.app.get(SessionsService, { strict: false });
    await sessions.revoke(ann.user.sid, ann.user.userId, 'revoked_by_admin');
    await ann.hears('authError', { message: 'Authentication failed', error: 'SESSION_REVOKED' });
    await until('it is out', () => !ann.isConnected());
    const stranger = io(`${cluster.url(0)}/chat`, {
      auth: { token: 'wrong' },
      transports: ['websocket', 'polling'],
      reconnection: false,
      forceNew: true,
    });
    const refused = await new Promise<Error & { data?: { code: string } }>((resolve) =>
      stranger.on('connect_error', resolve),
    );
    expect(refused.data?.code).toBe('TOKEN_INVALID');
    stranger.disconnect();
  });

  it('[OLD6] a room by invitation is to strangers as one that is not there, a muted member types in silence, and a removed one hears nothing', async () => {
    const admin = await enterChat(cluster, await cluster.addUser('admin'), 1);
    const [ann, stranger] = (await people('Ann', 'Sid')) as [OldClient, OldClient];
    const [room, absent] = [newRoom(), newRoom()];
    const conversationId = `room:${room.toLowerCase()}`;
    await admin.ask('chat:create', { name: room, userIds: [ann.user.userId] });
    expect(await ann.ask('joinRoom', { room })).toMatchObject({ success: true });
    const nobody = (name: string) => ({
      room: name,
      memberCount: 0,
      socketIds: [],
      members: [],
    });
    for (const name of [room, absent])
      expect(await stranger.ask('getRoomMembers', { room: name })).toMatchObject(nobody(name));
    const messages = await Promise.all(
      [room, absent].map((name) =>
        stranger.ask('sendRoomMessage', { room: name, message: 'Let me in' }),
      ),
    );
    expect(messages[0]).toEqual(messages[1]);
    expect(await stranger.ask('joinRoom', { room })).toMatchObject({
      success: false,
      error: { code: 'NOT_FOUND' },
    });
    await admin.ask('chat:mute', { conversationId, userId: ann.user.userId, seconds: 600 });
    // Whoever asks for no answer is told nothing at each keystroke.
    ann.socket.emit('typing', { room, isTyping: true });
    expect(await ann.ask('typing', { room, isTyping: true })).toMatchObject({
      error: { code: 'CHAT_MUTED' },
    });
    await ann.hears('exception', { code: 'CHAT_MUTED' });
    await admin.ask('chat:remove', { conversationId, userId: ann.user.userId });
    await until('Ann is out', async () => {
      const { memberCount } = await ann.ask('getRoomMembers', { room });
      return memberCount === 0;
    });
    await join(admin, conversationId);
    await say(admin, conversationId, 'Now we can talk');
    expect(await ann.ask('sendRoomMessage', { room, message: 'Hello?' })).toMatchObject({
      success: false,
    });
    expect(ann.told('newRoomMessage')).toEqual([]);
  });

  it('[OLD7] older and present clients are in the same conversations', async () => {
    const [ann] = (await people('Ann')) as [OldClient];
    const room = newRoom();
    const conversationId = `room:${room.toLowerCase()}`;
    await ann.ask('joinRoom', { room });
    const bob = await enterChat(cluster, await person('Bob'), 1);
    await join(bob, conversationId);
    await say(bob, conversationId, 'From the new app');
    await ann.hears('newRoomMessage', { username: 'Bob', message: 'From the new app', room });
    await ann.ask('sendRoomMessage', { room, message: 'From the old one' });
    const { message } = await bob.waitFor<{ message: { text: string; from: { name: string } } }>(
      'chat:message',
      (fact) => fact.message.text === 'From the old one',
    );
    expect(message.from.name).toBe('Ann');
  });

  it('[OLD7] a mixed crowd sees each other come, go and be there, in the lobby and in a room', async () => {
    const [ann] = (await people('Ann')) as [OldClient];
    const room = newRoom();
    const conversationId = `room:${room.toLowerCase()}`;
    await ann.ask('joinChat', {});
    await ann.ask('joinRoom', { room });
    const bobUser = await person('Bob');
    const bob = await enterChat(cluster, bobUser, 1);
    await join(bob, 'lobby');
    await join(bob, conversationId);
    await ann.hears('userJoined', { username: 'Bob' });
    await ann.hears('userJoinedRoom', { username: 'Bob', room });
    const { memberCount, members } = await ann.ask('getRoomMembers', { room });
    expect({ memberCount, members }).toEqual({
      memberCount: 2,
      members: expect.arrayContaining([
        { userId: ann.user.userId, username: 'Ann' },
        { userId: bobUser.userId, username: 'Bob' },
      ]) as unknown,
    });
    // Whoever comes after them is told of both, and both are told of it.
    const cas = useSocket(await person('Cas'), 0);
    await cas.ask('joinChat', {});
    expect(cas.told('onlineUsers').at(-1)!['users']).toEqual(
      expect.arrayContaining(['Ann', 'Bob', 'Cas']),
    );
    expect(await cas.ask('joinRoom', { room })).toMatchObject({ success: true, members: 3 });
    const isCas = ({ conversationId: where, member }: { conversationId: string; member: Told }) =>
      where === conversationId && member['name'] === 'Cas';
    await bob.waitFor('chat:member:joined', isCas);
    expect(await bob.ask('presence:subscribe', { userIds: [cas.user.userId] })).toMatchObject({
      people: [{ userId: cas.user.userId }],
      hidden: [],
    });
    await cas.ask('leaveRoom', { room });
    await bob.waitFor('chat:member:left', isCas);
    await bob.ask('chat:leave', { conversationId });
    await ann.hears('userLeftRoom', { username: 'Bob', room });
    bob.close();
    await ann.hears('userLeft', { username: 'Bob' });
    expect(ann.told('userJoined').filter(({ username }) => username === 'Bob')).toHaveLength(1);
  });

  it('[OLD7] whoever leaves a room with an older client is there with a present one', async () => {
    const [ann] = (await people('Ann')) as [OldClient];
    const room = newRoom();
    const conversationId = `room:${room.toLowerCase()}`;
    await ann.ask('joinRoom', { room });
    const danUser = await person('Dan');
    const [phone, desk] = [useSocket(danUser, 0), await enterChat(cluster, danUser, 1)];
    await phone.ask('joinRoom', { room });
    await join(desk, conversationId);
    const place = placeOf(PlaceKind.room, conversationId);
    const feed = cluster.instances[0]!.app.get(PlaceFeed, { strict: false });
    await until('both are known', () => {
      const { devices = {} } = feed.get(place)?.people.get(danUser.userId) ?? {};
      return Object.keys(devices).length === 2;
    });
    await phone.ask('leaveRoom', { room });
    await ann.ask('sendRoomMessage', { room, message: 'Still there?' });
    await desk.waitFor<ChatMessageFact>(
      'chat:message',
      ({ message }) => message.text === 'Still there?',
    );
    expect(phone.told('newRoomMessage')).toEqual([]);
    expect(ann.told('userLeftRoom')).toEqual([]);
    await desk.ask('chat:leave', { conversationId });
    await ann.hears('userLeftRoom', { username: 'Dan', room });
  });
});
