import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  UserType,
  type ChatClosed,
  type ChatConversation,
  type ChatMessageFact,
} from '#libs/contracts';
import { until } from '#libs/testing';
import { chatter, enterChat, freeCab, join, say, textsTold } from './chat-scene.js';
import { TestCluster } from './cluster.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';

describe('operators and conversations', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { ADMIN_API_KEY: API_KEY, WS_RATE_PER_SECOND: '1000', WS_RATE_BURST: '1000' },
    });
  });
  afterAll(() => cluster.close());

  async function call(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = { 'x-api-key': API_KEY },
  ) {
    const response = await fetch(`${cluster.url(1)}/api/admin/chat/${path}`, {
      method,
      headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    return {
      status: response.status,
      ...(text === '' ? {} : (JSON.parse(text) as { data?: unknown; error?: unknown })),
    };
  }
  const isTold = (client: Parameters<typeof textsTold>[0], id: string, text: string) =>
    until(`${text} is told`, () => textsTold(client, id).includes(text));

  it('[MOD6] moderate over REST, by name or with the API key: mute, close, delete, remove, invite', async () => {
    const [ada, bo] = await Promise.all([chatter(cluster, 0), chatter(cluster, 1)]);
    const id = 'room:quay';
    const path = `conversations/${encodeURIComponent('room: Quay')}`;
    for (const { client } of [ada, bo]) await join(client, id);
    const { userId } = bo.user;
    const trySay = (text: string, conversationId = id) =>
      bo.client.request('chat:send', { conversationId, clientMessageId: text, text });

    expect(await call('PUT', `${path}/members/${userId}/mute`, { seconds: 600 })).toMatchObject({
      status: 200,
      data: { userId, mutedUntil: expect.any(Number), mutedBy: 'company' },
    });
    expect(await trySay('a')).toMatchObject({ error: { code: 'CHAT_MUTED' } });
    await call('PUT', `${path}/members/${userId}/mute`, { seconds: 0 });
    expect(await trySay('b')).toMatchObject({ ok: true });

    expect(await call('PUT', `users/${userId}/mute`, { seconds: 600 })).toMatchObject({
      status: 200,
    });
    const { data } = await call('GET', `${path}/members`);
    const { members } = data as { members: { userId: string }[] };
    expect(data).toMatchObject({ memberCount: 2 });
    expect(members.find((member) => member.userId === userId)).toMatchObject({
      mutedUntil: null,
      mutedEverywhereUntil: expect.any(Number),
      mutedEverywhereBy: 'company',
    });
    await join(bo.client, 'lobby');
    for (const conversationId of [id, 'lobby'])
      expect(await trySay('c', conversationId)).toMatchObject({ error: { code: 'CHAT_MUTED' } });
    expect(await call('PUT', `users/${userId}/mute`, { seconds: 0 })).toMatchObject({
      data: { mutedUntil: null },
    });

    const message = await say(bo.client, id, 'rude');
    expect(await call('DELETE', `${path}/messages/${message.version}`)).toEqual({ status: 204 });
    await ada.client.waitFor('chat:message:deleted');
    expect(await call('PUT', `${path}/closing`, { reason: 'night' })).toMatchObject({
      status: 200,
    });
    await ada.client.waitFor<ChatClosed>(
      'chat:closed',
      ({ by, reason }) => by === 'company' && reason === 'night',
    );
    await call('PUT', `${path}/closing`, { isClosed: false });

    expect(await call('DELETE', `${path}/members/${userId}`)).toEqual({ status: 204 });
    await bo.client.waitFor('chat:member:left');
    expect(await trySay('d')).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await call('POST', `${path}/members`, { userId })).toEqual({ status: 204 });
    await join(bo.client, id);
  });

  it('[MOD6] nobody else does, and nothing is done to what is not there', async () => {
    const ada = await chatter(cluster, 0);
    const asAda = { authorization: `Bearer ${ada.user.token}` };
    const path = 'conversations/room%3Aquay';
    for (const [method, each, body] of [
      ['PUT', 'users/x/mute', { seconds: 1 }],
      ['PUT', `${path}/closing`, {}],
      ['GET', `${path}/members`],
      ['DELETE', `${path}/members/x`],
      ['POST', 'broadcasts', { audience: 'drivers', text: 'x' }],
    ] as const) {
      expect(await call(method, each, body, asAda)).toMatchObject({ status: 403 });
      expect(await call(method, each, body, {})).toMatchObject({ status: 401 });
    }
    for (const [method, each, body, status] of [
      ['PUT', 'conversations/nonsense/closing', {}, 400],
      ['PUT', 'conversations/room%3Anowhere/closing', {}, 404],
      ['GET', 'conversations/room%3Anowhere/members', undefined, 404],
      ['DELETE', `${path}/messages/99999`, undefined, 404],
      ['DELETE', `${path}/messages/x`, undefined, 400],
      ['PUT', 'users/a%20b/mute', { seconds: 1 }, 400],
      ['PUT', 'users/a/mute', { seconds: -1 }, 400],
      ['PUT', 'users/nobody/mute', { seconds: 1 }, 404],
      ['PUT', `${path}/members/nobody/mute`, { seconds: 1 }, 404],
      ['DELETE', `${path}/members/nobody`, undefined, 404],
      ['POST', `${path}/members`, { userId: 'nobody' }, 404],
      ['POST', 'broadcasts', { audience: 'everybody', text: 'x' }, 400],
      ['POST', 'broadcasts', { audience: 'drivers', text: '' }, 400],
      ['POST', 'broadcasts', { audience: 'drivers_in_area', text: 'x' }, 400],
      [
        'POST',
        'broadcasts',
        {
          audience: 'drivers',
          text: 'x',
          area: [
            { lat: 1, lng: 1 },
            { lat: 1, lng: 2 },
            { lat: 2, lng: 2 },
          ],
        },
        400,
      ],
    ] as const)
      expect([each, await call(method, each, body)]).toMatchObject([each, { status }]);
  });

  it('[BCAST1] say something to all drivers, now and later, once, and to nobody else', async () => {
    const [driver, passenger] = await Promise.all([
      chatter(cluster, 0, UserType.driver),
      chatter(cluster, 0),
    ]);
    const id = 'broadcast:drivers';
    const headers = { 'x-api-key': API_KEY, 'idempotency-key': 'storm-1' };
    const body = { audience: 'drivers', text: 'storm at 5' };
    const sent = await call('POST', 'broadcasts', body, headers);
    expect(sent).toMatchObject({ status: 201, data: { conversationId: id, recipients: null } });
    expect(await call('POST', 'broadcasts', body, headers)).toEqual(sent);
    await call('POST', 'broadcasts', { audience: 'drivers', text: 'and at 6' });
    await isTold(driver.client, id, 'and at 6');
    expect(textsTold(driver.client, id)).toEqual(['storm at 5', 'and at 6']);
    const late = await chatter(cluster, 1, UserType.driver);
    const shown = await late.client.waitFor<ChatConversation>(
      'chat:conversation',
      (each) => each.id === id,
    );
    expect(shown).toMatchObject({ unread: 2, memberCount: 0, members: [] });
    expect(
      await late.client.request('chat:send', {
        conversationId: id,
        clientMessageId: 'x',
        text: 'no',
      }),
    ).toMatchObject({ error: { code: 'NOT_FOUND' } });
    for (const event of ['chat:join', 'chat:history'] as const)
      expect(await passenger.client.request(event, { conversationId: id })).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
    expect(passenger.client.payloads<ChatMessageFact>('chat:message')).toEqual([]);
  });

  it('[BCAST1] say something to the drivers in a drawn area, who do not learn of each other', async () => {
    const place = { lat: -33.4, lng: -70.6 };
    const users = await Promise.all([0, 1, 2].map(() => cluster.addUser(UserType.driver)));
    for (const [i, user] of users.entries())
      await freeCab(cluster, user, { ...place, lng: place.lng + i * 0.05 });
    const [first, second, outside] = await Promise.all(
      users.map((user, i) => enterChat(cluster, user, i % 2)),
    );
    const area = [
      { lat: place.lat - 0.05, lng: place.lng - 0.02 },
      { lat: place.lat + 0.05, lng: place.lng - 0.02 },
      { lat: place.lat + 0.05, lng: place.lng + 0.07 },
      { lat: place.lat - 0.05, lng: place.lng + 0.07 },
    ];
    const sent = await call('POST', 'broadcasts', {
      audience: 'drivers_in_area',
      text: 'road closed',
      area,
    });
    expect(sent).toMatchObject({ status: 201, data: { recipients: 2 } });
    const { conversationId: id } = sent.data as { conversationId: string };
    for (const client of [first!, second!]) {
      const shown = await client.waitFor<ChatConversation>(
        'chat:conversation',
        (each) => each.id === id,
      );
      expect(shown).toMatchObject({ memberCount: 0, members: [], unread: 1 });
      await isTold(client, id, 'road closed');
    }
    expect(await outside!.request('chat:history', { conversationId: id })).toMatchObject({
      error: { code: 'NOT_FOUND' },
    });
    expect(textsTold(outside!, id)).toEqual([]);
  });
});
