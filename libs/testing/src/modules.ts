import { type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, type Environment } from '#libs/config';
import { ObservabilityModule } from '#libs/observability';
import { RedisConnections, RedisModule } from '#libs/redis';

const REDIS_TIMEOUT_MS = 10_000;

/** One instance of some modules on a Redis that answers; end it with `close()`. */
export async function startModules(
  environment: Environment,
  modules: Type[],
): Promise<TestingModule> {
  const instance = await Test.createTestingModule({
    imports: [ConfigModule.from(environment), ObservabilityModule, RedisModule, ...modules],
  }).compile();
  instance.enableShutdownHooks([]);
  await instance.get(RedisConnections).waitUntilReady(REDIS_TIMEOUT_MS);
  await instance.init();
  return instance;
}
