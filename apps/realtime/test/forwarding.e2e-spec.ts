import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';
import { InstanceDirectory, InstancesModule } from '#libs/instances';
import { Log } from '#libs/observability';
import { startBalancer, startModules, BareSocket, testEnvironment, until } from '#libs/testing';
import { ConnectionRegistry } from '../src/socket/connection/connection-registry.js';
import { Admission } from '../src/socket/connection/admission.js';
import { UpgradeRelay } from '../src/socket/forwarding/upgrade-relay.js';
import { TestCluster } from './cluster.js';
import { InstanceProcess } from './instance-process.js';
import { TrialModule } from './trial.gateway.js';

const POLL = '/socket.io/?EIO=4&transport=polling';
const FORWARDED = 'x-ridewire-forwarded';
/** Shorter than the patience of a test: a lost request is asked again. */
const ANSWER_TIMEOUT_MS = 5_000;
const UNKNOWN = { code: 1, message: 'Session ID unknown' };

describe('what instances send on to each other', () => {
  let cluster: TestCluster;
  const ends: (() => unknown)[] = [];

  const start = async (env: Record<string, string> = {}) => {
    cluster = await TestCluster.start({ env, extraModules: [TrialModule] });
    ends.push(() => cluster.close());
  };
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const appOf = (instance: number) => cluster.instances[instance]!.app;
  const open = async (instance: number, headers: Record<string, string> = {}) => {
    const answer = await fetch(cluster.url(instance) + POLL, { headers });
    const { sid } = JSON.parse((await answer.text()).slice(1)) as { sid: string };
    return sid;
  };
  const ask = async (
    instance: number,
    sid: string,
    {
      body,
      headers = {},
    }: { body?: string | ReadableStream; headers?: Record<string, string> } = {},
  ) => {
    const answer = await fetch(`${cluster.url(instance)}${POLL}&sid=${sid}`, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body, duplex: 'half' }),
    } as RequestInit);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const seenBy = (instance: number) => {
    const seen: IncomingMessage[] = [];
    const server = appOf(instance).getHttpServer() as Server;
    server.prependListener('request', (request: IncomingMessage) => seen.push(request));
    return seen;
  };
  const refusedBy = (instance: number) => {
    const lines: { code?: string; address?: string }[] = [];
    Object.assign(appOf(instance).get(Log), {
      info: (fields: object, text: string) => text === 'refused' && lines.push(fields),
    });
    return lines;
  };
  const polling = (url: string, token: string, options: Parameters<typeof io>[1] = {}) => {
    const client = new BareSocket(
      io(`${url}/passengers`, {
        auth: { token },
        transports: ['polling'],
        forceNew: true,
        ...options,
      }),
    );
    ends.push(() => client.close());
    return client;
  };
  const balanced = async () => {
    const balancer = await startBalancer(() => cluster.instances.map(({ url }) => url));
    ends.push(() => balancer.close());
    return balancer;
  };

  it('[CONN3] comes to the owner as the client sent it, with its true address', async () => {
    await start({ TRUST_PROXY_HOPS: '1' });
    const sid = await open(0, { 'x-forwarded-for': '203.0.113.8' });
    const seen = seenBy(0);
    const headers = {
      'x-forwarded-for': '198.51.100.1, 203.0.113.8',
      'x-custom': 'kept',
      authorization: 'Bearer x',
      'user-agent': 'an app',
      origin: 'https://app.example.com',
    };
    const { status, headers: answered } = await ask(1, sid, { headers, body: '40/drivers,é' });
    expect(status).toBe(200);
    expect(answered.get('access-control-allow-origin')).toBe(headers.origin);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.headers).toMatchObject({
      ...headers,
      host: new URL(cluster.url(1)).host,
      'content-length': String(Buffer.byteLength('40/drivers,é')),
    });
    expect(seen[0]!.headers[FORWARDED]).toMatch(/^203\.0\.113\.8 /);
    const refused = refusedBy(0);
    await ask(1, sid.slice(0, 8) + 'A'.repeat(20), { headers });
    expect(refused).toEqual([expect.objectContaining({ address: '203.0.113.8' })]);
  });

  it('[CONN3] goes nowhere that a client names, and costs nothing for ids that clients make up', async () => {
    await start();
    let reached = 0;
    const victim = createServer(() => (reached += 1)).listen(0, '127.0.0.1');
    await once(victim, 'listening');
    ends.push(() => victim.close());
    const address = `127.0.0.1:${(victim.address() as AddressInfo).port}`;
    const forged = Array.from({ length: 100 }, () => randomBytes(21).toString('base64url'));
    const answers = await Promise.all(
      [...forged, address, `http://${address}/`, `${address}${'A'.repeat(12)}`].map((sid) =>
        ask(1, encodeURIComponent(sid), {
          headers: {
            [FORWARDED]: address,
            'x-forwarded-host': address,
            forwarded: `host=${address}`,
          },
        }),
      ),
    );
    const named = await Promise.all(forged.map((sid) => ask(0, sid)));
    for (const { status, text } of [...answers, ...named]) {
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject(UNKNOWN);
    }
    expect(reached).toBe(0);
  });

  it('[CONN3] is believed of instances only: a forged header changes no address and opens nothing', async () => {
    await start({ TRUST_PROXY_HOPS: '0' });
    const sid = await open(0);
    const refused = refusedBy(0);
    const signed = (key: string | Buffer, url = `${POLL}&sid=${sid}`) => {
      const signature = createHmac('sha256', key)
        .update(JSON.stringify(['GET', url, '203.0.113.8']))
        .digest('base64url');
      return `203.0.113.8 ${signature}`;
    };
    const key = appOf(0).get(InstanceDirectory, { strict: false }).key;
    const forgeries = [
      '',
      'x',
      '203.0.113.8',
      signed(''),
      signed(randomBytes(32)),
      signed(key, POLL),
    ];
    for (const header of forgeries) {
      const { status, text } = await ask(0, sid, { headers: { [FORWARDED]: header } });
      expect([status, JSON.parse(text)]).toEqual([
        403,
        expect.objectContaining({ code: 4, reason: 'FORWARDING_FORGED' }),
      ]);
    }
    expect(refused.length).toBeGreaterThan(0);
    for (const { address } of refused) expect(address).toBe('127.0.0.1');
    // It is not sent on a second time either, whoever has signed it.
    expect(JSON.parse((await ask(1, sid, { headers: { [FORWARDED]: 'x' } })).text)).toMatchObject(
      UNKNOWN,
    );
    const elsewhere = refusedBy(1);
    const handshake = await fetch(cluster.url(1) + POLL, { headers: { [FORWARDED]: signed(key) } });
    expect(handshake.status).toBe(200);
    expect(elsewhere).toEqual([]);
  });

  it('[CONN3] is no larger than a message may be, with its length named or not', async () => {
    await start({ WS_MAX_PAYLOAD_BYTES: '2048' });
    const seen = seenBy(0);
    const sid = await open(0);
    seen.length = 0;
    for (const body of ['4'.repeat(3_000), new Blob(['4'.repeat(3_000)]).stream()]) {
      const { status, text } = await ask(1, sid, { body });
      expect([status, JSON.parse(text)]).toEqual([413, expect.objectContaining({ code: 3 })]);
    }
    expect(seen).toEqual([]);
  });

  it('[CONN3] a dead owner is told by an unknown session, at once and without a word to its successor', async () => {
    await start();
    const dead = await startModules(cluster.environment, [InstancesModule]);
    const { id } = dead.get(InstanceDirectory);
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    await dead.get(InstanceDirectory).join('127.0.0.1', (gone.address() as AddressInfo).port);
    gone.close();
    await once(gone, 'close');
    const sid = `${id}${'A'.repeat(20)}`;
    expect(JSON.parse((await ask(1, sid)).text)).toMatchObject(UNKNOWN);
    // Somebody else listens there by now: another instance.
    await dead.get(InstanceDirectory).join('127.0.0.1', Number(new URL(cluster.url(0)).port));
    ends.push(() => dead.close());
    const third = await cluster.addInstance();
    const answer = await fetch(`${third.url}${POLL}&sid=${sid}`);
    expect(await answer.json()).toMatchObject(UNKNOWN);
  });

  it('[CONN3] a client whose instance is killed is back on another by itself', async () => {
    // Whoever was told to change in the moment of the kill finds out by a ping that does not come.
    const pings = { WS_PING_INTERVAL: '2s', WS_PING_TIMEOUT: '5s' };
    await start(pings);
    const env = {
      ...pings,
      NODE_ENV: 'test',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      REDIS_URL: inject('redisUrl'),
      REDIS_KEY_PREFIX: cluster.environment.REDIS_KEY_PREFIX,
      JWT_ACCESS_SECRET: cluster.environment.JWT_ACCESS_SECRET!,
      JWT_REFRESH_SECRET: cluster.environment.JWT_REFRESH_SECRET!,
    };
    const victim = new InstanceProcess(env);
    ends.push(() => victim.end('SIGKILL'));
    const victimUrl = await victim.url();
    let instances = [victimUrl, cluster.url(0)];
    const balancer = await startBalancer(() => instances);
    ends.push(() => balancer.close());
    const users = await Promise.all([1, 2].map(() => cluster.addUser('passenger')));
    const clients = users.map(({ token }, i) =>
      polling(balancer.url, token, {
        transports: i === 0 ? ['polling'] : ['polling', 'websocket'],
        reconnectionDelay: 50,
      }),
    );
    for (const client of clients) await client.waitFor('hello');
    await victim.end('SIGKILL');
    instances = [cluster.url(0), cluster.url(1)];
    // A try that was given up on the way is forgotten later: it is no matter of this test.
    await until('all are on an instance that is left', () =>
      clients.every(
        ({ socket }, i) =>
          socket.connected &&
          [0, 1].some(
            (k) => [...appOf(k).get(ConnectionRegistry).ofUser(users[i]!.userId)].length > 0,
          ),
      ),
    );
    // One of them may have been in the middle of its upgrade, through the instance that was killed:
    // it begins anew, and what it has asked by then is lost with its connection.
    const isAnswered = (client: BareSocket) =>
      client.socket
        .timeout(ANSWER_TIMEOUT_MS)
        .emitWithAck('trial:echo', 1)
        .then(
          () => true,
          () => false,
        );
    for (const client of clients) await until('it is answered', () => isAnswered(client));
  });

  it('[CONN3] a client whose relayed WebSocket breaks while it changes to it is told to begin anew', async () => {
    await start();
    const sid = await open(0);
    const polled = ask(0, sid);
    const url = `${cluster.url(1)}${POLL}&sid=${sid}`.replace('http', 'ws');
    const webSocket = new WebSocket(url.replace('polling', 'websocket'));
    await once(webSocket, 'open');
    webSocket.send('2probe');
    const [pong] = (await once(webSocket, 'message')) as [Buffer];
    expect(pong.toString()).toBe('3probe');
    // As when the instance between them is killed.
    for (const client of appOf(1).get(UpgradeRelay).clients) client.destroy();
    // One poll may be answered already, to hasten the change.
    let answer = await polled;
    while (answer.status === 200 && answer.text !== '1') answer = await ask(0, sid);
    await until('the session is gone', () => appOf(0).get(Admission).size === 0);
  });

  it('[DRAIN1] an instance that shuts down still serves its sessions through others, and lets relayed ones go', async () => {
    await start({ DRAIN_PERIOD: '1s' });
    const balancer = await balanced();
    const users = await Promise.all(Array.from({ length: 6 }, () => cluster.addUser('passenger')));
    const clients = users.map(({ token }, i) =>
      polling(balancer.url, token, {
        reconnectionDelay: 50,
        reconnectionDelayMax: 200,
        ...(i % 2 === 0 && { transports: ['polling', 'websocket'] }),
      }),
    );
    for (const client of clients) await client.waitFor('hello');
    await until('those that can are upgraded', () =>
      clients.every(
        ({ socket }, i) => i % 2 === 1 || socket.io.engine.transport.name === 'websocket',
      ),
    );
    const relays = [0, 1].map((i) => appOf(i).get(UpgradeRelay));
    expect(relays[0]!.clients.size + relays[1]!.clients.size).toBeGreaterThan(0);
    const [leaving] = cluster.instances.splice(1, 1);
    await leaving!.app.close();
    await until(
      'all are on the instance that is left',
      () =>
        appOf(0).get(ConnectionRegistry).size === 6 &&
        clients.every(({ socket }) => socket.connected),
    );
    await until('it relays nothing any more', () => relays[1]!.clients.size === 0);
    for (const client of clients) expect(await client.ask('trial:echo', 1)).toBe(1);
    for (const client of clients) client.close();
    await until('nothing is kept', () => appOf(0).get(Admission).size === 0);
  });
});

describe('the directory of instances', () => {
  it('[CONN3] forgets an instance when its lease has ended, and finds a new one at once', async () => {
    const environment = testEnvironment();
    const [one, two] = await Promise.all(
      [1, 2].map(() => startModules(environment, [InstancesModule])),
    );
    const [a, b] = [one!.get(InstanceDirectory), two!.get(InstanceDirectory)];
    await a.join('127.0.0.1', 1);
    await b.join('10.0.0.2', 2);
    expect(await a.find(b.id)).toMatchObject({ host: '10.0.0.2', port: 2, key: b.key });
    expect(await b.find(a.id)).toMatchObject({ host: '127.0.0.1', port: 1, key: a.key });
    expect(await a.find('AAAAAAAA')).toBeUndefined();
    await two!.close();
    await until('it is forgotten', async () => (await a.find(b.id)) === undefined);
    await one!.close();
  });
});
