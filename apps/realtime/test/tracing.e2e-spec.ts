import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserType, type TripView } from '#libs/contracts';
import { OtlpReceiver, until, WebhookReceiver, type TracedSpan } from '#libs/testing';
import { freeCab, takeTrip } from './chat-scene.js';
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
      expect(client.socket.connected).toBe(true);
    }
  });
});
