import { type openRedisOrCluster } from '#libs/testing';

type Client = ReturnType<typeof openRedisOrCluster>;

/** Every key under a prefix with all that it holds, as text: bytes that are none stay apart from each other. */
export async function everythingIn(
  redis: Client,
  prefix: string,
): Promise<{ key: string; text: string }[]> {
  const keys: string[] = [];
  for (const server of 'nodes' in redis ? redis.nodes('master') : [redis]) {
    let cursor = '0';
    do {
      const [next, page] = await server.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000);
      cursor = next;
      keys.push(...page);
    } while (cursor !== '0');
  }
  return Promise.all(
    [...new Set(keys)].map(async (key) => ({ key, text: textOf(await read(redis, key)) })),
  );
}

async function read(redis: Client, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.getBuffer(key);
    case 'hash':
      return redis.callBuffer('HGETALL', [key]);
    case 'list':
      return redis.lrangeBuffer(key, 0, -1);
    case 'set':
      return redis.smembersBuffer(key);
    case 'zset':
      return redis.zrangeBuffer(key, '0', '-1');
    case 'stream':
      return redis.callBuffer('XRANGE', [key, '-', '+']);
    default:
      return [];
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => textOf(each)).join('\n');
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}
