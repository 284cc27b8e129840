import { randomBytes } from 'node:crypto';
import { type ClientEnvironment } from '#libs/config';
import {
  Namespace,
  tripFactNames,
  type ChatConversation,
  type ChatFact,
  type ChatList,
  type ChatMessage,
  type ChatMessageFact,
  type ChatPage,
  type Hello,
  type TripOffered,
  type TripView,
} from '#libs/contracts';
import { CheckFailure, CheckSocket, ping, type Say } from './check-socket.js';
import { Checklist } from './checklist.js';
import {
  checkNotifications,
  checkPresence,
  checkShareLink,
  checkTracking,
  checkVisitors,
} from './people/people-checks.js';
import { PeopleScene } from './people/scene.js';
import { checkBareRooms, checkLobby, checkOldRooms } from './people/older-chat-check.js';
import { targetOf, tokensOf } from './target.js';
import { cancelOpenTrip, TripWitness } from './trips/trip-witness.js';

/** Facts that count the events of a conversation. */
const NUMBERED = [
  'chat:message',
  'chat:message:edited',
  'chat:message:deleted',
  'chat:member:joined',
  'chat:member:left',
  'chat:muted',
  'chat:closed',
];
const OTHERS = ['chat:conversation', 'chat:marks', 'chat:snapshot', 'chat:typing'];

/** Somebody on /chat, and all that it was told. */
class Chatter {
  private constructor(
    readonly socket: CheckSocket,
    readonly token: string,
    readonly told: readonly { event: string; fact: object }[],
  ) {}

  static async open(
    env: ClientEnvironment,
    token: string,
    say: Say,
    chats: Record<string, number> = {},
  ): Promise<Chatter> {
    const told: { event: string; fact: object }[] = [];
    const target = { ...targetOf({ ...env, ACCESS_TOKEN: token }, Namespace.chat), token };
    const socket = await CheckSocket.open({ ...target, handshake: { chats } }, say, (opening) => {
      for (const event of [...NUMBERED, ...OTHERS])
        opening.on(event, (fact) => told.push({ event, fact: fact as object }));
    });
    return new Chatter(socket, token, told);
  }

  async userId(): Promise<string> {
    return ((await this.socket.expectEvent('hello')) as Hello).userId;
  }

  join(conversationId: string, version?: number): Promise<ChatConversation> {
    return this.ask('chat:join', { conversationId, ...(version === undefined ? {} : { version }) });
  }

  /** The same text is the same message. */
  say(conversationId: string, text: string): Promise<ChatMessage> {
    const clientMessageId = text.replaceAll(/\W+/g, '-');
    return this.ask('chat:send', { conversationId, clientMessageId, text });
  }

  async ask<T>(event: string, payload: object): Promise<T> {
    return (await this.socket.request(event, payload)) as T;
  }

  /** @throws CheckFailure unless the request is refused with this code */
  async isRefused(event: string, payload: object, code: string): Promise<void> {
    let refusal: unknown;
    try {
      await this.socket.request(event, payload);
    } catch (error) {
      refusal = error;
    }
    const isRight = refusal instanceof CheckFailure && refusal.message.includes(code);
    if (!isRight) throw new CheckFailure(`${event} was not refused with ${code}.`);
  }

  textsOf(conversationId: string): string[] {
    return this.told
      .filter(({ event }) => event === 'chat:message')
      .map(({ fact }) => fact as ChatMessageFact)
      .filter((fact) => fact.conversationId === conversationId)
      .map(({ message }) => message.text);
  }

  versionsOf(conversationId: string): number[] {
    return this.told
      .filter(({ event }) => NUMBERED.includes(event))
      .map(({ fact }) => fact as ChatFact)
      .filter((fact) => fact.conversationId === conversationId)
      .map(({ version }) => version);
  }

  hears(conversationId: string, text: string): Promise<unknown> {
    return this.socket.waitFor(
      () => this.textsOf(conversationId).includes(text) || undefined,
      `"${text}" was not told`,
    );
  }

  sees(event: string): Promise<unknown> {
    const look = () => this.told.find((each) => each.event === event);
    return this.socket.waitFor(look, `no ${event} came`);
  }
}

/**
 * People talk in the lobby, in rooms, one to one and about a trip, an admin keeps order; who is there,
 * where people are, who looks at a page, pointers, notifications and the link of a trip.
 */
