import { say } from '../prepare/progress.mjs';
import { findRedis, startRedis } from '../redis.mjs';
import { connectRedis } from '../redis/resp.mjs';

/**
 * REDIS_URL, else a Redis that lives as long as the demo.
 * @param {string} keyPrefix what the demo's keys begin with
 * @returns {Promise<{ url: string, stop(): Promise<void>, leftovers: string[] }>} what is left behind without `stop`
 */
export async function redisOfDemo(keyPrefix) {
  const found = await findRedis({ allowExternal: true });
  if (found.kind !== 'external') return { ...(await startRedis({ found })), leftovers: [] };
  say(`Redis ${found.version} of REDIS_URL`);
  return {
    url: found.url,
    stop: () => removeKeys(found.url, keyPrefix),
    leftovers: [`the demo's keys (${keyPrefix}*) stay in the Redis of REDIS_URL`],
  };
}

/**
 * Other people use that Redis too: it is left as it was found.
 * @param {string} url @param {string} keyPrefix
 */
async function removeKeys(url, keyPrefix) {
  try {
    const connection = await connectRedis(url);
    let cursor = '0';
    do {
      // The prefix may stand behind the brace of a cluster hash tag.
      const reply = await connection.command(
        'SCAN',
        cursor,
        'MATCH',
        `*${keyPrefix}*`,
        'COUNT',
        '1000',
      );
      const [next, keys] = /** @type {[string, string[]]} */ (reply);
      if (keys.length > 0) await connection.command('UNLINK', ...keys);
      cursor = next;
    } while (cursor !== '0');
    connection.close();
  } catch (error) {
    say(`the demo's keys (${keyPrefix}*) stay in Redis: ${/** @type {Error} */ (error).message}`);
  }
}
