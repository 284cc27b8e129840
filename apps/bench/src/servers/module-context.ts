import { Module, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule, type Environment } from '#libs/config';
import { ObservabilityModule } from '#libs/observability';
import { RedisConnections, RedisModule } from '#libs/redis';

const REDIS_WAIT_MS = 10_000;
/** Preparations come in great heaps, and nobody waits for the answer of one. */
const PREPARING_TIMEOUT_MS = 60_000;

@Module({})
class BenchModule {}

/** Runs some work with services of production, outside of any server. */
export async function withModules<Result>(
  environment: Environment,
  modules: Type[],
  work: (context: INestApplicationContext) => Promise<Result>,
): Promise<Result> {
  const patient = { ...environment, REDIS_COMMAND_TIMEOUT: PREPARING_TIMEOUT_MS };
  const context = await NestFactory.create(
    {
      module: BenchModule,
      imports: [ConfigModule.from(patient), ObservabilityModule, RedisModule, ...modules],
    },
    { logger: false, abortOnError: false },
  );
  try {
    await context.get(RedisConnections).waitUntilReady(REDIS_WAIT_MS);
    // Services ask Redis while they start.
    await context.init();
    return await work(context);
  } finally {
    await context.close();
  }
}