export async function checkChat(env: ClientEnvironment, say: Say): Promise<void> {
  const list = new Checklist(say);
  const run = randomBytes(4).toString('hex');
  const opened: CheckSocket[] = [];
  const open = async (token: string, chats?: Record<string, number>): Promise<Chatter> => {
    const chatter = await Chatter.open(env, token, say, chats);
    opened.push(chatter.socket);
    return chatter;
  };
  const tokenIn = (namespace: Namespace) => targetOf(env, namespace).token;
  const scene = new PeopleScene(env);
  try {
    await list.section('everybody connects', async () => {
      const passenger = await list.step('the passenger is greeted', () =>
        open(tokenIn(Namespace.passengers)),
      );
      const driver = await list.step('the driver is greeted', () =>
        open(tokenIn(Namespace.drivers)),
      );
      const admin = await list.step('the dispatcher is greeted', () =>
        open(tokenIn(Namespace.admin)),
      );
      const cast = { passenger, driver, admin };
      await list.section('a room', () => checkRoom(list, cast, `room:check ${run}`, open));
      await list.section('order in a room', () => checkOrder(list, cast, `room:order ${run}`));
      await list.section('one to one', () => checkDirect(list, cast));
      await list.section('a trip', () => checkTrip(list, cast, scene, env, say, open, opened));
    });
    await list.section('the lobby of the older chat', () => checkLobby(list, scene, run));
    await list.section('older rooms, joined by an object', () => checkOldRooms(list, scene, run));
    await list.section('older rooms, joined by a bare name, and pointers', () =>
      checkBareRooms(list, scene, run),
    );
    await list.section('who is there', () => checkPresence(list, scene));
    await list.section('positions of groups', () => checkTracking(list, scene, env));
    await list.section('visitors of pages', () => checkVisitors(list, scene, run));
    await list.section('notifications', () => checkNotifications(list, scene, run));
  } finally {
    scene.close();
    for (const socket of opened) socket.close();
  }
  list.conclude();
}

interface Cast {
  passenger: Chatter;
  driver: Chatter;
  admin: Chatter;
}

type Open = (token: string, chats?: Record<string, number>) => Promise<Chatter>;

async function checkRoom(
  list: Checklist,
  { passenger, driver }: Cast,
  id: string,
  open: Open,
): Promise<void> {
  await list.step('both join', () => Promise.all([passenger, driver].map((each) => each.join(id))));
  await list.step('both hear everything in one order', async () => {
    await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        Promise.all([passenger.say(id, `p${i}`), driver.say(id, `d${i}`)]),
      ),
    );
    const haveAll = () =>
      [passenger, driver].every((each) => each.textsOf(id).length === 10) || undefined;
    await driver.socket.waitFor(haveAll, 'not everything was told');
    if (passenger.textsOf(id).join() !== driver.textsOf(id).join())
      throw new CheckFailure('The two were told in different orders.');
  });
  const message = await list.step('a message that is sent again is the same', async () => {
    const [first, second] = [await driver.say(id, 'once'), await driver.say(id, 'once')];
    if (first.id !== second.id) throw new CheckFailure(`It is ${first.id} and ${second.id}.`);
    await passenger.hears(id, 'once');
    return first;
  });
  await list.step('who comes back is told what it missed, once and in order', async () => {
    const back = await open(passenger.token, { [id]: message.version - 3 });
    await back.hears(id, 'once');
    const expected = [2, 1, 0].map((before) => message.version - before);
    if (back.versionsOf(id).join() !== expected.join())
      throw new CheckFailure(`It was told ${back.versionsOf(id).join()}, not ${expected.join()}.`);
  });
  await list.step('unread messages are counted, and read marks told', async () => {
    const unread = async () =>
      (await passenger.ask<ChatList>('chat:list', {})).conversations.find((each) => each.id === id)
        ?.unread;
    if ((await unread()) !== 6) throw new CheckFailure(`unread is ${await unread()}, not 6.`);
    await passenger.ask('chat:mark', { conversationId: id, read: message.version });
    if ((await unread()) !== 0) throw new CheckFailure('What was read counts as unread.');
    await driver.sees('chat:marks');
  });
  await list.step('a message is edited and deleted, and a tombstone stays', async () => {
    const at = { conversationId: id, version: message.version };
    await driver.ask('chat:edit', { ...at, text: 'once more' });
    await passenger.sees('chat:message:edited');
    await driver.ask('chat:delete', at);
    await passenger.sees('chat:message:deleted');
    const page = await passenger.ask<ChatPage>('chat:history', { conversationId: id, limit: 1 });
    if (page.messages[0]?.deletedAt == null)
      throw new CheckFailure('The history has no tombstone.');
  });
  await list.step('it is shown that somebody types', async () => {
    await driver.ask('chat:typing', { conversationId: id, isTyping: true });
    await passenger.sees('chat:typing');
  });
}

