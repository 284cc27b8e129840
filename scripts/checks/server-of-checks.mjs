import { randomBytes } from 'node:crypto';
import { startInstance, untilReady } from '../demo/instance.mjs';
import { say, step } from '../prepare/progress.mjs';
import { stopChild } from '../process/child.mjs';
import { freePort } from '../process/ports.mjs';
import { Interrupted, onStop } from '../process/signals.mjs';
import { startRedis } from '../redis.mjs';

/** @param {number} bytes */
const secret = (bytes) => randomBytes(bytes).toString('base64url');

/**
 * An instance with a Redis of its own, for somebody who has no server yet. Offers and searches end
 * sooner than in production, so that the checks need not wait for them.
 * @returns {Promise<{ adminEmail: string, env: Record<string, string>, stop(): Promise<void> }>}
 */
export async function serverOfChecks() {
  const stopping = new AbortController();
  const unsubscribe = onStop((name) => stopping.abort(new Interrupted(name)));
  /** @type {(() => Promise<void>)[]} */
  const cleanups = [];
  const stop = async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  };
  try {
    say('neither a server nor a token is named: checking a server of its own');
    const redis = await startRedis();
    cleanups.push(() => redis.stop());
    stopping.signal.throwIfAborted();
    const adminEmail = 'admin@checks.invalid';
    const password = secret(18);
    const instance = startInstance(await freePort(), {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      REDIS_URL: redis.url,
      JWT_ACCESS_SECRET: secret(48),
      JWT_REFRESH_SECRET: secret(48),
      FIRST_ADMIN_EMAIL: adminEmail,
      FIRST_ADMIN_PASSWORD: password,
      DRAIN_PERIOD: '0ms',
      DISPATCH_OFFER_TTL: '2s',
      DISPATCH_SEARCH_TIME: '4s',
      DISPATCH_RETRY_INTERVAL: '500ms',
    });
    cleanups.push(() => stopChild(instance.child));
    await step(`starting an instance on ${instance.url}`, () =>
      untilReady(instance, stopping.signal),
    );
    return { adminEmail, env: { SERVER: instance.url, ADMIN_PASSWORD: password }, stop };
  } catch (error) {
    await stop();
    throw stopping.signal.aborted ? stopping.signal.reason : error;
  } finally {
    unsubscribe();
  }
}
