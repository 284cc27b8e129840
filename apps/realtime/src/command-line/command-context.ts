import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccountsModule, OldKeys } from '#libs/accounts';
import { AuthModule } from '#libs/auth';
import { ConfigModule, type Environment } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { ExportsModule } from '#libs/exports';
import { InstancesModule } from '#libs/instances';
import { ObservabilityModule } from '#libs/observability';
import { RedisCommands, RedisConnections, RedisModule } from '#libs/redis';
import { PersonModule } from './person.module.js';

const REDIS_WAIT_MS = 10_000;

@Module({})
class CommandModule {}

/** Runs work with the services of an instance, beside the instances: it serves and sends nothing. */
export async function withServices<T>(
  environment: Environment,
  work: (services: INestApplicationContext) => Promise<T>,
): Promise<T> {
  const services = await NestFactory.createApplicationContext(
    {
      module: CommandModule,
      imports: [
        // Instances create the first admin, commands do not.
        ConfigModule.from({ ...environment, LOG_LEVEL: 'silent', FIRST_ADMIN_EMAIL: undefined }),
        ObservabilityModule,
        RedisModule,
        AccountsModule,
        AuthModule,
        ExportsModule,
        InstancesModule,
        PersonModule,
      ],
    },
    { logger: false, abortOnError: false },
  );
  try {
    await services.get(RedisConnections).waitUntilReady(REDIS_WAIT_MS);
    await services.get(OldKeys).moveOrSayWhyNot();
    return await work(services);
  } catch (error) {
    if (!(error instanceof RequestError) || error.code !== 'REDIS_UNAVAILABLE') throw error;
    const refusal = await services.get(RedisCommands).writeRefusal();
    const reason = (refusal ?? 'it did not answer in time').replace(/\.$/, '');
    throw new Error(`Redis did not do it: ${reason}. Once it does, run the command again.`, {
      cause: error,
    });
  } finally {
    await services.close();
  }
}
