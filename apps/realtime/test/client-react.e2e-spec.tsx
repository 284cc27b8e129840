import { InputEvent, placeInPage } from './dom.js';
import { useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type RidewireClient } from '#libs/client';
import {
  RidewireContext,
  useConnection,
  useConversation,
  useRidewire,
  useTrip,
  useTyping,
} from '#libs/client/react';
import { UserType } from '#libs/contracts';
import { until } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { openApp, TestBalancer } from './client-app.js';
import { TestCluster } from './cluster.js';
import { DROPOFF, PICKUP } from './ride-people.js';
import { ChatComponent } from './older-chat-component.js';

type Page = ReturnType<typeof placeInPage>;

/** The home screen of a passenger. */
function Ride() {
  const { status } = useConnection();
  const rides = useRidewire().passengers();
  const [tripId, setTripId] = useState<string | null>(null);
  const ride = useTrip(tripId);
  const request = async () => {
    const answer = await rides.request('trip:request', {
      pickupPoint: PICKUP,
      stops: [{ point: DROPOFF }],
      paymentMode: 'cash',
      idempotencyKey: crypto.randomUUID(),
    });
    if (answer.ok) setTripId(answer.data.tripId);
  };
  return (
    <main>
      <output id="status">{status}</output>
      <button onClick={() => void request()}>Ride</button>
      {ride && (
        <p id="trip">
          {ride.trip?.status} {ride.stale ? 'stale' : 'fresh'} {String(ride.recovered)}
        </p>
      )}
    </main>
  );
}

function Room({ id }: { id: string | null }) {
  const room = useConversation(id);
  const { typists, type } = useTyping(id ?? '');
  if (!room) return <p>no room</p>;
  return (
    <section>
      <ul>
        {room.messages.map(({ version, text }) => (
          <li key={version}>{text}</li>
        ))}
        {room.pending.map(({ clientMessageId, text }) => (
          <li key={clientMessageId} className="pending">
            {text}
          </li>
        ))}
      </ul>
      <button onClick={() => room.say('hello')}>Say</button>
      <button onClick={room.read}>Read</button>
      <button onClick={type}>Type</button>
      <output id="unread">{room.conversation?.unread}</output>
      <output id="typists">{Object.values(typists).join()}</output>
    </section>
  );
}

