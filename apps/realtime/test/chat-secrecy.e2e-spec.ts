import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import { Namespace, SessionEndReason, UserType, type ChatMemberLeft } from '#libs/contracts';
import { until, type ToldClient } from '#libs/testing';
import { DispatcherActions } from '#libs/trips';
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
  type TripPeople,
} from './chat-scene.js';
import { TestCluster } from './cluster.js';

/** Longer than a busy machine takes for what is said after the end. */
const AFTER_END_MS = 6_000;

/** All that anybody can ask about a conversation. */
const QUESTIONS: readonly (readonly [Parameters<ToldClient['request']>[0], object])[] = [
  ['chat:join', {}],
  ['chat:join', { version: 1 }],
  ['chat:history', {}],
  ['chat:history', { before: 2, limit: 1 }],
  ['chat:send', { clientMessageId: 'x', text: 'hello' }],
  ['chat:mark', { read: 1 }],
  ['chat:edit', { version: 2, text: 'x' }],
  ['chat:delete', { version: 2 }],
  ['chat:leave', {}],
];

describe('the conversation of a trip', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        CHAT_MESSAGES: '1000',
        CHAT_TRIP_AFTER_END: `${AFTER_END_MS}ms`,
        DISPATCH_RETRY_INTERVAL: '100ms',
      },
    });
  });
  afterAll(() => cluster.close());

  const isTold = (client: ToldClient, id: string, text: string) =>
    until(`${text} is told`, () => textsTold(client, id).includes(text));
  const answersOf = async (client: ToldClient, conversationId: string) => {
    const answers: string[] = [];
    for (const [event, more] of QUESTIONS) {
      const answer = await client.request(event, { conversationId, ...more });
      answers.push(`${event} ${JSON.stringify(answer).replaceAll(conversationId, '(id)')}`);
    }
    const tripId = conversationId.slice('trip:'.length);
    answers.push(JSON.stringify(await client.request('chat:open', { tripId })));
    return answers;
  };
  const talking = async (): Promise<TripPeople & { talk: ToldClient }> => {
    const ride = await rideTogether(cluster);
    const talk = await enterChat(cluster, ride.passenger, 0);
    await say(talk, ride.conversationId, 'my code is 1234');
    return { ...ride, talk };
  };

  it('[CHAT11] is not there for a stranger: nobody joins, reads, counts, guesses or notices it', async () => {
    const { conversationId: id, talk } = await talking();
    for (const userType of [UserType.passenger, UserType.driver]) {
      const stranger = await chatter(cluster, 1, userType);
      const nothing = await answersOf(stranger.client, 'trip:there-is-none');
      expect(nothing.filter((answer) => answer.includes('"ok":true'))).toEqual([
        'chat:leave {"ok":true,"data":{"conversationId":"(id)"}}',
      ]);
      expect(await answersOf(stranger.client, id)).toEqual(nothing);
      const named = { [id]: 1, 'trip:there-is-none': 1 };
      const back = await enterChat(cluster, stranger.user, 0, { chats: named });
      const snapshots = back.payloads<{ conversationId: string }>('chat:snapshot');
      const gone = { version: 0, reason: 'conversation_gone', conversation: null, messages: [] };
      expect(snapshots).toEqual(
        Object.keys(named).map((conversationId) => ({ conversationId, ...gone })),
      );
      await say(talk, id, `still here, ${userType}`);
      await isTold(talk, id, `still here, ${userType}`);
      for (const client of [stranger.client, back]) {
        expect(JSON.stringify(await client.ask('chat:list', {}))).not.toContain('trip:');
        expect(toldOf(client, id)).toEqual([]);
        const facts = client.received.map(({ event }) => event);
        expect(facts.filter((event) => event === 'chat:conversation')).toHaveLength(1);
      }
    }
  });

  it('[CHAT11] is lost at once by a driver who is replaced, and the new one reads from its coming on', async () => {
    const ride = await talking();
    const { conversationId: id, talk, tripId } = ride;
    const [replaced, elsewhere] = await Promise.all([
      enterChat(cluster, ride.driver, 0),
      enterChat(cluster, ride.driver, 1),
    ]);
    await say(talk, id, 'for the first');
    for (const client of [replaced, elsewhere]) await isTold(client, id, 'for the first');
    const other = await cluster.addUser(UserType.driver);
    const talkOfOther = await enterChat(cluster, other, 1);
    const cab = await freeCab(cluster, other, ride.pickup);
    const actions = cluster.instances[1]!.app.get(DispatcherActions, { strict: false });
    const actor = { kind: 'admin', id: 'desk' } as const;
    await actions.override(actor, tripId, { target: 'assigning', reason: 'breakdown' });
    // The very next message, while nobody has heard of it yet.
    await say(talk, id, 'for nobody');
    await takeTrip(cab, tripId);
    await say(talk, id, 'for the second');
    await isTold(talkOfOther, id, 'for the second');
    await isTold(talk, id, 'for the second');
    for (const client of [replaced, elsewhere]) {
      expect(textsTold(client, id)).toEqual(['for the first']);
      expect(await client.request('chat:history', { conversationId: id })).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
    }
    expect(talk.payloads<ChatMemberLeft>('chat:member:left')).toMatchObject([
      { member: { userId: ride.driver.userId }, reason: 'replaced' },
    ]);
    expect(await talkOfOther.ask('chat:history', { conversationId: id })).toMatchObject({
      messages: [{ text: 'for the second' }],
      hasMore: false,
    });
  });

  it('[CHAT11] shows the new driver no message from before its coming, also when it is changed', async () => {
    const ride = await talking();
    const { conversationId: id, talk, tripId } = ride;
    const [secret, other] = [
      await say(talk, id, 'ring at 7'),
      await say(talk, id, 'the code is 99'),
    ];
    const driver = await cluster.addUser(UserType.driver);
    const [live, cab] = [
      await enterChat(cluster, driver, 1),
      await freeCab(cluster, driver, ride.pickup),
    ];
    const actions = cluster.instances[1]!.app.get(DispatcherActions, { strict: false });
    const actor = { kind: 'admin', id: 'desk' } as const;
    await actions.override(actor, tripId, { target: 'assigning', reason: 'breakdown' });
    await takeTrip(cab, tripId);
    const own = await say(talk, id, 'hello');
    await isTold(live, id, 'hello');
    const edit = (version: number, text: string) =>
      talk.ask('chat:edit', { conversationId: id, version, text });
    await edit(secret.version, 'ring at 8');
    await talk.ask('chat:delete', { conversationId: id, version: other.version });
    await edit(own.version, 'hello!');
    const isEdited = (client: ToldClient) =>
      until('it is told', () => JSON.stringify(client.received).includes('hello!'));
    await isEdited(talk);
    const back = await enterChat(cluster, driver, 0, { chats: { [id]: own.version } });
    const all = await enterChat(cluster, driver, 0, { chats: { [id]: 1 } });
    for (const client of [live, back, all]) {
      await isEdited(client);
      await client.ask('chat:history', { conversationId: id });
      const heard = JSON.stringify(client.received);
      expect(heard).not.toContain('ring at');
      expect(heard).not.toContain(secret.id);
      expect(client.payloads('chat:message:deleted')).toEqual([]);
    }
    expect(talk.payloads('chat:message:deleted')).toHaveLength(1);
    expect(JSON.stringify(talk.received)).toContain('ring at 8');
  });

  it('[CHAT6] ends a while after the trip, for everybody', async () => {
    const { conversationId: id, talk, cab, driver, tripId } = await talking();
    const taxi = await enterChat(cluster, driver, 1);
    for (const step of ['trip:arrive', 'trip:start', 'trip:complete'] as const)
      await cab.ask(step, { tripId });
    await say(taxi, id, 'you left your bag');
    await isTold(talk, id, 'you left your bag');
    const dispatcher = await chatter(cluster, 0, UserType.admin);
    await until('it is over', async () => {
      const answer = await talk.request('chat:history', { conversationId: id });
      return !answer.ok && answer.error.code === 'NOT_FOUND';
    });
    for (const client of [talk, taxi, dispatcher.client])
      expect(await client.request('chat:join', { conversationId: id })).toMatchObject({
        error: { code: 'NOT_FOUND' },
      });
  });

  it('[AUTH2] a session that is revoked is told nothing more, the other devices of the person all', async () => {
    const ada = await cluster.addUser(UserType.passenger);
    const again = await cluster.addUser(UserType.passenger, { userId: ada.userId });
    const [revoked, stays, bo] = await Promise.all([
      enterChat(cluster, ada, 1),
      enterChat(cluster, again, 0),
      chatter(cluster, 0),
    ]);
    for (const client of [revoked, stays, bo.client]) await join(client, 'room:session');
    await say(bo.client, 'room:session', 'before');
    await isTold(revoked, 'room:session', 'before');
    const sessions = cluster.instances[0]!.app.get(SessionsService, { strict: false });
    await sessions.revoke(ada.sid, ada.userId, SessionEndReason.revokedByUser);
    await until('it is cut', () => !revoked.isConnected);
    await say(bo.client, 'room:session', 'after');
    await isTold(stays, 'room:session', 'after');
    expect(textsTold(revoked, 'room:session')).toEqual(['before']);
    expect(revoked.received.at(-1)).toMatchObject({ event: 'connection:closing' });
    const refused = cluster.openBare(Namespace.chat, 0, {
      token: ada.token,
      chats: { 'room:session': 1 },
    });
    await until('it is refused', () => refused.refusals.length > 0);
    expect(refused.received).toEqual([]);
  });
});
