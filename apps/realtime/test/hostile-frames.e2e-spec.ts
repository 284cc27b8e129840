import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '#libs/testing';
import { Admission } from '../src/socket/connection/admission.js';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { unreadBytes } from '../src/socket/engine/insides.js';
import { TestCluster } from './cluster.js';
import { RawClient, type RawFrame } from './raw-client.js';
import { TrialModule } from './trial.gateway.js';

const PING = 0x89;
const PONG = 0x8a;
const TEXT = 0x81;
const BEGUN_TEXT = 0x01;
const CONTINUED = 0x00;
const ENDED = 0x80;

const many = (count: number, frame: RawFrame): RawFrame[] =>
  Array.from({ length: count }, () => frame);

describe('frames that no library sends', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: {
        WS_RATE_PER_SECOND: '10',
        WS_RATE_BURST: '20',
        WS_MAX_PAYLOAD_BYTES: '2048',
        WS_TRANSPORTS: 'polling,websocket',
        WS_MAX_CONNECTIONS_PER_USER: '100',
      },
      extraModules: [TrialModule],
    });
  });
  afterAll(() => cluster.close());

  const admission = () => cluster.instances[0]!.app.get(Admission);
  /** Before and after authentication. */
  const openBoth = async (): Promise<RawClient[]> => {
    const { token } = await cluster.addUser('passenger');
    const clients = [await RawClient.open(cluster.url(0)), await RawClient.open(cluster.url(0))];
    await clients[1]!.enter('/passengers', token);
    return clients;
  };

  it('[LIM1] pings and pongs of WebSocket are answered up to the budget, then the connection is ended', async () => {
    for (const client of await openBoth()) {
      client.sendFrames(...many(15, { first: PING, payload: 'x'.repeat(125) }));
      await until('each is answered', () => client.pongs === 15);
      client.sendFrames(...many(1_000, { first: PING, payload: 'x'.repeat(125) }));
      await client.waitUntilClosed();
      expect(client.pongs).toBeLessThan(100);
    }
    for (const client of await openBoth()) {
      client.sendFrames(...many(1_000, { first: PONG }));
      await client.waitUntilClosed();
    }
    await until('nobody is left', () => admission().size === 0);
  });

  it('[SLOW1] what waits for a client that pings and does not read stays small, whatever its pace', async () => {
    const user = await cluster.addUser('passenger');
    const client = await RawClient.open(cluster.url(0));
    await client.enter('/passengers', user.token);
    const registry = cluster.instances[0]!.app.get(ConnectionRegistry);
    const socket = registry.ofUser(user.userId)[0]!;
    client.pause();
    let peakBytes = 0;
    const ping = { first: PING, payload: 'x'.repeat(125) };
    while (!client.isClosed && socket.connected) {
      client.sendFrames(...many(500, ping));
      await new Promise((resolve) => setImmediate(resolve));
      peakBytes = Math.max(peakBytes, unreadBytes(socket));
    }
    expect(peakBytes).toBeLessThan(64_000);
    await until('nobody is left', () => admission().size === 0);
  });

  it('[LIM1] a message in too many pieces, and a piece in too many packets, end their connection', async () => {
    for (const client of await openBoth()) {
      client.sendFrames({ first: BEGUN_TEXT }, ...many(5_000, { first: CONTINUED }));
      await client.waitUntilClosed();
    }
    for (const client of await openBoth()) {
      client.sendFrames({ first: BEGUN_TEXT, payload: '4' });
      client.sendFrames(...many(5_000, { first: CONTINUED, payload: 'x' }));
      await client.waitUntilClosed();
    }
    const client = await RawClient.open(cluster.url(0));
    client.sendBytes(Buffer.from([TEXT, 0xfe, 0x07, 0xff, 0, 0, 0, 0]));
    await until('the frame never ends', () => {
      client.sendBytes(Buffer.from('x'));
      return client.isClosed;
    });
    await until('nobody is left', () => admission().size === 0);
  });

  it('[ORD1] a message in some pieces, with pings between them, is read as one', async () => {
    const { token } = await cluster.addUser('passenger');
    const client = await RawClient.open(cluster.url(0));
    await client.enter('/passengers', token);
    const pieces = '42/passengers,1["trial:echo","in pieces"]'.match(/.{1,3}/g)!;
    client.sendFrames(
      ...pieces.flatMap((payload, i) => [
        { first: i === 0 ? BEGUN_TEXT : i === pieces.length - 1 ? ENDED : CONTINUED, payload },
        ...(i % 3 === 0 ? [{ first: PING, payload: 'still there?' }] : []),
      ]),
    );
    const answer = await client.waitFor((packet) => packet.startsWith('43/passengers,1'));
    expect(answer).toContain('in pieces');
    expect(client.pongs).toBe(5);
    client.close();
  });

  it('[LIM1] packets of Engine.IO that a client has no reason to send end its connection or are counted', async () => {
    const odd: RawFrame[][] = [
      many(2_000, { first: TEXT, payload: '3' }),
      many(2_000, { first: TEXT, payload: '6' }),
      many(2_000, { first: TEXT, payload: '5' }),
      many(2_000, { first: TEXT, payload: '0' }),
      many(2_000, { first: TEXT, payload: '1' }),
      [{ first: TEXT, payload: '2' }],
      [{ first: TEXT, payload: '2probe' }],
      [{ first: TEXT, payload: '9' }],
      [{ first: TEXT, payload: 'b4=' }],
      [{ first: TEXT, payload: '4' }],
      [{ first: TEXT }],
      [{ first: 0x82 }],
      [{ first: 0x82, payload: Buffer.from([0]) }],
      // Compressed, of reserved kinds, controls that are too long or in pieces.
      [{ first: 0xc1, payload: '4' }],
      [{ first: 0xa1, payload: '4' }],
      [{ first: 0x83, payload: '4' }],
      [{ first: 0x8b }],
      [{ first: PING, payload: 'x'.repeat(126) }],
      [{ first: 0x09, payload: 'x' }],
      [{ first: CONTINUED, payload: 'x' }],
      [{ first: TEXT, payload: Buffer.from([0x34, 0xff]) }],
      [{ first: TEXT, payload: `4${'x'.repeat(3_000)}` }],
    ];
    for (const frames of odd) {
      for (const client of await openBoth()) {
        client.sendFrames(...frames);
        await client.waitUntilClosed();
      }
    }
    await until('nobody is left', () => admission().size === 0);
  });

  it('[LIM1] a client that polls has the same limits, also while it changes its transport', async () => {
    const { token } = await cluster.addUser('passenger');
    const open = async (): Promise<{ url: string; sid: string }> => {
      const url = `${cluster.url(0)}/socket.io/?EIO=4&transport=polling`;
      const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
      return { url: `${url}&sid=${sid}`, sid };
    };
    const post = async (url: string, body: string) =>
      (await fetch(url, { method: 'POST', body })).status;

    const flood = await open();
    expect(await post(flood.url, `40/passengers,${JSON.stringify({ token })}`)).toBe(200);
    await until('it is in', async () => (await (await fetch(flood.url)).text()).includes('hello'));
    const packets = Array.from({ length: 1_000 }, () => '6').join('\u001e');
    await post(flood.url, packets).catch(() => 0);
    expect((await fetch(flood.url)).status).toBe(400);

    const tooLong = await open();
    expect(await post(tooLong.url, `4${'x'.repeat(3_000)}`)).toBe(413);

    const probing = await open();
    const client = await RawClient.open(cluster.url(0), {}, `&sid=${probing.sid}`);
    client.sendFrames(...many(2_000, { first: TEXT, payload: '2probe' }));
    await client.waitUntilClosed();
    expect((await fetch(probing.url)).status).toBe(400);
    const pinging = await open();
    const pinger = await RawClient.open(cluster.url(0), {}, `&sid=${pinging.sid}`);
    pinger.sendFrames(...many(2_000, { first: PING }));
    await pinger.waitUntilClosed();
  });

  it('[SLOW1] a client that posts and never polls is closed with bounded memory', async () => {
    const slow = await TestCluster.start({
      instances: 1,
      env: {
        WS_TRANSPORTS: 'polling,websocket',
        WS_MAX_BUFFERED_BYTES: '20000',
        WS_RATE_PER_SECOND: '1000',
        WS_RATE_BURST: '1000',
      },
      extraModules: [TrialModule],
    });
    const user = await slow.addUser('passenger');
    const base = `${slow.url(0)}/socket.io/?EIO=4&transport=polling`;
    const { sid } = JSON.parse((await (await fetch(base)).text()).slice(1)) as { sid: string };
    const url = `${base}&sid=${sid}`;
    const post = (body: string) =>
      fetch(url, { method: 'POST', body }).then(
        ({ status }) => status,
        () => 0,
      );
    await post(`40/passengers,${JSON.stringify({ token: user.token })}`);
    const registry = slow.instances[0]!.app.get(ConnectionRegistry);
    await until('it is in', () => registry.ofUser(user.userId).length === 1);
    const socket = registry.ofUser(user.userId)[0]!;
    let id = 0;
    let peakBytes = 0;
    await until('it is closed', async () => {
      const text = 'x'.repeat(10_000);
      await post(`42/passengers,${(id += 1)}["trial:echo","${text}"]`);
      peakBytes = Math.max(peakBytes, unreadBytes(socket));
      return registry.ofUser(user.userId).length === 0;
    });
    expect(peakBytes).toBeGreaterThan(20_000);
    expect(await post('3')).not.toBe(200);
    await slow.close();
  });
});
