import { text } from 'node:stream/consumers';
import { type Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { isEmail } from 'class-validator';
import { AccountsModule, AccountsService } from '#libs/accounts';
import { ConfigModule, Configuration, type Environment } from '#libs/config';
import { UserType } from '#libs/contracts';
import { ObservabilityModule } from '#libs/observability';
import { RedisConnections, RedisModule } from '#libs/redis';

const USAGE =
  'Usage: npm run admin:create -- --email <address>\n' +
  'The password comes from ADMIN_PASSWORD, else from standard input.';
const REDIS_WAIT_MS = 10_000;

@Module({})
class CreateAdminModule {}

/**
 * Resolves the id of the new admin.
 * @throws Error that says what to do
 */
export async function createAdmin(
  environment: Environment,
  args: string[],
  input: Readable,
): Promise<string> {
  const { email } = parseArgs({ args, options: { email: { type: 'string' } } }).values;
  if (!isEmail(email)) throw new Error(USAGE);
  const app = await NestFactory.createApplicationContext(
    {
      module: CreateAdminModule,
      imports: [ConfigModule.from(environment), ObservabilityModule, RedisModule, AccountsModule],
    },
    { logger: false, abortOnError: false },
  );
  try {
    await app.get(RedisConnections).waitUntilReady(REDIS_WAIT_MS);
    const configured = app.get(Configuration).accounts.newAdminPassword;
    const password = configured ?? (await text(input)).replace(/\r?\n$/, '');
    if (password.length < 8 || password.length > 100) {
      throw new Error(`The password must have 8 to 100 characters.\n${USAGE}`);
    }
    const accounts = app.get(AccountsService);
    return (await accounts.create({ userType: UserType.admin, email: String(email), password })).id;
  } finally {
    await app.close();
  }
}
