import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountGroups } from '#libs/auth';
import { Namespace, UserType, type TripView } from '#libs/contracts';
import { OtlpReceiver, until, WebhookReceiver, type TracedSpan } from '#libs/testing';
import { chatter, enterChat, freeCab, join, say, takeTrip, textsTold } from './chat-scene.js';
import { TestCluster } from './cluster.js';

const TRACE = 'a1'.repeat(16);
const OTHER_TRACE = 'b2'.repeat(16);
const traceparent = (traceId: string) => `00-${traceId}-${'c3'.repeat(8)}-01`;

describe('traces of two instances', () => {
  let collector: OtlpReceiver;
  let company: WebhookReceiver;
  let cluster: TestCluster;

  beforeAll(async () => {
    collector = await OtlpReceiver.start();
    company = await WebhookReceiver.start();
    cluster = await TestCluster.start({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_TRACES_SAMPLER_ARG: '1',
        OTEL_EXPORT_INTERVAL: '50ms',
        WEBHOOK_URL: company.url,
        WEBHOOK_SECRET: 'a-secret-of-webhooks-with-32-characters',
      },
    });
  });
  afterAll(async () => {
    await cluster?.close();
    await company?.close();
    await collector?.close();
  });

  const pickup = { lat: 44, lng: 12.5 };
  const request = {
    paymentMode: 'cash',
    pickupPoint: pickup,
    stops: [{ point: { lat: 44.05, lng: 12.5 } }],
  };

  it('[TRACE1] shows one trip from its request to its end: over both instances, in Redis, and to the webhook', async () => {
    const driver = await cluster.addUser(UserType.driver);
    const cab = await freeCab(cluster, driver, pickup);
    const rider = await cluster.connect(await cluster.addUser(UserType.passenger), 0, {
      traceparent: traceparent(TRACE),
    });
    const { tripId } = await rider.ask<TripView>('trip:request', request);
    await takeTrip(cab, tripId);
    for (const step of ['trip:arrive', 'trip:start', 'trip:complete'] as const)
      await cab.ask(step, { tripId });
    await rider.waitFor('trip:completed');

    const named = (name: string, fits: (span: TracedSpan) => boolean = () => true) =>
      collector.ofTrace(TRACE).filter((span) => span.name === name && fits(span));
    const deliveredBy = (event: string) =>
      named('deliver', ({ attributes }) => attributes['ridewire.trip.event'] === event).map(
        ({ instance }) => instance,
      );
    const isTraced = (name: string, fits?: (span: TracedSpan) => boolean) =>
      until(`${name} is traced`, () => named(name, fits).length > 0);
    // Each instance exports by itself: nothing says which of them comes first.
    for (const name of [
      'connect',
      'welcome',
      'trip:request',
      'assigning_started',
      'trip_completed',
    ])
      await isTraced(name);
    await isTraced('webhook', ({ attributes }) => attributes['ridewire.fact'] === 'trip.completed');
    const [asked] = named('trip:request');
    const [requested] = named('assigning_started');
    const [completed] = named('trip_completed');
    expect(asked).toMatchObject({ parentSpanId: 'c3'.repeat(8) });
    await isTraced('script commit_trip', ({ parentSpanId }) => parentSpanId === requested!.spanId);
    expect(named('connect')).toMatchObject([{ instance: asked!.instance }]);
    expect(named('welcome')).toHaveLength(1);
    expect(requested).toMatchObject({
      parentSpanId: asked!.spanId,
      attributes: { 'ridewire.trip.id': tripId },
    });
    expect(
      named('script commit_trip', ({ parentSpanId }) => parentSpanId === requested!.spanId),
    ).toMatchObject([{ attributes: { 'db.system.name': 'redis' } }]);
    // The driver's instance did the last step, which belongs to the trip and to the driver's request.
    expect(completed!.instance).not.toBe(asked!.instance);
    const findEnd = () => collector.spans.find(({ name }) => name === 'trip:complete');
    await until('the request for the end is traced', () => findEnd() !== undefined);
    const end = findEnd()!;
    expect(completed!.links).toMatchObject([{ traceId: end.traceId, spanId: end.spanId }]);
    // Over Redis: the offer reached the driver there, and the end the passenger here.
    await until('the offer is told there', () =>
      deliveredBy('driver_offered').includes(completed!.instance),
    );
    await until('the end is told here', () =>
      deliveredBy('trip_completed').includes(asked!.instance),
    );
    const findWebhook = () => company.received.find(({ fact }) => fact.type === 'trip.completed');
    await until('the webhook has come', () => findWebhook() !== undefined);
    const webhook = findWebhook()!;
    expect(webhook.headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`));
    expect(JSON.stringify(webhook.fact)).not.toContain('traceparent');
    for (const span of collector.ofTrace(TRACE)) {
      expect(JSON.stringify(span)).not.toContain(driver.userId);
    }
  });

  const deliveries = (traceId: string, kind: string) =>
    collector
      .ofTrace(traceId)
      .filter(
        ({ name, attributes }) =>
          name === 'deliver' && attributes['ridewire.channel.kind'] === kind,
      );

  it('[TRACE4] shows a message from its request to every instance that has a reader, and its readers get nothing of that', async () => {
    const traceId = 'd4'.repeat(16);
    const user = await cluster.addUser(UserType.passenger);
    const ada = await enterChat(cluster, user, 0, { traceparent: traceparent(traceId) });
    const bo = await chatter(cluster, 1);
    for (const client of [ada, bo.client]) await join(client, 'lobby');
    await say(ada, 'lobby', 'where does this go?');
    await until('it is told', () => textsTold(bo.client, 'lobby').length === 1);
    await until('both instances have told it', () => {
      const sent = collector.ofTrace(traceId).find(({ name }) => name === 'chat:send');
      const told = deliveries(traceId, 'chat').filter(
        ({ parentSpanId }) => parentSpanId === sent?.spanId,
      );
      return new Set(told.map(({ instance }) => instance)).size === 2;
    });
    expect(JSON.stringify(bo.client.received)).not.toContain('traceparent');
    const { messages } = await bo.client.ask<{ messages: object[] }>('chat:history', {
      conversationId: 'lobby',
    });
    expect(JSON.stringify(messages)).not.toContain('traceparent');
    expect(JSON.stringify(collector.ofTrace(traceId))).not.toContain(user.userId);
  });

  it('[TRACE4] shows a notification from the request of a company to the instances of its receivers', async () => {
    const [toOne, toAll] = ['e5'.repeat(16), 'f6'.repeat(16)];
    const user = await cluster.addUser(UserType.passenger);
    const client = await cluster.connect(user, 1);
    const { token } = await cluster.addUser(UserType.admin);
    const send = async (traceId: string, audience: object) => {
      const response = await fetch(`${cluster.url(0)}/api/admin/notifications`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          traceparent: traceparent(traceId),
        },
        body: JSON.stringify({ ...audience, title: 'news' }),
      });
      expect(response.status).toBe(201);
    };
    await send(toOne, { audience: 'user', userId: user.userId });
    await send(toAll, { audience: 'everybody' });
    await until('both are traced to where they are told', () =>
      [deliveries(toOne, 'person'), deliveries(toAll, 'box')].every((spans) => spans.length > 0),
    );
    await until('both are told', () => client.payloads('notification').length === 2);
    expect(JSON.stringify(client.received)).not.toContain('traceparent');
  });

  it('[TRACE4] shows a position from its ping to the instance of a dispatcher', async () => {
    const traceId = '0a'.repeat(16);
    const dispatcher = await cluster.connect(await cluster.addUser(UserType.admin), 1);
    await dispatcher.waitFor('driver:snapshot');
    const user = await cluster.addUser(UserType.driver);
    const driver = await cluster.connect(user, 0, { traceparent: traceparent(traceId) });
    await driver.ask('driver:location:ping', { lat: 10, lng: 10 });
    await until('it is traced to its view', () => deliveries(traceId, 'positions').length > 0);
    const find = (name: string) => collector.ofTrace(traceId).find((span) => span.name === name);
    for (const name of ['driver:location:ping', 'store positions', 'script store_fixes'])
      await until(`${name} is traced`, () => find(name) !== undefined);
    const named = (name: string) => find(name)!;
    const [ping, store] = [named('driver:location:ping'), named('store positions')];
    expect(store.parentSpanId).toBe(ping.spanId);
    expect(named('script store_fixes').parentSpanId).toBe(store.spanId);
    const [view] = deliveries(traceId, 'positions');
    expect(view).toMatchObject({ parentSpanId: store.spanId });
    expect(view!.instance).not.toBe(ping.instance);
    await until('the dispatcher sees it', () =>
      JSON.stringify(dispatcher.received).includes(user.userId),
    );
    await until('the tick that shows it is traced', () =>
      framesOf(traceId, 'showing the fleet').some(
        ({ parentSpanId }) => parentSpanId === view!.spanId,
      ),
    );
  });

  const framesOf = (traceId: string, loop: string) =>
    collector
      .ofTrace(traceId)
      .filter(
        ({ name, attributes }) =>
          name === 'show frames' && attributes['ridewire.frames.of'] === loop,
      );

  it('[TRACE4] shows a position on /tracking from its request to the frames of another instance', async () => {
    const traceId = '1b'.repeat(16);
    const [mover, viewer] = [await groupMember(), await groupMember()];
    const seer = await cluster.openApp(Namespace.tracking, viewer, 1);
    await seer.waitFor('initialLocations');
    const auth = { traceparent: traceparent(traceId) };
    const phone = await cluster.openApp(Namespace.tracking, mover, 0, auth);
    await phone.waitFor('initialLocations');
    await phone.ask('locationUpdate', { lat: 20, lng: 20 });
    await until('the other sees it', () =>
      JSON.stringify(seer.payloads('locationBroadcast')).includes(mover.userId),
    );
    const spansOf = (name: string, ...parents: { spanId: string }[]) =>
      collector
        .ofTrace(traceId)
        .filter(
          (span) =>
            span.name === name && parents.some(({ spanId }) => spanId === span.parentSpanId),
        );
    const told = () => {
      const asked = collector.ofTrace(traceId).filter(({ name }) => name === 'locationUpdate');
      const stored = spansOf('store presence', ...asked);
      return deliveries(traceId, 'tracked').filter(
        ({ parentSpanId, instance }) =>
          asked.some((each) => each.instance !== instance) &&
          stored.some(({ spanId }) => spanId === parentSpanId) &&
          spansOf('script change_holds', ...stored).length > 0,
      );
    };
    await until('its frame there is traced', () => spansOf('show frames', ...told()).length > 0);
    const [frame] = spansOf('show frames', ...told());
    expect(frame!.attributes).toMatchObject({
      'ridewire.frames.of': 'showing tracked people',
      'ridewire.frames.shown': 1,
      'ridewire.frames.skipped': 0,
    });
    expect(JSON.stringify([seer.received, phone.received])).not.toContain('traceparent');
    expect(JSON.stringify(collector.ofTrace(traceId))).not.toContain(mover.userId);
  });

  const groupMember = async () => {
    const user = await cluster.addUser(UserType.driver);
    const groups = cluster.instances[0]!.app.get(AccountGroups, { strict: false });
    await groups.set(user.userId, ['traced']);
    return user;
  };

  it('[TRACE4] shows what is only passed on: who types, a pointer, a fact for the devices of a person', async () => {
    const [typed, pointed, told] = ['2c'.repeat(16), '3d'.repeat(16), '4e'.repeat(16)];
    const passed = (traceId: string, kind: string) =>
      deliveries(traceId, kind).some(({ attributes }) => attributes['ridewire.channel.passing']);
    const typist = await enterChat(cluster, await cluster.addUser(UserType.passenger), 0, {
      traceparent: traceparent(typed),
    });
    const reader = await chatter(cluster, 1);
    for (const client of [typist, reader.client]) await join(client, 'lobby');
    typist.send('chat:typing', { conversationId: 'lobby', isTyping: true });
    await until('typing is traced to the other instance', () => passed(typed, 'chat'));

    await cluster.connect(await cluster.addUser(UserType.admin), 1);
    const pointer = await cluster.connect(await cluster.addUser(UserType.admin), 0, {
      traceparent: traceparent(pointed),
    });
    pointer.send('cursor:move', { x: 1, y: 1 });
    await until('the pointer is traced there', () => passed(pointed, 'desk'));

    const user = await cluster.addUser(UserType.driver);
    const elsewhere = await cluster.connect(user, 1);
    const driver = await cluster.connect(user, 0, { traceparent: traceparent(told) });
    await driver.ask('driver:status:update', { isAvailableForTrips: true });
    await until('the fact is traced there', () =>
      deliveries(told, 'person').some(
        ({ attributes }) => attributes['ridewire.event'] === 'driver:availability:update',
      ),
    );
    expect(JSON.stringify([reader.client.received, elsewhere.received])).not.toContain(
      'traceparent',
    );
  });

  it('[TRACE2] goes on with the trace of a REST request, and says of a failure its code', async () => {
    const user = await cluster.addUser(UserType.passenger);
    const response = await fetch(`${cluster.url(1)}/api/trips/no-such-trip`, {
      headers: {
        authorization: `Bearer ${user.token}`,
        traceparent: traceparent(OTHER_TRACE),
        'x-request-id': 'from-the-app-7',
      },
    });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-request-id')).toBe('from-the-app-7');
    await until('it is traced', () =>
      collector.ofTrace(OTHER_TRACE).some(({ name }) => name.startsWith('GET')),
    );
    const span = collector.ofTrace(OTHER_TRACE).find(({ name }) => name.startsWith('GET'));
    expect(span).toMatchObject({ attributes: { 'http.response.status_code': 404 } });
    expect(span!.name).toMatch(/^GET .*:/);
  });

  it('[TRACE2] lets clients in whatever they say of a trace', async () => {
    for (const odd of ['nonsense', 7, {}, `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`]) {
      const client = await cluster.connect(await cluster.addUser(UserType.driver), 1, {
        traceparent: odd,
      });
      expect(client.isConnected).toBe(true);
    }
  });
});
