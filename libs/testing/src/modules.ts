import { type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, type Environment } from '#libs/config';
import { Log, ObservabilityModule } from '#libs/observability';
import { RedisConnections, RedisModule } from '#libs/redis';
import { PATIENCE_MS } from './until.js';

/**
 * One instance of some modules on a Redis that answers; end it with `close()`.
 * @param log takes the place of the instance's own, for a test that reads it
 */
export async function startModules(
  environment: Environment,
  modules: Type[],
  log?: Log,
): Promise<TestingModule> {
  const builder = Test.createTestingModule({
    imports: [ConfigModule.from(environment), ObservabilityModule, RedisModule, ...modules],
  });
  if (log) builder.overrideProvider(Log).useValue(log);
  const instance = await builder.compile();
  await instance.get(RedisConnections).waitUntilReady(PATIENCE_MS);
  await instance.init();
  return instance;
}
