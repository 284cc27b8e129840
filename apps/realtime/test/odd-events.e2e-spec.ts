import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_NESTING } from '#libs/contracts';
import { until } from '#libs/testing';
import { RequestRoutes } from '../src/socket/request/request-routes.js';
import { NAMESPACE_OF, TestCluster, type TestUser } from './cluster.js';
import { RawClient } from './raw-client.js';
import { TrialModule } from './trial.gateway.js';

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const deepObject = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** What follows `42/<namespace>,<ack id>`. */
const WITHOUT_EVENT = [
  '',
  '[]',
  '[null]',
  '[true]',
  '[{}]',
  '[[]]',
  '[["x"]]',
  '[{"a":["x"]}]',
  '{}',
];
const BROKEN = [
  '["x"',
  '["x",',
  '"x"',
  'null',
  'x',
  '["connect"]',
  '["disconnect",1]',
  '["newListener"]',
];
const NAMES = [
  '0',
  '-1',
  '1e308',
  '""',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"error"',
  '"\\u0000"',
];
const LONG_NAME = JSON.stringify('x'.repeat(50_000));
const PAYLOADS = [
  '',
  ',null',
  ',0',
  ',"text"',
  ',[]',
  ',[[]]',
  ',[null]',
  ',{}',
  ',{"__proto__":{"a":1}}',
  ',{"constructor":{"prototype":1}}',
  ',{"toString":1,"valueOf":null,"then":1,"length":-1}',
  ',{"lat":{},"lng":[]}',
  ',1,2,3,"several"',
  `,${deep(500)}`,
  `,${deep(10_000)}`,
  `,${deepObject(8_000)}`,
  `,{"a":${deep(10_000)}}`,
  `,[${deepObject(5_000)}]`,
];