async function checkOrder(list: Checklist, { driver, admin }: Cast, id: string): Promise<void> {
  const userId = await driver.userId();
  const send = { conversationId: id, clientMessageId: 'x', text: 'x' };
  await list.step('a room by invitation is for those who are invited', async () => {
    await admin.ask('chat:create', { name: id.slice('room:'.length) });
    await driver.isRefused('chat:join', { conversationId: id }, 'NOT_FOUND');
    await admin.ask('chat:invite', { conversationId: id, userId });
    await driver.join(id);
  });
  await list.step('a muted member may not write', async () => {
    await admin.ask('chat:mute', { conversationId: id, userId, seconds: 60 });
    await driver.isRefused('chat:send', send, 'CHAT_MUTED');
    await admin.ask('chat:mute', { conversationId: id, userId, seconds: 0 });
    await driver.say(id, 'sorry');
  });
  await list.step('a closed room takes nothing', async () => {
    await admin.ask('chat:close', { conversationId: id });
    await driver.isRefused('chat:send', send, 'CHAT_CLOSED');
    await admin.ask('chat:close', { conversationId: id, isClosed: false });
  });
  await list.step('a removed member hears nothing more', async () => {
    await admin.ask('chat:remove', { conversationId: id, userId });
    await admin.say(id, 'is he gone?');
    await admin.hears(id, 'is he gone?');
    await driver.sees('chat:member:left');
    await driver.isRefused('chat:history', { conversationId: id }, 'NOT_FOUND');
    if (driver.textsOf(id).includes('is he gone?')) throw new CheckFailure('It heard more.');
  });
}

async function checkDirect(list: Checklist, { passenger, driver, admin }: Cast): Promise<void> {
  await list.step('a dispatcher writes to the passenger, who answers', async () => {
    const opened = await admin.ask<ChatConversation>('chat:open', {
      userId: await passenger.userId(),
    });
    const [question, answer] = [`help ${opened.version}`, `yes ${opened.version}`];
    await admin.say(opened.id, question);
    await passenger.hears(opened.id, question);
    await passenger.say(opened.id, answer);
    await admin.hears(opened.id, answer);
  });
  await list.step('the driver may not write to the passenger', async () =>
    driver.isRefused('chat:open', { userId: await passenger.userId() }, 'NOT_FOUND'),
  );
}

async function checkTrip(
  list: Checklist,
  { passenger, driver, admin }: Cast,
  scene: PeopleScene,
  env: ClientEnvironment,
  say: Say,
  open: Open,
  opened: CheckSocket[],
): Promise<void> {
  const rider = await TripWitness.open(
    'passenger',
    targetOf(env, Namespace.passengers),
    tripFactNames(Namespace.passengers),
    say,
  );
  const cab = await CheckSocket.open(targetOf(env, Namespace.drivers), say);
  opened.push(rider.socket, cab);
  await cancelOpenTrip(rider, say);
  const tripId = await list.step('the driver takes the trip', async () => {
    let offer: TripOffered | undefined;
    cab.on('trip:assignment:offered', (offered) => (offer = offered as TripOffered));
    await cab.request('driver:status:update', { availabilityStatus: 'AVAILABLE' });
    await ping(cab, env.TEST_LAT, env.TEST_LNG);
    const place = { lat: env.TEST_LAT, lng: env.TEST_LNG };
    const trip = (await rider.socket.request('trip:request', {
      paymentMode: 'cash',
      pickupPoint: place,
      stops: [{ point: { ...place, lat: place.lat + 0.02 } }],
    })) as TripView;
    const { assignmentId } = await cab.waitFor(() => offer, 'no offer came');
    await cab.request('driver:offer:accept', { assignmentId });
    return trip.tripId;
  });
  const id = `trip:${tripId}`;
  try {
    await list.step('the two talk, with the dispatcher who joined', async () => {
      await admin.join(id);
      await passenger.say(id, 'I wear a red hat');
      for (const each of [driver, admin]) await each.hears(id, 'I wear a red hat');
      await driver.say(id, 'I see you');
      await passenger.hears(id, 'I see you');
    });
    const [, second] = tokensOf(env.DRIVER_TOKEN);
    if (second) {
      await list.step('another driver can neither join nor read nor write', async () => {
        const stranger = await open(second, { [id]: 1 });
        for (const event of ['chat:join', 'chat:history'])
          await stranger.isRefused(event, { conversationId: id }, 'NOT_FOUND');
        const send = { conversationId: id, clientMessageId: 'x', text: 'x' };
        await stranger.isRefused('chat:send', send, 'NOT_FOUND');
        if (stranger.textsOf(id).length > 0) throw new CheckFailure('It was told something.');
      });
    } else list.leaveOut('a stranger; it needs DRIVER_TOKEN=<one>,<another>');
    await checkShareLink(list, scene, tripId, () => ping(cab, env.TEST_LAT + 0.001, env.TEST_LNG));
  } finally {
    await rider.socket.request('trip:cancel', { tripId });
    await cab.request('driver:status:update', { availabilityStatus: 'OFFLINE' });
  }
}
