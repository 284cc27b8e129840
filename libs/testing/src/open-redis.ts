import { Redis } from 'ioredis';

/** A plain client for a test that looks into Redis itself. */
export function openRedis(url: string): Redis {
  return new Redis(url);
}
