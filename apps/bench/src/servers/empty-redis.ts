import { RedisCommands } from '#libs/redis';
import { type BenchEnvironment } from './bench-environment.js';
import { withModules } from './module-context.js';

/** Every run starts with nothing stored: the benchmark's Redis is nobody else's. */
export function flush({ parsed }: BenchEnvironment): Promise<void> {
  return withModules(parsed, [], async (app) => {
    await app.get(RedisCommands).do((redis) => redis.flushall());
  });
}