describe('events in a shape that no library sends', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start({
      instances: 1,
      env: {
        WS_RATE_PER_SECOND: '10000',
        WS_RATE_BURST: '10000',
        WS_QUEUE_LENGTH: '1000',
        WS_MAX_CONNECTIONS_PER_USER: '10000',
      },
      extraModules: [TrialModule],
    });
  });
  afterAll(() => cluster.close());

  /** Sends one packet with ack id 7 and says what came back: the ack, or undefined for an end. */
  async function answerTo(user: TestUser, packet: string | string[]): Promise<string | undefined> {
    const namespace = NAMESPACE_OF[user.userType];
    const client = await RawClient.open(cluster.url(0));
    await client.enter(namespace, user.token);
    client.received.length = 0;
    const attached = typeof packet === 'string' ? [packet] : packet;
    client.send(...attached.map((part, i) => (i === 0 ? part : Buffer.from(part))));
    const isAck = (each: string) => each.startsWith(`43${namespace},7[`);
    await until(
      `an ack or the end follows ${attached[0]!.slice(0, 99)}`,
      () => client.isClosed || client.received.some(isAck),
    );
    const said = client.received.join('\n');
    expect(said).not.toMatch(/function|=>|class |\[object|native code|ackSent|\bat .*\.js/);
    client.close();
    return client.received.find(isAck);
  }

  it('[ACK1] an ack id without an event is answered, and nothing of our code is in the answer', async () => {
    const user = await cluster.addUser('driver');
    for (const text of WITHOUT_EVENT) {
      const answer = await answerTo(user, `42/drivers,7${text}`);
      if (text === '') expect(answer).toContain('UNKNOWN_EVENT');
      else expect(answer).toBeUndefined();
    }
    for (const text of BROKEN) expect(await answerTo(user, `42/drivers,7${text}`)).toBeUndefined();
  });

  it('[ACK1] names that are no names of requests are unknown events', async () => {
    const user = await cluster.addUser('driver');
    for (const name of [...NAMES, LONG_NAME]) {
      const answer = await answerTo(user, `42/drivers,7[${name},{"lat":1,"lng":1}]`);
      expect(answer).toContain('UNKNOWN_EVENT');
      expect(answer!.length).toBeLessThan(500);
    }
  });

  it('[LIM5] every request of every namespace answers every odd payload', async () => {
    const { app } = cluster.instances[0]!;
    const routes = app.get(RequestRoutes).list();
    for (const userType of ['driver', 'passenger', 'admin'] as const) {
      const user = await cluster.addUser(userType);
      const namespace = NAMESPACE_OF[userType];
      const client = await RawClient.open(cluster.url(0));
      await client.enter(namespace, user.token);
      let id = 0;
      const expected: string[] = [];
      for (const { event } of routes.filter((route) => route.namespace === namespace)) {
        // Those of the tests themselves hang or throw as they are told to.
        if (event.startsWith('trial:')) continue;
        for (const payload of PAYLOADS) {
          id += 1;
          expected.push(`43${namespace},${id}[`);
          client.send(`42${namespace},${id}[${JSON.stringify(event)}${payload}]`);
          await client.waitFor((packet) => packet.startsWith(`43${namespace},${id}[`));
        }
      }
      expect(expected.length).toBeGreaterThan(50);
      const said = client.received.join('\n');
      expect(said).not.toMatch(/"code":"INTERNAL"/);
      expect(said).not.toMatch(/function|=>|class |native code/);
      client.close();
    }
  });

  it('[LIM5] a payload may have so many levels and no more', async () => {
    const user = await cluster.addUser('passenger');
    const echo = (levels: number) =>
      answerTo(user, `42/passengers,7["trial:echo",${deep(levels)}]`);
    expect(await echo(MAX_NESTING)).toContain('"ok":true');
    const refused = await echo(MAX_NESTING + 1);
    expect(refused).toContain('VALIDATION_FAILED');
    expect(refused).toContain('nested deeper than 32');
  });

  it('[ACK1] events with bytes in place of objects are answered, broken ones end the connection', async () => {
    const user = await cluster.addUser('driver');
    const bytes = '{"_placeholder":true,"num":0}';
    for (const event of [
      'driver:location:ping',
      'driver:status:update',
      'auth:refresh',
      'no:such',
    ]) {
      const answer = await answerTo(user, [
        `451-/drivers,7["${event}",${bytes}]`,
        'x'.repeat(60_000),
      ]);
      expect(answer).toMatch(/VALIDATION_FAILED|UNKNOWN_EVENT|NOT_A_POSITION/);
    }
    const broken = [
      ['451-/drivers,7["x",{"_placeholder":true,"num":5}]', 'x'],
      ['451-/drivers,7["x",{"_placeholder":true,"num":-1}]', 'x'],
      ['450-/drivers,7["x"]'],
      ['45-/drivers,7["x"]'],
      ['4511-/drivers,7["x"]'],
      [`451-/drivers,7["x",${deep(20_000)}]`, 'x'],
    ];
    for (const packet of broken) expect(await answerTo(user, packet)).toBeUndefined();
  });

  it('[ACK1] answers that nobody asked for change nothing', async () => {
    const user = await cluster.addUser('driver');
    const client = await RawClient.open(cluster.url(0));
    await client.enter('/drivers', user.token);
    client.send(
      '43/drivers,0[]',
      '43/drivers,1',
      '43/drivers,99[{"ok":true}]',
      '43/drivers,123456789012345678901234567890[1]',
      '42/drivers,7["driver:location:ping",{"lat":41.9,"lng":12.5}]',
    );
    await client.waitFor((packet) => packet.startsWith('43/drivers,7[{"ok":true'));
    client.send('461-/drivers,1[{"_placeholder":true,"num":0}]', Buffer.from('x'));
    client.send('42/drivers,8["driver:location:ping",{"lat":41.9,"lng":12.5}]');
    await client.waitFor((packet) => packet.startsWith('43/drivers,8[{"ok":true'));
    client.close();
  });
});