describe('the React hooks', () => {
  let cluster: TestCluster;
  let balancer: TestBalancer;
  const clients: RidewireClient[] = [];
  const roots: Root[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start();
    balancer = await TestBalancer.start(cluster.url(0));
  });
  afterEach(() => {
    for (const root of roots.splice(0)) root.unmount();
    for (const client of clients.splice(0)) client.close();
    balancer.wire.mend();
  });
  afterAll(async () => {
    await balancer.close();
    await cluster.close();
  });

  const open = async (userType: UserType, url = balancer.url) => {
    const { client } = await openApp(cluster, userType, url);
    clients.push(client);
    return client;
  };
  const render = (node: ReactNode) => {
    const page = placeInPage();
    const errors: unknown[] = [];
    const root = createRoot(page, { onUncaughtError: (error) => errors.push(error) });
    roots.push(root);
    root.render(node);
    return { page, root, errors };
  };
  const textOf = (page: Page, selector: string) => page.querySelector(selector)?.textContent;
  const untilText = (page: Page, selector: string, text: string) =>
    until(`${selector} is ${text}`, () => textOf(page, selector) === text);
  const click = (page: Page, index = 0) => page.querySelectorAll('button')[index]!.click();

  it('[CLIENT8] a component shows the connection and its trip, and how far both can be trusted', async () => {
    const client = await open(UserType.passenger);
    const { page } = render(
      <RidewireContext value={client}>
        <Ride />
      </RidewireContext>,
    );
    await untilText(page, '#status', 'closed');
    void client.connect();
    await untilText(page, '#status', 'ready');
    click(page);
    await untilText(page, '#trip', 'assigning fresh null');
    balancer.wire.cut();
    await untilText(page, '#trip', 'assigning stale null');
    balancer.wire.mend();
    await untilText(page, '#trip', 'assigning fresh true');
  });

  it('[CLIENT8] a component shows a conversation, what it says itself at once, and follows another one', async () => {
    const client = await open(UserType.passenger);
    const other = await open(UserType.driver, cluster.url(1));
    const { conversations } = other.chat();
    await other.connect();
    await conversations.join('room:hooks');
    await conversations.say('room:hooks', 'before');
    void client.connect();
    const inRoom = (id: string | null) => (
      <RidewireContext value={client}>
        <Room id={id} />
      </RidewireContext>
    );
    const { page, root } = render(inRoom(null));
    await untilText(page, 'p', 'no room');
    root.render(inRoom('room:hooks'));
    const items = () => [...page.querySelectorAll('li')].map(({ textContent }) => textContent);
    await until('what was said is there', () => items().includes('before'));
    await conversations.say('room:hooks', 'news');
    await until('it is told', () => items().includes('news'));
    await until('it is unread', () => Number(textOf(page, '#unread')) > 0);
    click(page, 1);
    await untilText(page, '#unread', '0');
    click(page, 0);
    await until('it is shown', () => items().at(-1) === 'hello');
    await until('it is sent', () => page.querySelector('.pending') === null);
    expect(items()).toEqual(['before', 'news', 'hello']);
    root.render(inRoom('room:elsewhere'));
    await until('another room is empty', () => items().length === 0);
  });

  it('[CLIENT8] a component shows who types, and tells that messages have come', async () => {
    const client = await open(UserType.passenger);
    const other = await open(UserType.driver, cluster.url(1));
    const { conversations } = other.chat();
    const own = client.chat();
    await Promise.all([client.connect(), other.connect()]);
    const { page } = render(
      <RidewireContext value={client}>
        <Room id="room:typing" />
      </RidewireContext>,
    );
    conversations.watch('room:typing', () => undefined);
    await until('both are in', () => {
      const { conversation } = conversations.look('room:typing');
      return conversation?.memberCount === 2;
    });
    const sent = await conversations.say('room:typing', 'has it come?');
    const ownId = own.hello!.userId;
    await until('it has come', () => {
      const { delivered = 0 } = conversations.look('room:typing').conversation?.marks[ownId] ?? {};
      return sent.ok && delivered >= sent.data.version;
    });
    other.chat().send('chat:typing', { conversationId: 'room:typing', isTyping: true });
    await until('it types', () => (textOf(page, '#typists') ?? '') !== '');
    await untilText(page, '#typists', '');
    const heard: boolean[] = [];
    other.chat().on('chat:typing', ({ isTyping }) => heard.push(isTyping));
    click(page, 2);
    await until('the other hears it begin and end', () => heard.length === 2);
    expect(heard).toEqual([true, false]);
  });

  it('[CLIENT8] the older chat shows two people on two instances what they say', async () => {
    const openChat = async (instance: number) => {
      const user = await cluster.addUser(UserType.passenger);
      vi.stubEnv('NEXT_PUBLIC_WS_URL', cluster.url(instance));
      const { page, root } = render(<ChatComponent token={user.token} />);
      const type = (text: string) => {
        const input = page.querySelector('input')!;
        // As a person types: React listens to the page and not to the property.
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value')!.set!.call(
          input,
          text,
        );
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      };
      await until('it asks for a name', () => page.querySelector('input') !== null);
      type('Somebody');
      await until('it has the name', () => page.querySelector('input')!.value === 'Somebody');
      click(page);
      await until('it is connected', () => page.textContent.includes('Status: Connected'));
      return { userId: user.userId, page, root, type };
    };
    const one = await openChat(0);
    const other = await openChat(1);
    const saidIn = ({ page }: typeof one) =>
      [...page.querySelectorAll('.mb-2')].map(({ childNodes }) => childNodes[2]?.textContent);
    const say = async (chat: typeof one, text: string) => {
      chat.type(text);
      await until('it is typed', () => chat.page.querySelector('input')!.value === text);
      click(chat.page);
    };
    // Whoever hears itself has joined: that was on its way still when the page showed the chat.
    await say(other, 'hi');
    await until('it has joined', () => saidIn(other).includes('hi'));
    await say(one, 'hello');
    for (const chat of [one, other])
      await until('both hear it', () => saidIn(chat).at(-1) === 'hello');
    // The socket lives as long as the component.
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry, { strict: false });
    expect(registry.ofUser(one.userId)).toHaveLength(1);
    one.root.render(null);
    await until('it is gone', () => registry.ofUser(one.userId).length === 0);
    vi.unstubAllEnvs();
  });

  it('[CLIENT8] hooks without a client say what to give', async () => {
    const { errors } = render(<Ride />);
    await until('it is said', () => errors.length > 0);
    expect(String(errors[0])).toContain('<RidewireContext value={client}>');
  });
});
