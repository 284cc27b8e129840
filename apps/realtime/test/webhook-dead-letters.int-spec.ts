import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openRedis, testEnvironment, until, uniquePrefix, WebhookReceiver } from '#libs/testing';
import { startRest, type RestInstance } from './rest-instance.js';

const API_KEY = 'an-api-key-of-32-characters-or-more';
const PATH = 'admin/webhooks/dead-letters';

describe('dead letters over REST, on two instances', () => {
  const redis = openRedis(inject('redisUrl'));
  const prefix = uniquePrefix();
  const asAdmin = { headers: { 'x-api-key': API_KEY } };
  let receiver: WebhookReceiver;
  let one: RestInstance;
  let two: RestInstance;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    const environment = testEnvironment({
      REDIS_KEY_PREFIX: prefix,
      ADMIN_API_KEY: API_KEY,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: 'a-webhook-secret-of-32-characters-or-more',
      WEBHOOK_MAX_ATTEMPTS: '1',
    });
    [one, two] = await Promise.all([startRest(environment), startRest(environment)]);
  });
  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await receiver.close();
  });

  async function list(query = ''): Promise<Record<string, unknown>[]> {
    return (await two.call('GET', `${PATH}${query}`, asAdmin)).body.data;
  }

  it('[EXPORT7] are for admins only', async () => {
    const answers = [await one.call('GET', PATH), await one.call('POST', `${PATH}/1-0/replay`)];
    for (const { status, body } of answers) {
      expect([status, body.error?.reason]).toEqual([401, 'AUTH_REQUIRED']);
    }
  });

  it('[EXPORT7] are listed, the oldest first, without what they say of the trip, and replayed', async () => {
    receiver.answer = (_webhook, response) => response.writeHead(500).end();
    for (const subject of ['trip-1', 'trip-2']) {
      const fields = { type: 'trip.completed', subject, version: 9, at: 5, data: '{"lat":41.9}' };
      await redis.xadd(`${prefix}{dispatch}:exports`, '*', ...Object.entries(fields).flat());
      await until('it is dead', async () =>
        (await list()).some((each) => each['subject'] === subject),
      );
    }
    const letters = await list();
    expect(letters.map(({ subject }) => subject)).toEqual(['trip-1', 'trip-2']);
    expect(Object.keys(letters[0]!).toSorted().join(' ')).toBe(
      'at attempts diedAt endpoint factId id reason subject type version',
    );
    expect(await list('?limit=1')).toEqual(letters.slice(0, 1));
    expect(await list(`?limit=1&after=${String(letters[0]!['id'])}`)).toEqual(letters.slice(1));
    expect(await list(`?after=${String(letters[1]!['id'])}`)).toEqual([]);

    receiver.recover();
    const { id, factId } = letters[0]!;
    const answer = await one.call('POST', `${PATH}/${String(id)}/replay`, asAdmin);
    expect(answer).toMatchObject({ status: 202, body: { success: true, data: letters[0] } });
    await until('it has come again', () => receiver.received.length === 3);
    expect(receiver.received.at(-1)!.fact).toMatchObject({ id: factId, subject: 'trip-1' });
    expect(await list()).toEqual(letters.slice(1));
    // What follows it is found though it is not there any more.
    expect(await list(`?after=${String(id)}`)).toEqual(letters.slice(1));
    const again = await one.call('POST', `${PATH}/${String(id)}/replay`, asAdmin);
    expect([again.status, again.body.error?.reason]).toEqual([404, 'NOT_FOUND']);
  });

  it('[EXPORT7] what is no dead letter is refused, and so is one that nobody would deliver', async () => {
    const reasonOf = async (method: string, path: string) =>
      (await one.call(method, `${PATH}${path}`, asAdmin)).body.error?.reason;
    expect(await reasonOf('GET', '?limit=0')).toBe('VALIDATION_FAILED');
    expect(await reasonOf('GET', '?limit=101')).toBe('VALIDATION_FAILED');
    expect(await reasonOf('GET', '?after=1-0-0')).toBe('VALIDATION_FAILED');
    expect(await reasonOf('GET', `?after=${'9'.repeat(20)}-0`)).toBe('VALIDATION_FAILED');
    expect(await reasonOf('POST', '/a.b/replay')).toBe('VALIDATION_FAILED');
    for (const id of ['1-0', 'x', '99999999999999999999-0']) {
      expect(await reasonOf('POST', `/${id}/replay`), id).toBe('NOT_FOUND');
    }
    const orphan = ['endpoint', 'webhooks-7', 'factId', '1-0', 'subject', 'trip-1'];
    const id = await redis.xadd(`${prefix}{dispatch}:exports:dead`, '*', ...orphan);
    expect(await reasonOf('POST', `/${id}/replay`)).toBe('CONFLICT');
  });
});
