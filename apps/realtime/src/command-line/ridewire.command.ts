import { type Readable } from 'node:stream';
import { type INestApplicationContext } from '@nestjs/common';
import { AccountsService, type Account } from '#libs/accounts';
import { AccessTokens, SessionsService, SignInCodes } from '#libs/auth';
import { misspelledVariables, readEnvironment, readRedisUrl, type Environment } from '#libs/config';
import { RequestError, SessionEndReason, UserType, type AppAudience } from '#libs/contracts';
import { DeadLettersService } from '#libs/exports';
import { InstanceBoard } from '#libs/instances';
import { LOG_LEVELS } from '#libs/observability';
import { readCommand, USAGE, type GivenCommand } from './command-arguments.js';
import { withServices } from './command-context.js';
import { createAdmin } from './create-admin.command.js';
import { erasePerson, exportPerson } from './person.command.js';
import { issuePeople } from './people.command.js';
import { listRedisKeys } from './redis-keys.command.js';
import { tableOf, type Line } from './table.js';

const audienceOf: Record<UserType, AppAudience> = {
  [UserType.driver]: 'driver_app',
  [UserType.passenger]: 'passenger_app',
  [UserType.admin]: 'admin_panel',
};
const DEAD_LETTERS_PER_READ = 100;
const CLIENT = { address: 'unknown', userAgent: 'ridewire command line' };

/** Lines for a table, or one document. */
type Output = Line[] | Record<string, unknown>;
type Command = (services: INestApplicationContext, given: GivenCommand) => Promise<Output>;

/** Those that need Redis. */
const commands: Record<string, Command> = {
  'issue-token': async (services, options) => {
    const account = await accountOf(services, options);
    const opened = await services.get(SessionsService).open({
      account,
      ttlMs: DAY_MS,
      client: CLIENT,
      fields: {},
    });
    const { token, expiresAt } = services.get(AccessTokens).issue({
      userId: account.id,
      sid: opened.sid,
      userType: account.userType,
      appAudience: audienceOf[account.userType],
      email: account.email,
      phoneNumber: account.phoneNumber,
      sessionExpiresAt: opened.expiresAt,
    });
    return [
      { userId: account.id, sid: opened.sid, token, expiresAt: new Date(expiresAt).toISOString() },
    ];
  },
  'sign-in-link': async (services, options) => {
    const account = await accountOf(services, options);
    const code = await services.get(SignInCodes).issue(account.id, SIGN_IN_CODE_MS);
    const page = (options.url ?? '').replace(/\/+$/, '');
    const expiresAt = new Date(Date.now() + SIGN_IN_CODE_MS).toISOString();
    return [{ userId: account.id, link: `${page}/#sign-in=${code}`, expiresAt }];
  },
  sessions: async (services, options) => {
    const { id } = await accountOf(services, options);
    const sessions = await services.get(SessionsService).list(id);
    return sessions.map(({ sid, appAudience, createdAt, lastActivityAt, expiresAt, address }) => ({
      sid,
      app: appAudience,
      createdAt,
      lastActivityAt,
      expiresAt,
      address,
    }));
  },
  revoke: async (services, options) => {
    const { id } = await accountOf(services, options);
    const sessions = services.get(SessionsService);
    if (options.sid === undefined)
      return [{ userId: id, ended: await sessions.revokeAll(id, SessionEndReason.revokedByAdmin) }];
    await sessions
      .revoke(options.sid, id, SessionEndReason.revokedByAdmin)
      .catch(sayWhatIsNotThere(`${options.user} has no session ${options.sid}.`));
    return [{ userId: id, ended: 1 }];
  },
  instances: async (services) =>
    (await services.get(InstanceBoard).list()).map(
      ({ id, host, port, version, startedAt, connections, draining, pressure }) => {
        return { id, host, port, version, startedAt, connections, draining, pressure };
      },
    ),
  'log-level': async (services, { word, instance, minutes = '10' }) => {
    const level = LOG_LEVELS.find((each) => each === word);
    const forMinutes = Number(minutes);
    if (!level || !(forMinutes > 0 && forMinutes <= LONGEST_MINUTES))
      throw new Error(`Levels are ${LOG_LEVELS.join(', ')}; minutes are up to ${LONGEST_MINUTES}.`);
    const forMs = Math.round(forMinutes * MINUTE_MS);
    const ordered = await services
      .get(InstanceBoard)
      .orderLogLevel(level, forMs, instance)
      .catch(sayWhatIsNotThere(noInstance(instance ?? '')));
    const until = new Date(Date.now() + forMs).toISOString();
    return ordered.map(({ id, host, port }) => ({ id, host, port, level, until }));
  },
  drain: async (services, { word = '' }) => {
    const instance = await services
      .get(InstanceBoard)
      .orderDrain(word)
      .catch(sayWhatIsNotThere(noInstance(word)));
    return [{ id: instance.id, host: instance.host, port: instance.port, ordered: 'drain' }];
  },
  'person export': async (services, { word = '' }) =>
    exportPerson(services, await personIdOf(services, word)),
  'person erase': async (services, { word = '', force }) =>
    erasePerson(services, await personIdOf(services, word), force),
  'redis-keys': (services) => listRedisKeys(services),
  'replay-dead-letters': async (services, { id }) => {
    const letters = services.get(DeadLettersService);
    const replayed: Line[] = [];
    const wanted = id === undefined ? await allDeadLetters(letters) : [id];
    for (const each of wanted) {
      const { endpoint, type, subject, reason } = await letters
        .replay(each)
        .catch(sayWhatIsNotThere(`There is no dead letter ${each}.`));
      replayed.push({ id: each, endpoint, type, subject, reason });
    }
    return replayed;
  },
};
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const LONGEST_MINUTES = 1_440;
const SIGN_IN_CODE_MS = 3_600_000;

