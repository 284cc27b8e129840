import { createHmac } from 'node:crypto';
import { type TestingModule } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { WebhookHeader } from '#libs/contracts';
import { createLogger, type Log } from '#libs/observability';
import { RedisKeys } from '#libs/redis';
import {
  openRedis,
  startModules,
  startTcpProxy,
  testEnvironment,
  until,
  uniquePrefix,
  WebhookReceiver,
  type ReceivedWebhook,
  type TcpProxy,
} from '#libs/testing';
import { DeadLettersService } from './dead-letters.service.js';
import { ExportStream } from './export-stream.js';
import { ExportsModule } from './exports.module.js';

const SECRET = 'a-webhook-secret-of-32-characters-or-more';
const NEW_SECRET = 'another-webhook-secret-that-takes-its-place';
const GROUP = 'webhooks';

describe('webhooks over two instances', () => {
  const redis = openRedis(inject('redisUrl'));
  const running = new Set<TestingModule>();
  const proxies: TcpProxy[] = [];
  const receivers: WebhookReceiver[] = [];
  let receiver: WebhookReceiver;
  let settings: Record<string, string>;
  let logged: string[];

  beforeEach(async () => {
    logged = [];
    receiver = await startReceiver();
    settings = {
      REDIS_KEY_PREFIX: uniquePrefix(),
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_RETRY_DELAY: '2ms',
      WEBHOOK_RETRY_MAX_DELAY: '8ms',
      // No receiver needs it; a test that waits for it says so.
      WEBHOOK_TIMEOUT: '60s',
    };
  });
  afterEach(async () => {
    for (const proxy of proxies) proxy.mend();
    // Before the instances: they wait for answers.
    await Promise.all(receivers.splice(0).map((each) => each.close()));
    await Promise.all([...running].map((instance) => instance.close()));
    running.clear();
    await Promise.all(proxies.splice(0).map((each) => each.close()));
  });

  async function startReceiver(): Promise<WebhookReceiver> {
    const started = await WebhookReceiver.start();
    receivers.push(started);
    return started;
  }

  async function start(env: Record<string, string> = {}): Promise<TestingModule> {
    const log: Log = createLogger('trace', { write: (line) => logged.push(line) });
    const environment = testEnvironment({ ...settings, ...env });
    const instance = await startModules(environment, [ExportsModule], log);
    running.add(instance);
    return instance;
  }

  async function startBehindProxy(): Promise<TcpProxy> {
    const url = new URL(inject('redisUrl'));
    const proxy = await startTcpProxy(Number(url.port));
    proxies.push(proxy);
    url.port = String(proxy.port);
    await start({ REDIS_URL: url.href });
    return proxy;
  }

  function key(): string {
    return `${settings['REDIS_KEY_PREFIX']}{dispatch}:exports`;
  }

  /** As the script of trips does it. */
  async function append(subject: string, ...versions: number[]): Promise<void> {
    for (const version of versions) {
      const data = JSON.stringify({ fare: { amount: version * 100 }, note: 'ü "quoted" 41.9' });
      const fields = { type: 'trip.updated', subject, version, at: 1_700_000_000_000, data };
      await redis.xadd(key(), '*', ...Object.entries(fields).flat());
    }
  }

  async function untilAllAcknowledged(): Promise<void> {
    await until('every fact is acknowledged', async () => {
      const newest = await redis.xrevrange(key(), '+', '-', 'COUNT', 1);
      const groups = (await redis.xinfo('GROUPS', key()).catch(() => [])) as unknown[][];
      return groups.some((flat) => {
        const group = Object.fromEntries(chunk(flat));
        return group['pending'] === 0 && group['last-delivered-id'] === newest[0]?.[0];
      });
    });
  }

  /** What would be left of deliveries: nothing but the stream itself. */
  async function keysLeft(): Promise<string[]> {
    const keys = await redis.keys(`${key()}:${GROUP}:*`);
    // Places are counted on.
    return keys
      .map((each) => each.slice(`${key()}:${GROUP}:`.length))
      .filter((name) => name !== 'places');
  }

  const count = (subject: string) => receiver.versionsOf(subject).length;

  /** Where release 0.1.0 keeps what it has taken: a list of ids for each subject, and when the oldest may be tried. */
  const oldQueue = (subject: string) => `${key()}:${GROUP}:queue:${subject}`;
  const oldDue = () => `${key()}:${GROUP}:due`;

  /** Takes what is new in the stream as an instance of release 0.1.0. */
  async function takeAsOldRelease(): Promise<void> {
    const group = ['GROUP', GROUP, 'lists', 'COUNT', 1_000, 'STREAMS', key(), '>'] as const;
    const taken = (await redis.xreadgroup(...group)) as [string, [string, string[]][]][] | null;
    for (const [id, flat] of taken?.[0]?.[1] ?? []) {
      const subject = flat[flat.indexOf('subject') + 1]!;
      await redis.rpush(oldQueue(subject), id);
      await redis.zadd(oldDue(), 'NX', Date.now(), subject);
    }
  }

  /** The same finishes the oldest fact of a subject. */
  async function deliverAsOldRelease(subject: string): Promise<void> {
    const id = await redis.lpop(oldQueue(subject));
    await redis.xack(key(), GROUP, id!);
    if ((await redis.exists(oldQueue(subject))) === 0) await redis.zrem(oldDue(), subject);
  }

  /** An instance of release 0.1.0 registers, or has gone. */
  async function setOldInstance(isThere: boolean): Promise<void> {
    const contacts = `${settings['REDIS_KEY_PREFIX']}{instances}:contacts`;
    if (isThere)
      await redis.hset(contacts, 'old', `${Date.now() + 3_600_000} 127.0.0.1 3000 a-key`);
    else await redis.hdel(contacts, 'old');
  }

  it('[RELEASE1] what release 0.1.0 had taken from the stream and not delivered is delivered, each subject in order', async () => {
    await redis.xgroup('CREATE', key(), GROUP, '0', 'MKSTREAM');
    await append('trip:a', 1, 2);
    await append('trip:b', 1);
    await takeAsOldRelease();
    await append('trip:a', 3);
    await start();
    await untilAllAcknowledged();
    expect(receiver.versionsOf('trip:a')).toEqual([1, 2, 3]);
    expect(receiver.versionsOf('trip:b')).toEqual([1]);
    await until('nothing is left', async () => (await keysLeft()).length === 0);
  });

  it('[RELEASE1] the same is delivered at once where the clock of Redis has jumped an hour ahead before', async () => {
    await redis.xgroup('CREATE', key(), GROUP, '0', 'MKSTREAM');
    const clock = { last: Date.now(), ahead: -3_600_000, steps: 1 };
    await redis.hset(`${settings['REDIS_KEY_PREFIX']}{dispatch}:clock`, clock);
    await append('trip:a', 1, 2);
    await takeAsOldRelease();
    await start();
    await until('both have come', () => count('trip:a') === 2);
  });

  it('[RELEASE1] beside instances of release 0.1.0 those deliver everything, and what is left when the last has gone is delivered in order', async () => {
    await redis.xgroup('CREATE', key(), GROUP, '0', 'MKSTREAM');
    await setOldInstance(true);
    await Promise.all([start(), start()]);
    for (const version of [1, 2, 3]) {
      await append('trip:a', version);
      await append('trip:b', version);
      await takeAsOldRelease();
      await deliverAsOldRelease('trip:a');
    }
    await append('trip:a', 4);
    await setOldInstance(false);
    await untilAllAcknowledged();
    expect(receiver.versionsOf('trip:a')).toEqual([4]);
    expect(receiver.versionsOf('trip:b')).toEqual([1, 2, 3]);
    await until('nothing is left', async () => (await keysLeft()).length === 0);
  });

  it('[RELEASE1] what waits when an instance of release 0.1.0 comes back is given to it, ahead of what it takes itself, and taken over again when it has gone', async () => {
    receiver.answer = (_webhook, response) => response.writeHead(503).end();
    await start({
      WEBHOOK_MAX_ATTEMPTS: '1000',
      WEBHOOK_RETRY_DELAY: '200ms',
      WEBHOOK_RETRY_MAX_DELAY: '1s',
    });
    await append('trip:a', 1, 2);
    await until('it has been tried', () => receiver.received.length > 0);
    await setOldInstance(true);
    const versionsIn = async (queue: string) => {
      const ids = await redis.lrange(queue, 0, -1);
      const entries = await Promise.all(ids.map((id) => redis.xrange(key(), id, id)));
      return entries.map(([entry]) => Number(entry![1][entry![1].indexOf('version') + 1]));
    };
    await until('it has both', async () => (await versionsIn(oldQueue('trip:a'))).join() === '1,2');
    expect(Number(await redis.hget(`${key()}:${GROUP}:attempts`, 'trip:a'))).toBeGreaterThan(0);
    await append('trip:a', 3);
    await takeAsOldRelease();
    expect(await versionsIn(oldQueue('trip:a'))).toEqual([1, 2, 3]);
    receiver.recover();
    receiver.received.length = 0;
    await setOldInstance(false);
    await untilAllAcknowledged();
    const told = receiver.versionsOf('trip:a');
    expect([...new Set(told)]).toEqual([1, 2, 3]);
    await until('nothing is left', async () => (await keysLeft()).length === 0);
  });

  it('[EXPORT1] two instances deliver every fact once, those of a trip in order, and leave nothing behind', async () => {
    await Promise.all([start(), start()]);
    const trips = Array.from({ length: 30 }, (_, i) => `trip-${i}`);
    for (const version of [1, 2, 3, 4, 5, 6, 7]) {
      await Promise.all(trips.map((trip) => append(trip, version)));
    }
    await until('all have come', () => receiver.received.length >= 210);
    for (const trip of trips) expect(receiver.versionsOf(trip)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await untilAllAcknowledged();
    await until('nothing is left', async () => (await keysLeft()).length === 0);
    expect(receiver.received).toHaveLength(210);
  });

  it('[EXPORT1] the key is where the script of trips appends, and the body is the fact', async () => {
    const instance = await start();
    expect(instance.get(ExportStream).key).toBe(key());
    expect(instance.get(RedisKeys).key('dispatch', 'exports')).toBe(key());
    await append('trip-1', 1);
    await until('it has come', () => receiver.received.length === 1);
    const [entry] = await redis.xrange(key(), '-', '+');
    expect(receiver.received[0]!.fact).toEqual({
      id: entry![0],
      type: 'trip.updated',
      subject: 'trip-1',
      version: 1,
      at: 1_700_000_000_000,
      data: { fare: { amount: 100 }, note: 'ü "quoted" 41.9' },
    });
  });

  it('[EXPORT1] facts from before the first start are delivered', async () => {
    await append('trip-1', 1, 2);
    await start();
    await until('both have come', () => count('trip-1') === 2);
  });

  it('[EXPORT2] every attempt is signed with every secret over timestamp, id and body', async () => {
    await start({ WEBHOOK_SECRET: `${SECRET}, ${NEW_SECRET}` });
    receiver.answer = (_webhook, response) => {
      receiver.recover();
      response.writeHead(503).end();
    };
    await append('trip-1', 1);
    await until('it has come twice', () => receiver.received.length === 2);
    expect(idOf(receiver.received[0]!)).toBe(idOf(receiver.received[1]!));
    for (const webhook of receiver.received) {
      const timestamp = String(webhook.headers[WebhookHeader.timestamp]);
      expect(Math.abs(Date.now() - Number(timestamp))).toBeLessThan(20_000);
      const signed = `${timestamp}.${idOf(webhook)}.${webhook.body}`;
      const digests = [SECRET, NEW_SECRET].map((secret) =>
        createHmac('sha256', secret).update(signed).digest('hex'),
      );
      expect(webhook.headers[WebhookHeader.signature]).toBe(`v1=${digests[0]},v1=${digests[1]}`);
      expect(webhook.headers['content-type']).toBe('application/json');
    }
  });

  it('[EXPORT3] a failing fact holds back the later ones of its trip and no others', async () => {
    await Promise.all([start(), start()]);
    let isMended = false;
    receiver.answer = ({ fact }, response) => {
      const fails = fact.subject === 'sick' && fact.version === 1 && !isMended;
      response.writeHead(fails ? 500 : 200).end();
      if (fails && count('sick') === 3) isMended = true;
    };
    await append('sick', 1, 2);
    await append('sound', 1, 2, 3);
    await until('all have come', () => receiver.received.length === 8);
    await untilAllAcknowledged();
    expect(receiver.versionsOf('sick')).toEqual([1, 1, 1, 1, 2]);
    expect(receiver.versionsOf('sound')).toEqual([1, 2, 3]);
  });

  it('[EXPORT3] a receiver that holds one fact for long delays no other trip', async () => {
    await start({ WEBHOOK_CONCURRENCY: '2' });
    receiver.answer = (webhook, response) => {
      if (webhook.fact.subject === 'held') receiver.hold(webhook, response);
      else response.writeHead(200).end();
    };
    await append('held', 1, 2);
    for (let i = 0; i < 20; i += 1) await append(`trip-${i}`, 1);
    await until('the others have come', () => receiver.received.length === 21);
    expect(receiver.versionsOf('held')).toEqual([1]);
  });

  it('[EXPORT4] after the last attempt a fact is a dead letter, its trip goes on, and a replay brings it with the same id', async () => {
    const [instance] = await Promise.all([
      start({ WEBHOOK_MAX_ATTEMPTS: '3' }),
      start({ WEBHOOK_MAX_ATTEMPTS: '3' }),
    ]);
    receiver.answer = ({ fact }, response) => {
      response.writeHead(fact.version === 1 ? 503 : 200).end();
    };
    await append('trip-1', 1, 2);
    await until('the second has come', () => receiver.versionsOf('trip-1').includes(2));
    await untilAllAcknowledged();
    expect(receiver.versionsOf('trip-1')).toEqual([1, 1, 1, 2]);
    const letters = await instance.get(DeadLettersService).list(10);
    expect(letters).toMatchObject([
      {
        endpoint: GROUP,
        factId: idOf(receiver.received[0]!),
        type: 'trip.updated',
        subject: 'trip-1',
        version: 1,
        at: '2023-11-14T22:13:20.000Z',
        reason: 'HTTP 503',
        attempts: 3,
      },
    ]);

    receiver.recover();
    // Trimming in between takes the original away: the dead letter is enough.
    await redis.xtrim(key(), 'MAXLEN', 0);
    await instance.get(DeadLettersService).replay(letters[0]!.id);
    await until('the replayed one has come', () => receiver.received.length === 5);
    const [first, last] = [receiver.received[0]!, receiver.received.at(-1)!];
    expect(idOf(last)).toBe(idOf(first));
    expect(last.body).toBe(first.body);
    expect(await instance.get(DeadLettersService).list(10)).toEqual([]);
    await expect(instance.get(DeadLettersService).replay(letters[0]!.id)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await until('nothing is left', async () => (await keysLeft()).length === 0);
  });

  it('[EXPORT4] two replays of one dead letter at the same time bring it once', async () => {
    const [one, two] = await Promise.all([
      start({ WEBHOOK_MAX_ATTEMPTS: '1' }),
      start({ WEBHOOK_MAX_ATTEMPTS: '1' }),
    ]);
    receiver.answer = (_webhook, response) => response.writeHead(503).end();
    await append('trip-1', 1);
    const letters = one.get(DeadLettersService);
    await until('it is dead', async () => (await letters.list(1)).length === 1);
    receiver.recover();
    const { id } = (await letters.list(1))[0]!;
    const replays = await Promise.allSettled([
      letters.replay(id),
      two.get(DeadLettersService).replay(id),
    ]);
    expect(replays.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await append('later', 1);
    await until('a later one has come', () => count('later') === 1);
    await until('nothing is left', async () => (await keysLeft()).length === 0);
    expect(count('trip-1')).toBe(2);
  });

  it('[EXPORT4] a receiver that refuses a fact for good is not asked again, and a redirect is not followed', async () => {
    const elsewhere = await startReceiver();
    const instance = await start({ WEBHOOK_MAX_ATTEMPTS: '2' });
    const statusOf: Record<string, number> = { gone: 410, wrong: 422, moved: 307, closed: 401 };
    receiver.answer = ({ fact }, response) => {
      response.writeHead(statusOf[fact.subject]!, { location: elsewhere.url }).end();
    };
    for (const subject of Object.keys(statusOf)) await append(subject, 1);
    const letters = instance.get(DeadLettersService);
    await until('all are dead', async () => (await letters.list(10)).length === 4);
    const found = Object.fromEntries(
      (await letters.list(10)).map(({ subject, reason, attempts }) => [
        subject,
        [reason, attempts],
      ]),
    );
    expect(found).toEqual({
      gone: ['HTTP 410', 1],
      wrong: ['HTTP 422', 1],
      moved: ['HTTP 307', 2],
      closed: ['HTTP 401', 2],
    });
    expect(elsewhere.received).toEqual([]);
  });

  it('[EXPORT4] a receiver that is silent or not there fails by the time limit', async () => {
    const nobody = await startReceiver();
    const { url } = nobody;
    await nobody.close();
    receivers.splice(receivers.indexOf(nobody), 1);
    const letters = (
      await start({
        WEBHOOK_URL: `${receiver.url},${url}`,
        WEBHOOK_MAX_ATTEMPTS: '1',
        WEBHOOK_TIMEOUT: '4s',
      })
    ).get(DeadLettersService);
    receiver.answer = receiver.hold;
    await append('trip-1', 1);
    await until('both are dead', async () => (await letters.list(10)).length === 2);
    const dead = (await letters.list(10)).map(({ endpoint, reason }) => `${endpoint} ${reason}`);
    expect(dead.toSorted()).toEqual(['webhooks timeout', 'webhooks-2 ECONNREFUSED']);
  });

  it('[EXPORT4] an answer is read up to a limit, and its status counts however it ends', async () => {
    await start();
    let isPouring = true;
    receiver.answer = (_webhook, response) => {
      response.writeHead(200);
      response.on('close', () => (isPouring = false));
      const pour = () => {
        if (isPouring) response.write(Buffer.alloc(65_536), pour);
      };
      pour();
    };
    await append('trip-1', 1);
    await until('the sender hangs up', () => !isPouring && receiver.received.length === 1);
    await untilAllAcknowledged();
    expect(receiver.received).toHaveLength(1);
  });

  it('[EXPORT4] an entry that is no fact is a dead letter, and facts that the stream lost are passed over', async () => {
    receiver.answer = receiver.hold;
    await append('trip-1', 1, 2, 3);
    await redis.xadd(
      key(),
      '*',
      'type',
      'x',
      'subject',
      'odd',
      'version',
      '1',
      'at',
      '1',
      'data',
      '{',
    );
    await redis.xadd(key(), '*', 'nothing', 'known');
    const instance = await start();
    await until('the first is on its way', () => count('trip-1') === 1);
    const letters = instance.get(DeadLettersService);
    await until('those are dead', async () => (await letters.list(10)).length === 2);
    const dead = await letters.list(10);
    expect(dead.toSorted((a, b) => a.type.localeCompare(b.type))).toMatchObject([
      { type: '', subject: '', reason: 'malformed', version: null, at: null },
      { type: 'x', subject: 'odd', reason: 'malformed', version: 1 },
    ]);
    const [, second] = await redis.xrange(key(), '-', '+');
    await redis.xdel(key(), second![0]);
    receiver.recover();
    await until('the third has come', () => receiver.versionsOf('trip-1').includes(3));
    await untilAllAcknowledged();
    expect(receiver.versionsOf('trip-1')).toEqual([1, 3]);
    expect(logged.join('')).toContain('facts left the stream before they were delivered');
  });

  it('[EXPORT5] what an instance had taken when it lost Redis is delivered by another, in order', async () => {
    settings['WEBHOOK_TIMEOUT'] = '1s';
    const proxy = await startBehindProxy();
    receiver.answer = receiver.hold;
    await append('trip-1', 1, 2);
    await until('the first is on its way', () => count('trip-1') === 1);
    proxy.cut();
    receiver.recover();
    await start();
    await until('all have come', () => receiver.versionsOf('trip-1').includes(2));
    await untilAllAcknowledged();
    const versions = receiver.versionsOf('trip-1');
    expect(versions.slice(0, 2)).toEqual([1, 1]);
    expect(versions).toEqual(versions.toSorted());
  });

  it('[EXPORT5] attempts are counted in Redis: those of an instance that is gone count too', async () => {
    settings['WEBHOOK_MAX_ATTEMPTS'] = '2';
    settings['WEBHOOK_TIMEOUT'] = '1s';
    const proxy = await startBehindProxy();
    receiver.answer = receiver.hold;
    await append('trip-1', 1);
    await until('it is on its way', () => count('trip-1') === 1);
    proxy.cut();
    receiver.answer = (_webhook, response) => response.writeHead(503).end();
    const letters = (await start()).get(DeadLettersService);
    await until('it is dead', async () => (await letters.list(1)).length === 1);
    expect(await letters.list(1)).toMatchObject([{ attempts: 2 }]);
    expect(count('trip-1')).toBe(2);
  });

  it('[EXPORT5] Redis away: an outcome waits for it, and deliveries go on when it is back', async () => {
    const proxy = await startBehindProxy();
    receiver.answer = receiver.hold;
    await append('trip-1', 1);
    await until('it is on its way', () => count('trip-1') === 1);
    proxy.cut();
    receiver.recover();
    await append('trip-1', 2);
    await until('the outage is noticed', () => logged.join('').includes('redis connection failed'));
    proxy.mend();
    await until('the next has come', () => receiver.versionsOf('trip-1').includes(2));
    await untilAllAcknowledged();
    expect(receiver.versionsOf('trip-1')).toEqual([1, 2]);
  });

  it('[EXPORT5] a shutdown waits for what is on its way and writes its outcome', async () => {
    const instance = await start();
    receiver.answer = receiver.hold;
    await append('trip-1', 1, 2);
    await until('it is on its way', () => count('trip-1') === 1);
    running.delete(instance);
    const closed = instance.close();
    receiver.recover();
    await closed;
    await start();
    await until('the second has come', () => receiver.versionsOf('trip-1').includes(2));
    expect(receiver.versionsOf('trip-1')).toEqual([1, 2]);
  });

  it('[EXPORT5] what waits for its next attempt goes out at once when the receiver is back', async () => {
    const forLong = { WEBHOOK_RETRY_DELAY: '1h', WEBHOOK_RETRY_MAX_DELAY: '1h' };
    await start({ ...forLong, WEBHOOK_CONCURRENCY: '4' });
    receiver.answer = (_webhook, response) => response.writeHead(502).end();
    for (let i = 0; i < 12; i += 1) await append(`trip-${i}`, 1, 2);
    await until('all have failed', () => receiver.received.length === 12);
    await until('all wait', async () => {
      const [, last] = await redis.zrange(`${key()}:${GROUP}:turns`, '0', '0', 'WITHSCORES');
      return Number(last) > Date.now() + 60_000;
    });
    receiver.recover();
    await append('new', 1);
    await untilAllAcknowledged();
    for (let i = 0; i < 12; i += 1) expect(receiver.versionsOf(`trip-${i}`)).toEqual([1, 1, 2]);
  });

  it('[EXPORT6] nothing that a webhook has not delivered is trimmed, and all that it has is', async () => {
    settings['EXPORT_TRIM_INTERVAL'] = '20ms';
    receiver.answer = (webhook, response) => {
      if (webhook.fact.subject === 'held') receiver.hold(webhook, response);
      else response.writeHead(200).end();
    };
    await Promise.all([start(), start()]);
    await append('early', 1, 2, 3);
    await append('held', 1);
    await append('late', 1, 2, 3);
    await until('the acknowledged ones are trimmed', async () => (await redis.xlen(key())) === 4);
    const [first] = await redis.xrange(key(), '-', '+', 'COUNT', 1);
    expect(first![1]).toContain('held');
    await until('the others have come', () => receiver.received.length === 7);
    expect(await redis.xlen(key())).toBe(4);
    receiver.recover();
    await until('all are trimmed', async () => (await redis.xlen(key())) === 0);
  });

  it('[LOG1] neither secrets nor URLs nor facts of webhooks reach the log', async () => {
    await start({ WEBHOOK_URL: `${receiver.url}?token=url-token`, WEBHOOK_MAX_ATTEMPTS: '2' });
    receiver.answer = (_webhook, response) => response.writeHead(500).end('answer-text');
    await append('trip-1', 1);
    await until('it is dead', () => logged.join('').includes('dead letter'));
    const log = logged.join('');
    for (const secret of [SECRET, 'url-token', new URL(receiver.url).host, 'answer-text', 'fare']) {
      expect(log).not.toContain(secret);
    }
    for (const { headers } of receiver.received) {
      expect(log).not.toContain(String(headers[WebhookHeader.signature]).slice(3));
    }
  });
});

function idOf({ headers }: ReceivedWebhook): string {
  return String(headers[WebhookHeader.id]);
}

function chunk(flat: unknown[]): [string, unknown][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [String(flat[2 * i]), flat[2 * i + 1]]);
}
