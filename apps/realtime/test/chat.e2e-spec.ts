import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Namespace,
  UserType,
  type ChatConversation,
  type ChatMemberLeft,
  type ChatMessage,
  type ChatPage,
  type ChatSnapshot,
} from '#libs/contracts';
import { until, type ToldClient } from '#libs/testing';
import {
  chatter,
  enterChat,
  freeCab,
  join,
  rideTogether,
  say,
  takeTrip,
  textsTold,
  toldOf,
  versionsTold,
} from './chat-scene.js';
import { TestCluster } from './cluster.js';

describe('conversations on two instances', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        CHAT_MESSAGES: '10000',
        CHAT_HISTORY_LENGTH: '60',
        CHAT_REPLAY_LENGTH: '20',
        DISPATCH_RETRY_INTERVAL: '100ms',
      },
    });
  });
  afterAll(() => cluster.close());

  const isTold = (client: ToldClient, conversationId: string, text: string) =>
    until(`${text} is told`, () => textsTold(client, conversationId).includes(text));

  it('[CHAT1] what is said in a room reaches its members on every instance in one order, and nobody else', async () => {
    const [ada, bo, eve] = await Promise.all([
      chatter(cluster, 0),
      chatter(cluster, 1),
      chatter(cluster, 1),
    ]);
    const id = 'room:harbour';
    expect(await join(ada.client, 'room: Harbour ')).toMatchObject({
      id,
      isOpen: true,
      memberCount: 1,
    });
    expect(await join(bo.client, id)).toMatchObject({ memberCount: 2, version: 2 });
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        Promise.all([say(ada.client, id, `a${i}`), say(bo.client, id, `b${i}`)]),
      ),
    );
    await until('both are told', () =>
      [ada, bo].every(({ client }) => textsTold(client, id).length === 20),
    );
    expect(textsTold(ada.client, id)).toEqual(textsTold(bo.client, id));
    // Its own coming stands in what it was answered with.
    expect(versionsTold(ada.client, id)).toEqual(Array.from({ length: 21 }, (_, i) => i + 2));
    expect(versionsTold(bo.client, id)).toEqual(Array.from({ length: 20 }, (_, i) => i + 3));
    expect(toldOf(eve.client, id)).toEqual([]);
    for (const [event, more] of [
      ['chat:send', { clientMessageId: 'x', text: 'hi' }],
      ['chat:history', {}],
    ] as const) {
      expect(await eve.client.request(event, { conversationId: id, ...more })).toMatchObject({
        ok: false,
        error: { code: 'NOT_FOUND' },
      });
    }
  });

  it('[CHAT1] a socket that joins again and again meanwhile misses nothing and is told nothing twice', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
    const id = 'room:again';
    for (const { client } of [ada, bo]) await join(client, id);
    const said = Array.from({ length: 40 }, (_, i) => `${i}`);
    const state = { isOver: false };
    const joining = (async () => {
      while (!state.isOver) await join(bo.client, id);
    })();
    for (const text of said) await say(ada.client, id, text);
    state.isOver = true;
    await joining;
    await isTold(bo.client, id, said.at(-1)!);
    expect(textsTold(bo.client, id)).toEqual(said);
  });

  it('[CHAT2] a message that is sent again is the message of the first time, on whatever instance', async () => {
    const { user, client } = await chatter(cluster, 0);
    const elsewhere = await enterChat(cluster, user, 1);
    const id = 'room:once';
    await join(client, id);
    await join(elsewhere, id);
    const request = { conversationId: id, clientMessageId: 'draft-1', text: 'only once' };
    const answers = await Promise.all(
      [client, elsewhere, client, elsewhere].map((each) =>
        each.ask<ChatMessage>('chat:send', request),
      ),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({
      from: { userId: user.userId, name: 'Passenger' },
      text: 'only once',
    });
    await say(client, id, 'the end');
    await isTold(elsewhere, id, 'the end');
    expect(textsTold(elsewhere, id)).toEqual(['only once', 'the end']);
  });

  it('[CHAT3] who comes back names what it saw and gets what it missed, once and in order, before anything new', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 0)]);
    const id = 'room:return';
    await join(ada.client, id);
    const { version } = await join(bo.client, id);
    bo.client.close();
    const missed = ['one', 'two', 'three'];
    for (const text of missed) await say(ada.client, id, text);
    const coming = cluster.openApp(Namespace.chat, bo.user, 1, {
      chats: { 'room:Return': version, 'room:nowhere': 3 },
    });
    await say(ada.client, id, 'four');
    const back = await coming;
    await isTold(back, id, 'four');
    expect(textsTold(back, id)).toEqual([...missed, 'four']);
    expect(versionsTold(back, id)).toEqual([3, 4, 5, 6]);
    await back.waitFor('chat:snapshot');
    expect(back.payloads<ChatSnapshot>('chat:snapshot')).toEqual([
      {
        conversationId: 'room:nowhere',
        version: 0,
        reason: 'conversation_gone',
        conversation: null,
        messages: [],
      },
    ]);
    // On the same socket as well.
    await join(back, id, 4);
    expect(versionsTold(back, id)).toEqual([3, 4, 5, 6, 5, 6]);
  });

  it('[CHAT3] who missed more than is told one by one is shown the state, and what follows', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
    const id = 'room:long';
    await join(ada.client, id);
    for (let i = 1; i <= 70; i += 1) await say(ada.client, id, `${i}`);
    await join(bo.client, id, 1);
    const { messages, conversation, reason, version } =
      await bo.client.waitFor<ChatSnapshot>('chat:snapshot');
    expect({ reason, version }).toEqual({ reason: 'events_gone', version: 72 });
    expect(conversation).toMatchObject({ id, memberCount: 2 });
    expect(messages.map(({ text }) => text)).toEqual(
      Array.from({ length: 50 }, (_, i) => `${i + 21}`),
    );
    await say(ada.client, id, 'next');
    await isTold(bo.client, id, 'next');
    expect(versionsTold(bo.client, id)).toEqual([73]);

    // What is kept is read backwards, page by page.
    const pages: string[][] = [];
    let before: number | undefined;
    for (let hasMore = true; hasMore;) {
      const page: ChatPage = await bo.client.ask('chat:history', {
        conversationId: id,
        limit: 25,
        ...(before ? { before } : {}),
      });
      pages.push(page.messages.map(({ text }) => text));
      before = page.messages[0]!.version;
      hasMore = page.hasMore;
    }
    const kept = pages.toReversed().flat();
    expect(pages.map(({ length }) => length)).toEqual([25, 25, 9]);
    expect(kept).toEqual([...Array.from({ length: 58 }, (_, i) => `${i + 13}`), 'next']);
  });

  it('[CHAT4] the lobby is for everybody, and whoever leaves it is told nothing more', async () => {
    const [ada, bo] = await Promise.all([
      chatter(cluster, 0),
      chatter(cluster, 1, UserType.driver),
    ]);
    await join(ada.client, 'lobby');
    await join(bo.client, 'lobby');
    await say(bo.client, 'lobby', 'hello');
    await isTold(ada.client, 'lobby', 'hello');
    expect(await ada.client.ask('chat:leave', { conversationId: 'lobby' })).toEqual({
      conversationId: 'lobby',
    });
    await bo.client.waitFor<ChatMemberLeft>(
      'chat:member:left',
      ({ member, reason }) => member.userId === ada.user.userId && reason === 'left',
    );
    await say(bo.client, 'lobby', 'are you there?');
    await isTold(bo.client, 'lobby', 'are you there?');
    expect(textsTold(ada.client, 'lobby')).not.toContain('are you there?');
    await join(ada.client, 'lobby');
    await say(bo.client, 'lobby', 'back again');
    await isTold(ada.client, 'lobby', 'back again');
  });

  it('[CHAT5] an admin and any user talk to each other; users without an admin do not', async () => {
    const [admin, ada, bo] = await Promise.all([
      chatter(cluster, 0, UserType.admin),
      chatter(cluster, 1),
      chatter(cluster, 1, UserType.driver),
    ]);
    const opened = await admin.client.ask<ChatConversation>('chat:open', {
      userId: ada.user.userId,
    });
    expect(opened).toMatchObject({ type: 'direct', memberCount: 2, isOpen: false });
    await ada.client.waitFor<ChatConversation>('chat:conversation', ({ id }) => id === opened.id);
    await say(admin.client, opened.id, 'how can I help?');
    await isTold(ada.client, opened.id, 'how can I help?');
    await say(ada.client, opened.id, 'my bag');
    await isTold(admin.client, opened.id, 'my bag');
    expect(await ada.client.ask('chat:open', { userId: admin.user.userId })).toMatchObject({
      id: opened.id,
    });

    const refused = {
      ok: false,
      error: { code: 'NOT_FOUND', message: 'You have no such conversation.' },
    };
    for (const userId of [bo.user.userId, 'nobody']) {
      expect(await ada.client.request('chat:open', { userId })).toMatchObject(refused);
    }
    expect(await bo.client.request('chat:join', { conversationId: opened.id })).toMatchObject(
      refused,
    );
    expect(await bo.client.request('chat:history', { conversationId: opened.id })).toMatchObject(
      refused,
    );
  });

  it('[CHAT6] the people of a trip talk from its acceptance on, with dispatchers who are seen', async () => {
    const ride = await rideTogether(cluster);
    const { conversationId: id } = ride;
    const passenger = await enterChat(cluster, ride.passenger, 1);
    const driver = await enterChat(cluster, ride.driver, 0);
    for (const client of [passenger, driver]) {
      const isTrip = (conversation: ChatConversation) => conversation.id === id;
      expect(await client.waitFor<ChatConversation>('chat:conversation', isTrip)).toMatchObject({
        type: 'trip',
        memberCount: 2,
      });
    }
    await say(passenger, id, 'I wear a red hat');
    await isTold(driver, id, 'I wear a red hat');
    const dispatcher = await chatter(cluster, 1, UserType.admin);
    await join(dispatcher.client, id);
    await passenger.waitFor('chat:member:joined');
    await say(dispatcher.client, id, 'this is the office');
    await isTold(driver, id, 'this is the office');
  });

  it('[CHAT6] a client that is there when a driver takes the trip is put into its conversation', async () => {
    const user = await cluster.addUser(UserType.driver);
    const pickup = { lat: 60, lng: 12.5 };
    const driver = await enterChat(cluster, user, 0);
    const cab = await freeCab(cluster, user, pickup);
    const rider = await cluster.addUser(UserType.passenger);
    const passenger = await enterChat(cluster, rider, 1);
    const app = await cluster.connect(rider, 0);
    const { tripId } = await app.ask<{ tripId: string }>('trip:request', {
      paymentMode: 'cash',
      pickupPoint: pickup,
      stops: [{ point: { lat: 60.05, lng: 12.5 } }],
    });
    await takeTrip(cab, tripId);
    for (const client of [passenger, driver])
      await client.waitFor<ChatConversation>(
        'chat:conversation',
        ({ id }) => id === `trip:${tripId}`,
      );
    await say(driver, `trip:${tripId}`, 'two minutes');
    await isTold(passenger, `trip:${tripId}`, 'two minutes');
  });
});