/**
 * Runs one command and resolves what it prints.
 * @throws Error that says what to do
 */
export async function runCommand(
  args: readonly string[],
  environment: () => Environment = readEnvironment,
  input: Readable = process.stdin,
): Promise<string> {
  if (args.includes('--help') || args[0] === '-h' || args[0] === 'help') return USAGE;
  if (args[0] === 'issue-people') return issuePeople(args.slice(1), environment, USAGE);
  const given = readCommand(args);
  const { name, isJson, email } = given;
  const show = (output: Output) =>
    isJson || !Array.isArray(output) ? JSON.stringify(output, null, 2) : tableOf(output);
  if (name === 'check-config') {
    const { PORT, REDIS_URL, JWT_MODE } = environment();
    const { addresses } = readRedisUrl(REDIS_URL);
    const redis = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
    const notRead = misspelledVariables().map((each) => `${each.name} (meant ${each.meant}?)`);
    return show([
      {
        configuration: 'right',
        port: PORT,
        redis,
        logins: JWT_MODE,
        notRead: notRead.length > 0 ? notRead.join(', ') : null,
      },
    ]);
  }
  if (name === 'create-admin')
    return show([{ created: await createAdmin(environment(), ['--email', email ?? ''], input) }]);
  const command = commands[name]!;
  return show(await withServices(environment(), (services) => command(services, given)));
}

const noInstance = (id: string) => `There is no instance ${id}: see npx ridewire instances`;

/** The answer of a service to a client names nothing: whoever typed it sees what was looked for. */
const sayWhatIsNotThere =
  (what: string) =>
  (error: unknown): never => {
    if (error instanceof RequestError && error.code === 'NOT_FOUND')
      throw new Error(what, { cause: error });
    throw error;
  };

/** By its id, else by its e-mail address or phone number. */
async function accountOf(
  services: INestApplicationContext,
  { user = '' }: Pick<GivenCommand, 'user'>,
): Promise<Account> {
  const accounts = services.get(AccountsService);
  const found = await accounts.find(user);
  if (found) return found;
  const identifier = user.includes('@') ? { email: user } : { phoneNumber: user };
  const id = await accounts.idOf(identifier).catch(() => undefined);
  if (id === undefined) throw new Error(`There is no account ${user}.`);
  return accounts.get(id);
}

/**
 * Of one whose account is erased there may be something left, which its id finds. An address that leads
 * to nobody is no such id: it must not look as if nothing were kept.
 */
async function personIdOf(services: INestApplicationContext, user: string): Promise<string> {
  return /@|^\+/.test(user) ? (await accountOf(services, { user })).id : user;
}

async function allDeadLetters(letters: DeadLettersService): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await letters.list(DEAD_LETTERS_PER_READ, ids.at(-1));
    ids.push(...page.map(({ id }) => id));
    if (page.length < DEAD_LETTERS_PER_READ) return ids;
  }
}
