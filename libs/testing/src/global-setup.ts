import { type TestProject } from 'vitest/node';
import { startRedis } from '../../../scripts/redis.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    redisUrl: string;
    redisMode: string;
    replicasToWaitFor: string;
  }
}

/** Starts the one real Redis that all test files share; each file has its own key prefix. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const redis = await startRedis({ appendOnly: false });
  if (redis.kind === 'js') {
    await redis.stop();
    throw new Error(
      'The tests need a real Redis: install redis-server or valkey-server (7 or newer).',
    );
  }
  process.stdout.write(`Redis for the tests: ${redis.kind} at ${redis.url}\n`);
  project.provide('redisUrl', redis.url);
  project.provide('redisMode', 'single');
  project.provide('replicasToWaitFor', '0');
  return () => redis.stop();
}
