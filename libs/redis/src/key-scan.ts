import { Injectable } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { RedisCommands } from './redis-commands.js';
import { RedisConnections } from './redis-connections.js';
import { RedisKeys } from './redis-keys.js';

const KEYS_PER_CALL = 1_000;

/**
 * Walks over keys. It looks at every key that Redis has, on each server of a cluster, so it is for commands of operators and never
 * for what a client can ask for.
 */
@Injectable()
export class KeyScan {
  constructor(
    private readonly redis: RedisCommands,
    private readonly connections: RedisConnections,
    private readonly keys: RedisKeys,
  ) {}

  /**
   * Pages of keys under the prefix; some may be empty, and a key may come twice.
   * @param pattern what follows the prefix, as Redis matches it; parts that others chose go through `literally`
   * @throws RequestError REDIS_UNAVAILABLE where a server of the cluster is away
   */
  async *pages(pattern = '*'): AsyncGenerator<string[]> {
    const match = literally(this.keys.rawPrefix('')) + pattern;
    for (const server of this.connections.primariesByAddress().values()) {
      // To leave it out would be to say that nothing lies there.
      if (!server) throw new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: 1_000 });
      let cursor = '0';
      do {
        const [next, keys] = await this.redis.do(() =>
          server.scan(cursor, 'MATCH', match, 'COUNT', KEYS_PER_CALL),
        );
        cursor = next;
        yield keys;
      } while (cursor !== '0');
    }
  }

  /** All keys that match, each once. */
  async all(pattern: string): Promise<string[]> {
    const found = new Set<string>();
    for await (const page of this.pages(pattern)) for (const key of page) found.add(key);
    return [...found];
  }
}

/** A text in a pattern that stands for itself. */
export function literally(text: string): string {
  return text.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);
}
