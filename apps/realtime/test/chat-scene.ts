import {
  Namespace,
  UserType,
  type ChatConversation,
  type ChatFact,
  type ChatMessage,
  type ChatMessageFact,
  type TripView,
} from '#libs/contracts';
import { type AppClient, type ToldClient } from '#libs/testing';
import { type TestCluster, type TestUser } from './cluster.js';
import { confirmOffers } from './ride-people.js';

/** Facts that count the events of a conversation. */
const NUMBERED = /^chat:(?:message|member|muted|closed)/;
const DEGREE = 0.001;
/** Rides of different tests are out of each other's reach. */
let places = 0;

/** Somebody with a client on /chat. */
export interface Chatter {
  user: TestUser;
  client: ToldClient;
}

export interface TripPeople {
  tripId: string;
  pickup: { lat: number; lng: number };
  conversationId: string;
  passenger: TestUser;
  driver: TestUser;
  rider: AppClient;
  cab: AppClient;
}

/** A client on /chat that has been greeted and told what it missed. */
export async function enterChat(
  cluster: TestCluster,
  user: TestUser,
  instance: number,
  auth: Record<string, unknown> = {},
): Promise<AppClient> {
  const client = await cluster.openApp(Namespace.chat, user, instance, auth);
  // Answered once it is welcomed.
  await client.request('chat:history', { conversationId: 'lobby' });
  return client;
}

export async function chatter(
  cluster: TestCluster,
  instance: number,
  userType: UserType = UserType.passenger,
): Promise<Chatter> {
  const user = await cluster.addUser(userType);
  return { user, client: await enterChat(cluster, user, instance) };
}

let messages = 0;

export function say(
  client: ToldClient,
  conversationId: string,
  text: string,
  more: object = {},
): Promise<ChatMessage> {
  const clientMessageId = `m${(messages += 1)}`;
  return client.ask('chat:send', { conversationId, clientMessageId, text, ...more });
}

export const join = (
  client: ToldClient,
  conversationId: string,
  version?: number,
): Promise<ChatConversation> =>
  client.ask('chat:join', { conversationId, ...(version === undefined ? {} : { version }) });

/** What a client was told of a conversation, in order. */
export function toldOf({ received }: ToldClient, conversationId: string): ChatFact[] {
  return received
    .filter(({ event }) => NUMBERED.test(event))
    .map(({ payload }) => payload as ChatFact)
    .filter((fact) => fact.conversationId === conversationId);
}

export const versionsTold = (client: ToldClient, conversationId: string): number[] =>
  toldOf(client, conversationId).map(({ version }) => version);

export function textsTold(client: ToldClient, conversationId: string): string[] {
  return client
    .payloads<ChatMessageFact>('chat:message')
    .filter((fact) => fact.conversationId === conversationId)
    .map(({ message }) => message.text);
}

/** A driver has taken the trip of a passenger; both are connected on different instances. */
export async function rideTogether(cluster: TestCluster): Promise<TripPeople> {
  const pickup = { lat: 40 + (places += 1) * 0.5, lng: 12.5 };
  const [passenger, driver] = await Promise.all([
    cluster.addUser(UserType.passenger),
    cluster.addUser(UserType.driver),
  ]);
  const rider = await cluster.connect(passenger, 0);
  const cab = await freeCab(cluster, driver, pickup);
  const { tripId } = await rider.ask<TripView>('trip:request', {
    paymentMode: 'cash',
    pickupPoint: pickup,
    stops: [{ point: { lat: pickup.lat + 50 * DEGREE, lng: pickup.lng } }],
  });
  await takeTrip(cab, tripId);
  await rider.waitFor('trip:driver_en_route');
  return { tripId, pickup, conversationId: `trip:${tripId}`, passenger, driver, rider, cab };
}

/** A driver who is free near the place. */
export async function freeCab(
  cluster: TestCluster,
  driver: TestUser,
  { lat, lng }: { lat: number; lng: number },
): Promise<AppClient> {
  const cab = await cluster.connect(driver, 1);
  confirmOffers(cab);
  await cab.ask('driver:status:update', { isAvailableForTrips: true });
  await cab.ask('driver:location:ping', { lat: lat + DEGREE, lng });
  return cab;
}

export async function takeTrip(cab: ToldClient, tripId: string): Promise<void> {
  const { assignmentId } = await cab.waitFor<{ assignmentId: string; tripId: string }>(
    'trip:assignment:offered',
    (offer) => offer.tripId === tripId,
  );
  await cab.ask('driver:offer:accept', { assignmentId });
}
