import { placeInPage } from './dom.js';
import { useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RidewireClient } from '#libs/client';
import {
  RidewireContext,
  useConnection,
  useConversation,
  useRidewire,
  useTrip,
} from '#libs/client/react';
import { UserType } from '#libs/contracts';
import { until } from '#libs/testing';
import { openApp, TestBalancer } from './client-app.js';
import { TestCluster } from './cluster.js';
import { DROPOFF, PICKUP } from './ride-people.js';

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
      <output id="unread">{room.conversation?.unread}</output>
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

  it('[CLIENT8] hooks without a client say what to give', async () => {
    const { errors } = render(<Ride />);
    await until('it is said', () => errors.length > 0);
    expect(String(errors[0])).toContain('<RidewireContext value={client}>');
  });
});
