import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SessionsService } from '#libs/auth';
import { Namespace, SessionEndReason, type Ack, type ExceptionEvent } from '#libs/contracts';
import { until, type BareSocket } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { SocketServer } from '../src/socket/engine/socket-server.js';
import { TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

describe('how requests are answered', () => {
  let cluster: TestCluster;
  let client: BareSocket;
  let trial: TrialGateway;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: {
        WS_QUEUE_LENGTH: '8',
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
        WS_MAX_CONNECTIONS_PER_USER: '100',
      },
      extraModules: [TrialModule],
    });
    trial = cluster.instances[0]!.app.get(TrialGateway);
  });
  beforeEach(async () => {
    client = await cluster.connectBare(await cluster.addUser('passenger'), 0);
    trial.release();
    trial.handled.length = 0;
  });
  afterAll(() => cluster.close());

  /** Everything sent before is answered by then: requests of a socket are handled in order. */
  const mark = () => client.ask('trial:echo', 'mark');
  const exceptions = () => client.payloads<ExceptionEvent>('exception');

  it('[ACK1] whatever a method returns is answered once, in one shape', async () => {
    const expected: Record<string, Ack<unknown>> = {
      nothing: { ok: true },
      null: { ok: true, data: null },
      event: { ok: true, data: { event: 'trial:echo', data: 1 } },
      observable: { ok: true, data: 2 },
    };
    for (const [kind, answer] of Object.entries(expected)) {
      expect(await client.request('trial:odd-result', kind)).toEqual(answer);
    }
    const bytes = await client.ask<{ bytes: Uint8Array }>('trial:odd-result', 'bytes');
    expect(Buffer.from(bytes.bytes).toString()).toBe('abc');
    await mark();
    expect(exceptions()).toEqual([]);
    expect(client.received.map(({ event }) => event)).not.toContain('trial:echo');
  });

  it('[ACK1] an answer that cannot be encoded is a coded failure and ends nothing', async () => {
    for (const kind of ['bigint', 'cyclic']) {
      const answers = client.answersTo('trial:odd-result', kind);
      await mark();
      expect(answers).toEqual([
        [{ ok: false, error: expect.objectContaining({ code: 'INTERNAL', retryable: true }) }],
      ]);
    }
    expect(client.socket.connected).toBe(true);
  });

  it('[ACK1] what a method throws is answered with a code, without what only we may know', async () => {
    const codes = {
      coded: 'CONFLICT',
      ws: 'VALIDATION_FAILED',
      http: 'FORBIDDEN',
      string: 'INTERNAL',
      error: 'INTERNAL',
    };
    for (const [how, code] of Object.entries(codes)) {
      const answers = client.answersTo('trial:throw', how);
      await mark();
      expect(answers).toEqual([[{ ok: false, error: expect.objectContaining({ code }) }]]);
      expect(exceptions().at(-1)).toMatchObject({
        status: 'error',
        code,
        cause: { pattern: 'trial:throw' },
      });
    }
    expect(exceptions()).toHaveLength(5);
    expect(await client.request('trial:throw', 'coded')).toMatchObject({
      error: { details: { taken: 'seat' } },
    });
    expect(JSON.stringify(client.received)).not.toContain('1234');
  });

  it('[ACK1] guards, interceptors and pipes of Nest work and refuse with codes', async () => {
    expect(await client.ask('trial:guarded', { count: 1 })).toMatchObject({
      wrapped: { count: 1 },
    });
    expect(await client.request('trial:guarded', { count: 2 })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
    expect(await client.ask('trial:piped', { count: '12' })).toBe(12);
    expect(await client.request('trial:piped', { count: 'x' })).toMatchObject({
      error: { code: 'VALIDATION_FAILED' },
    });
  });

  it('[ACK1] an unknown event is answered, and the exception does not echo the payload', async () => {
    const answers = client.answersTo('no:such:event', { secret: 'payload-1234' });
    await mark();
    expect(answers).toEqual([
      [{ ok: false, error: expect.objectContaining({ code: 'UNKNOWN_EVENT', retryable: false }) }],
    ]);
    expect(exceptions()).toEqual([
      {
        status: 'error',
        code: 'UNKNOWN_EVENT',
        message: expect.any(String),
        retryable: false,
        cause: { pattern: 'no:such:event' },
      },
    ]);
    client.answersTo('x'.repeat(5_000), {});
    await mark();
    expect(JSON.stringify(exceptions().at(-1)).length).toBeLessThan(400);
    for (const name of ['__proto__', 'constructor', 'toString', 'message']) {
      expect(await client.requestAnything(name, {})).toMatchObject({
        error: { code: 'UNKNOWN_EVENT' },
      });
    }
  });

  it('[ACK1] events with names that are no text, and without payload, end nothing', async () => {
    const user = await cluster.addUser('passenger');
    const raw = await RawClient.open(cluster.url(0));
    await raw.enter('/passengers', user.token);
    raw.send(
      '42/passengers,1[5]',
      '42/passengers,2[0,{"a":1}]',
      '42/passengers,["error"]',
      '42/passengers,3["trial:echo"]',
      '42/passengers,4["trial:checked"]',
      '43/passengers,99["an answer to nothing"]',
      '42/passengers,5["trial:echo","mark"]',
    );
    await raw.waitFor((packet) => packet.startsWith('43/passengers,5'));
    const answers = raw.received
      .filter((packet) => packet.startsWith('43/'))
      .map((packet) => packet.slice('43/passengers,'.length));
    expect(answers.map((answer) => [answer[0], /"code":"(\w+)"/.exec(answer)?.[1]])).toEqual([
      ['1', 'UNKNOWN_EVENT'],
      ['2', 'UNKNOWN_EVENT'],
      ['3', undefined],
      ['4', 'VALIDATION_FAILED'],
      ['5', undefined],
    ]);
    raw.close();
  });

  it('[ACK1] a payload of another shape is refused with details that do not echo it', async () => {
    const cases: [unknown, RegExp][] = [
      [{ count: 'payload-1234', name: 'a' }, /count must be an integer/],
      [{ count: 11, name: 'a' }, /count must not be greater than 10/],
      [{ count: 1 }, /name must be a string/],
      [[1, 2], /must be an object/],
      ['payload-1234', /must be an object/],
      [null, /count must be/],
    ];
    for (const [payload, detail] of cases) {
      const ack = await client.request('trial:checked', payload);
      expect(ack).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION_FAILED', retryable: false },
      });
      if (ack.ok) throw new Error('unreachable');
      expect((ack.error.details as string[]).some((line) => detail.test(line))).toBe(true);
    }
    expect(JSON.stringify(client.received)).not.toContain('payload-1234');
    expect(await client.ask('trial:checked', { count: 1, name: 'a', unknown: true })).toEqual({
      count: 1,
      name: 'a',
    });
  });

  it('[ORD1] requests of one socket are handled and answered in order, however slow the first is', async () => {
    const order: number[] = [];
    client.socket.emit('trial:hold', 0, () => order.push(0));
    for (let i = 1; i <= 7; i += 1) client.socket.emit('trial:echo', i, () => order.push(i));
    await until('the first is being handled', () => trial.held === 1);
    expect(trial.handled).toEqual([]);
    trial.release();
    await until('all are answered', () => order.length === 8);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(trial.handled).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('[ORD1] one socket waits for no other', async () => {
    const other = await cluster.connectBare(await cluster.addUser('passenger'), 0);
    const hanging = client.answersTo('trial:hold', 'mine');
    await until('it hangs', () => trial.held === 1);
    expect(await other.ask('trial:echo', 'other')).toBe('other');
    expect(hanging).toEqual([]);
    trial.release();
    await until('it is answered', () => hanging.length === 1);
  });

  it('[ORD1] what exceeds the queue is refused at once with QUEUE_FULL', async () => {
    const answers: { payload: number; ack: Ack<unknown> }[] = [];
    const send = (event: string, payload: number) =>
      client.socket.emit(event, payload, (ack: Ack<unknown>) => answers.push({ payload, ack }));
    send('trial:hold', 0);
    // An instance that must hear of revocations first keeps it waiting with the others.
    await until('it is being handled', () => trial.held === 1);
    for (let i = 1; i < 12; i += 1) send('trial:echo', i);
    await until('three are refused', () => answers.length === 3);
    for (const { ack } of answers)
      expect(ack).toMatchObject({ ok: false, error: { code: 'QUEUE_FULL', retryable: true } });
    expect(answers.map(({ payload }) => payload)).toEqual([9, 10, 11]);
    trial.release();
    await until('all are answered', () => answers.length === 12);
    expect(answers.slice(3).map(({ payload, ack }) => [payload, ack.ok])).toEqual(
      Array.from({ length: 9 }, (_, i) => [i, true]),
    );
  });

  it('[ACK1] a client that leaves in the middle leaves nothing behind', async () => {
    const user = await cluster.addUser('passenger');
    const leaver = await cluster.connectBare(user, 0);
    leaver.socket.emit('trial:hold', 'left');
    leaver.socket.emit('trial:echo', 'never');
    await until('it hangs', () => trial.held === 1);
    leaver.close();
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
    await until(
      'it is forgotten',
      () => registry.ofUser(user.userId).length === 0 && trial.left.includes(user.userId),
    );
    trial.release();
    await mark();
    expect(trial.handled).not.toContain('never');
  });

  it('[LEAK1] a driver and a passenger receive what is their own and nothing of another', async () => {
    const users = await Promise.all(
      ['driver', 'driver', 'passenger'].map((type) => cluster.addUser(type as 'driver')),
    );
    const [quiet, busy, passenger] = users as [TestUser, TestUser, TestUser];
    const bystanders = [
      await cluster.connectBare(quiet, 1),
      await cluster.connectBare(passenger, 1),
      client,
    ];
    const chat = cluster.openBare(Namespace.chat, 1, { token: quiet.token });
    await chat.waitFor('hello');
    const actors = [await cluster.connectBare(busy, 0), await cluster.connectBare(busy, 1)];
    const dispatcher = await cluster.connectBare(await cluster.addUser('admin'), 0);
    for (const actor of actors) {
      await actor.ask('driver:location:ping', { lat: 41.9, lng: 12.5 });
      await actor.ask('driver:status:update', { availabilityStatus: 'AVAILABLE' });
      await actor.ask('driver:trip:set', { tripId: 'trip-of-busy' });
      await actor.request('driver:status:update', { isOnline: false });
      await actor.ask('driver:trip:set', { tripId: null });
    }
    await dispatcher
      .waitFor<{ driverId: string }>(
        'driver:location:update',
        ({ driverId }) => driverId === busy.userId,
      )
      .catch(() => dispatcher.waitFor('driver:snapshot'));
    // What was published before on instance 0 has come before this.
    const marker = await cluster.connectBare(quiet, 0);
    const { version } = await marker.ask<{ version: number }>('driver:status:update', {
      availabilityStatus: 'AVAILABLE',
    });
    await bystanders[0]!.waitFor<{ version: number }>(
      'driver:availability:update',
      (update) => update.version === version,
    );
    for (const bystander of [...bystanders, chat]) {
      expect(JSON.stringify(bystander.received)).not.toContain(busy.userId);
      expect(JSON.stringify(bystander.received)).not.toContain('trip-of-busy');
    }
    expect([...new Set(bystanders[0]!.received.map(({ event }) => event))]).toEqual([
      'hello',
      'driver:availability:update',
    ]);
    const eventsOf = ({ received }: BareSocket) => received.map(({ event }) => event);
    expect(eventsOf(bystanders[1]!)).toEqual(['hello']);
    // On /chat everybody is told of the lobby, and greeted as the older chat did.
    expect(new Set(eventsOf(chat))).toEqual(
      new Set(['hello', 'chat:conversation', 'welcome', 'authenticated']),
    );
  });

  it('[ACK1] what is under way when the session is revoked is answered before the cut, once', async () => {
    const user = await cluster.addUser('passenger');
    const revoked = await cluster.connectBare(user, 0);
    const acks: unknown[][] = [];
    for (const event of ['trial:hold', 'trial:echo']) {
      revoked.socket.emit(event, 'cut short', (...ack: unknown[]) => acks.push(ack));
    }
    await until('it is being handled', () => trial.held === 1);
    const sessions = cluster.instances[1]!.app.get(SessionsService, { strict: false });
    await sessions.revoke(user.sid, null, SessionEndReason.revokedByAdmin);
    await until('it is cut', () => !revoked.socket.connected);
    trial.release();
    await until('the method has ended', () => trial.handled.length > 0);
    await mark();
    const refused = { ok: false, error: expect.objectContaining({ code: 'SESSION_REVOKED' }) };
    expect(acks).toEqual([[refused], [refused]]);
    expect(trial.handled).toEqual(['cut short', 'mark']);
  });

  it('[NSP1] requests wait for the welcome; who leaves in the middle of it stays in no room', async () => {
    const patient = cluster.openBareOf(await cluster.addUser('passenger'), 0, {
      slowWelcome: true,
    });
    const answers: unknown[] = [];
    patient.socket.emit('trial:echo', 'early', (ack: unknown) => answers.push(ack));
    await until('it is being welcomed', () => trial.held === 1);
    const leaver = await cluster.addUser('passenger');
    const hasty = cluster.openBareOf(leaver, 0, { slowWelcome: true });
    await until('both are being welcomed', () => trial.held === 2);
    hasty.close();
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
    await until('one has left', () => registry.ofUser(leaver.userId).length === 0);
    expect([trial.handled, trial.left.includes(leaver.userId)]).toEqual([[], false]);
    trial.release();
    await until('the other is served', () => answers.length === 1);
    expect(answers).toEqual([{ ok: true, data: 'early' }]);
    await until('the gateway has said goodbye', () => trial.left.includes(leaver.userId));
    const { rooms } = cluster.instances[0]!.app.get(SocketServer).namespace(
      Namespace.passengers,
    ).adapter;
    expect([...(rooms.get('trial:late') ?? [])]).toEqual([patient.socket.id]);
  });
});
