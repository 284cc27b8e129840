import { afterEach, describe, expect, inject, it } from 'vitest';
import { openRedis, uniquePrefix, until, WebhookReceiver } from '#libs/testing';
import { InstanceProcess } from './instance-process.js';

const SECRET = 'a-webhook-secret-of-32-characters-or-more';
const REDELIVERY_TIMEOUT_MS = 100_000;

describe('webhooks of instances as processes', { timeout: 180_000 }, () => {
  const redis = openRedis(inject('redisUrl'));
  const running: InstanceProcess[] = [];
  let receiver: WebhookReceiver | undefined;

  afterEach(async () => {
    await Promise.all(running.splice(0).map((instance) => instance.end('SIGKILL')));
    await receiver?.close();
  });

  it('[EXPORT5] what a killed instance was delivering is delivered by the next, in order', async () => {
    receiver = await WebhookReceiver.start();
    const prefix = uniquePrefix();
    const start = async (): Promise<InstanceProcess> => {
      const instance = new InstanceProcess({
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'trace',
        REDIS_URL: inject('redisUrl'),
        REDIS_KEY_PREFIX: prefix,
        JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
        JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
        DRAIN_PERIOD: '0ms',
        WEBHOOK_URL: receiver!.url,
        WEBHOOK_SECRET: SECRET,
        WEBHOOK_TIMEOUT: '3s',
      });
      running.push(instance);
      await instance.url();
      return instance;
    };
    receiver.answer = receiver.hold;
    const first = await start();
    for (const version of [1, 2, 3]) {
      const fact = { type: 'trip.updated', subject: 'trip-1', version, at: 5, data: '{}' };
      await redis.xadd(`${prefix}{dispatch}:exports`, '*', ...Object.entries(fact).flat());
    }
    await until('one is on its way', () => receiver!.received.length === 1);
    await first.end('SIGKILL');
    receiver.recover();

    const second = await start();
    const came = () => receiver!.versionsOf('trip-1');
    await until('all have come', () => came().includes(3), REDELIVERY_TIMEOUT_MS);
    expect(came().slice(0, 2)).toEqual([1, 1]);
    expect(came()).toEqual(came().toSorted());
    expect(await second.end('SIGTERM')).toBe(0);
    expect(first.output + second.output).not.toContain(SECRET);
  });
});
