import { type Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccountsModule, AccountsService, emailContact } from '#libs/accounts';
import { accountsConfig, ConfigModule, type ConfigType, type Environment } from '#libs/config';
import { countCharacters, isWithinCharacters, UserType } from '#libs/contracts';
import { ObservabilityModule } from '#libs/observability';
import { RedisConnections, RedisModule } from '#libs/redis';
import { readPassword } from './password-input.js';

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
  const email = readEmail(args);
  const app = await NestFactory.createApplicationContext(
    {
      module: CreateAdminModule,
      imports: [
        // The first admin is for the instances to create.
        ConfigModule.from({ ...environment, FIRST_ADMIN_EMAIL: undefined }),
        ObservabilityModule,
        RedisModule,
        AccountsModule,
      ],
    },
    { logger: false, abortOnError: false },
  );
  try {
    await app.get(RedisConnections).waitUntilReady(REDIS_WAIT_MS);
    const configured = app.get<ConfigType<typeof accountsConfig>>(
      accountsConfig.KEY,
    ).newAdminPassword;
    const password = configured ?? (await readPassword(input));
    if (countCharacters(password, 8) < 8 || !isWithinCharacters(password, 100)) {
      throw new Error(`The password must have 8 to 100 characters.\n${USAGE}`);
    }
    const accounts = app.get(AccountsService);
    return (await accounts.create({ userType: UserType.admin, email, password })).id;
  } finally {
    await app.close();
  }
}

function readEmail(args: string[]): string {
  const email = emailOption(args);
  if (email === undefined) throw new Error(USAGE);
  if (!emailContact(email)) throw new Error(`--email must be an e-mail address.\n${USAGE}`);
  return email;
}

function emailOption(args: string[]): string | undefined {
  try {
    return parseArgs({ args, options: { email: { type: 'string' } } }).values.email;
  } catch {
    return undefined;
  }
}
