import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LocationService } from '#libs/location';
import { BareSocket, until } from '#libs/testing';
import { TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialGateway, TrialModule } from './trial.gateway.js';

/** An event with one attachment, the payload, as Socket.IO writes it. */
const withBytes = (id: number, bytes: string) => [
  `451-/passengers,${id}["trial:echo",{"_placeholder":true,"num":0}]`,
  Buffer.from(bytes),
];
const echo = (id: number, text: string) => `42/passengers,${id}["trial:echo","${text}"]`;

describe('requests on the wire', () => {
  let cluster: TestCluster;
  let trial: TrialGateway;
  let user: TestUser;
  let raw: RawClient;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      env: { WS_TRANSPORTS: 'websocket,polling' },
      extraModules: [TrialModule],
    });
    trial = cluster.instances[0]!.app.get(TrialGateway);
  });
  beforeEach(async () => {
    user = await cluster.addUser('passenger');
    raw = await RawClient.open(cluster.url(0));
    await raw.enter('/passengers', user.token);
    // Requests are held until the welcome is over, which goes on behind `hello`.
    raw.send(echo(0, 'welcomed'));
    await raw.waitFor((packet) => packet.startsWith('43/passengers,0'));
    raw.received.length = 0;
    trial.handled.length = 0;
  });
  afterAll(() => cluster.close());

  const handled = () => trial.handled.map(String);

  it('[ORD1] no request overtakes one with an attachment, or one that nobody serves, in one write', async () => {
    raw.send(
      echo(1, 'first'),
      ...withBytes(2, 'second'),
      echo(3, 'third'),
      '42/passengers,4["no:such:event"]',
      echo(5, 'fifth'),
      ...withBytes(6, 'sixth'),
      echo(7, 'last'),
    );
    await raw.waitFor((packet) => packet.startsWith('43/passengers,7'));
    expect(handled()).toEqual(['first', 'second', 'third', 'fifth', 'sixth', 'last']);
    const answered = raw.received
      .map((packet) => /^(?:43|461-)\/passengers,(\d)/.exec(packet)?.[1])
      .filter((id) => id !== undefined);
    expect(answered).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    raw.close();
  });

  it('[ORD1] what is sent behind the end of a namespace, in one write, is not handled', async () => {
    raw.send(echo(1, 'before'), '41/passengers,', echo(2, 'behind'));
    await raw.waitFor((packet) => packet.startsWith('43/passengers,1'));
    raw.send(echo(3, 'later'));
    await raw.waitUntilClosed();
    expect(handled()).toEqual(['before']);
  });

  it('[ACK1] a malformed packet ends its connection, and nothing of it or behind it is handled', async () => {
    const malformed = [
      ['42/passengers,1["trial:echo","broken"'],
      ['42/passengers,1{"trial:echo":"no list"}'],
      ['42/passengers,1["disconnect","reserved"]'],
      ['42/passengers,1[null,"no name"]'],
      ['47/passengers,1["trial:echo","no such type"]'],
      [withBytes(1, 'never')[0]!, echo(2, 'between the parts')],
      [Buffer.from('of nothing')],
    ];
    for (const packets of malformed) {
      const client = await RawClient.open(cluster.url(0));
      await client.enter('/passengers', user.token);
      client.send(...packets, echo(9, 'behind'));
      await client.waitUntilClosed();
    }
    expect(handled()).toEqual([]);
    raw.close();
  });

  it('[ACK1] a request between the parts of a packet that come apart ends the connection as well', async () => {
    const witness = await cluster.connect(user, 0);
    raw.send(withBytes(1, 'never')[0]!);
    for (let i = 0; i < 5; i += 1) await witness.ask('trial:echo', 'meanwhile');
    raw.send(echo(2, 'between the parts'));
    await raw.waitUntilClosed();
    expect(handled()).not.toContain('between the parts');
  });

  it('[AUTH1] a request for a namespace that its connection is not in is not handled, whatever else it is in', async () => {
    const driver = await cluster.addUser('driver');
    const namespaces = ['/drivers', '/drivers?token=x', '/driver', '/'];
    for (const namespace of namespaces) {
      const client = await RawClient.open(cluster.url(0));
      await client.enter('/passengers', user.token);
      const fix = `{"lat":41.9,"lng":12.5}`;
      client.send(`42${namespace},1["driver:location:ping",${fix}]`, echo(2, 'behind'));
      await client.waitUntilClosed();
      expect(client.received.filter((packet) => packet.startsWith('43'))).toEqual([]);
    }
    expect(handled()).toEqual([]);
    const locations = cluster.instances[0]!.app.get(LocationService);
    expect(await locations.lastPositions([user.userId, driver.userId])).toEqual([null, null]);
    raw.close();
  });

  it('[ACK1] requests of two namespaces on one connection are each answered in their own', async () => {
    const driver = await cluster.addUser('driver');
    const client = await RawClient.open(cluster.url(0));
    await client.enter('/drivers', driver.token);
    await client.enter('/chat', driver.token);
    const token = JSON.stringify({ token: driver.token });
    client.send(
      `42/chat,7["auth:refresh",${token}]`,
      '42/drivers,7["driver:location:ping",{"lat":41.9,"lng":12.5}]',
      '42/chat,8["driver:location:ping",{"lat":41.9,"lng":12.5}]',
    );
    const ack = (head: string) => client.waitFor((packet) => packet.startsWith(head));
    expect(await ack('43/drivers,7')).toContain('"verdict":"stored"');
    expect(await ack('43/chat,7')).toContain('"expiresAt"');
    expect(await ack('43/chat,8')).toContain('UNKNOWN_EVENT');
    client.close();
    raw.close();
  });

  it('[ACK1] an event without an ack is handled, and only a refusal of it is told', async () => {
    raw.send('42/passengers,["trial:echo","quiet"]', '42/passengers,["trial:throw","coded"]');
    await raw.waitFor((packet) => packet.includes('"exception"') && packet.includes('CONFLICT'));
    expect(handled()).toEqual(['quiet']);
    expect(raw.received.filter((packet) => packet.startsWith('43'))).toEqual([]);
    raw.close();
  });

  it('[ACK1] answers of every size, and with letters of every kind, come as they are', async () => {
    const client = await cluster.connect(user, 0);
    const texts = [60, 88, 89, 90, 200, 65_000].map((length) => 'x'.repeat(length));
    for (const text of [...texts, '\u00e9\u20ac\ud83d\ude95', '"\\\n']) {
      expect(await client.ask('trial:echo', text)).toBe(text);
    }
    raw.close();
  });

  it('[ACK1] a client that polls is answered as well, with bytes where they are', async () => {
    const client = BareSocket.open(
      cluster.url(0),
      '/passengers',
      { token: user.token },
      { transports: ['polling'] },
    );
    await until('it is in', () => client.payloads('hello').length === 1);
    expect(await client.ask('trial:echo', '\u00e9')).toBe('\u00e9');
    const bytes = await client.ask<{ bytes: Uint8Array }>('trial:odd-result', 'bytes');
    expect(Buffer.from(bytes.bytes).toString()).toBe('abc');
    client.socket.disconnect();
    raw.close();
  });
});
