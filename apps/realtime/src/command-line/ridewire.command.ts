import { type Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { type INestApplicationContext } from '@nestjs/common';
import { AccountsService, type Account } from '#libs/accounts';
import { AccessTokens, SessionsService, SignInCodes } from '#libs/auth';
import { readEnvironment, readRedisUrl, type Environment } from '#libs/config';
import { RequestError, SessionEndReason, UserType, type AppAudience } from '#libs/contracts';
import { DeadLettersService } from '#libs/exports';
import { InstanceBoard } from '#libs/instances';
import { LOG_LEVELS } from '#libs/observability';
import { withServices } from './command-context.js';
import { createAdmin } from './create-admin.command.js';
import { erasePerson, exportPerson } from './person.command.js';
import { issuePeople } from './people.command.js';
import { listRedisKeys } from './redis-keys.command.js';
import { tableOf, type Line } from './table.js';

const USAGE = `Usage: npx ridewire <command> [--json]
  create-admin --email <address>           a further admin; the password from ADMIN_PASSWORD or standard input
  issue-token --user <id or address>       opens a session and prints its access token
  sign-in-link --user <id or address> [--url <address of the page>]   signs a browser in, once, within an hour
  issue-people --drivers N --passengers N --dispatchers N [--visitors]   people for npm run simulate -- --people
  sessions --user <id or address>          the sessions of a person
  revoke --user <id or address> [--sid <session>]   ends one session, or all of them
  instances                                who is there: address, release, connections, whether it drains
  drain <instance>                         lets an instance send its clients away and end
  log-level <level> [--instance <id>] [--minutes <n>]   logs more or less for a while, 10 minutes, everywhere
  person export <user id>                  all that is kept of one person, as JSON
  person erase <user id> [--force]         removes it, and who it was from the trips that stay
  check-config                             names every wrong variable of the environment
  redis-keys                               what lies in Redis, by kind, count and size
  replay-dead-letters [--id <dead letter>] gives facts that were given up to their webhooks again
It reads the environment of an instance, and .env in this folder.`;

const audienceOf: Record<UserType, AppAudience> = {
  [UserType.driver]: 'driver_app',
  [UserType.passenger]: 'passenger_app',
  [UserType.admin]: 'admin_panel',
};
const DEAD_LETTERS_PER_READ = 100;
const CLIENT = { address: 'unknown', userAgent: 'ridewire command line' };

interface Options {
  email: string | undefined;
  user: string | undefined;
  sid: string | undefined;
  id: string | undefined;
  url: string | undefined;
  force: boolean | undefined;
  instance: string | undefined;
  minutes: string | undefined;
  positional: string | undefined;
  /** What follows it. */
  object: string | undefined;
}
const NOTHING_SAID = {
  email: undefined,
  user: undefined,
  sid: undefined,
  id: undefined,
  url: undefined,
  force: undefined,
  instance: undefined,
  minutes: undefined,
};

/** Lines for a table, or one document. */
type Output = Line[] | Record<string, unknown>;
type Command = (services: INestApplicationContext, options: Options) => Promise<Output>;

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
    await sessions.revoke(options.sid, id, SessionEndReason.revokedByAdmin);
    return [{ userId: id, ended: 1 }];
  },
  instances: async (services) =>
    (await services.get(InstanceBoard).list()).map(({ figures: _, ...status }) => status),
  'log-level': async (services, { positional, instance, minutes = '10' }) => {
    const level = LOG_LEVELS.find((each) => each === positional);
    const forMinutes = Number(minutes);
    if (!level || !(forMinutes > 0 && forMinutes <= LONGEST_MINUTES))
      throw new Error(
        `${USAGE}\nLevels are ${LOG_LEVELS.join(', ')}; minutes are up to ${LONGEST_MINUTES}.`,
      );
    const forMs = Math.round(forMinutes * MINUTE_MS);
    const ordered = await services.get(InstanceBoard).orderLogLevel(level, forMs, instance);
    const until = new Date(Date.now() + forMs).toISOString();
    return ordered.map(({ id, host, port }) => ({ id, host, port, level, until }));
  },
  drain: async (services, { positional }) => {
    const board = services.get(InstanceBoard);
    const instance = await board.orderDrain(positional ?? '').catch((error: unknown) => {
      if (!(error instanceof RequestError) || error.code !== 'NOT_FOUND') throw error;
      const named = positional ?? '(none named)';
      throw new Error(`There is no instance ${named}: see npx ridewire instances`);
    });
    return [{ id: instance.id, host: instance.host, port: instance.port, ordered: 'drain' }];
  },
  person: async (services, { positional, object, force = false }) => {
    if (object === undefined) throw new Error(USAGE);
    if (positional === 'export') return exportPerson(services, object);
    if (positional === 'erase') return erasePerson(services, object, force);
    throw new Error(USAGE);
  },
  'redis-keys': (services) => listRedisKeys(services),
  'replay-dead-letters': async (services, { id }) => {
    const letters = services.get(DeadLettersService);
    const replayed: Line[] = [];
    const wanted = id === undefined ? await allDeadLetters(letters) : [id];
    for (const each of wanted) {
      const { endpoint, type, subject, reason } = await letters.replay(each);
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
  const [name = ''] = args;
  if (name === 'issue-people') return issuePeople(args.slice(1), environment, USAGE);
  const { isJson, ...options } = read(args.slice(1));
  const show = (output: Output) =>
    isJson || !Array.isArray(output) ? JSON.stringify(output, null, 2) : tableOf(output);
  if (name === 'check-config') {
    const { PORT, REDIS_URL, JWT_MODE } = environment();
    const { addresses } = readRedisUrl(REDIS_URL);
    const redis = addresses.map(({ host, port }) => `${host}:${port}`).join(',');
    return show([{ configuration: 'right', port: PORT, redis, logins: JWT_MODE }]);
  }
  if (name === 'create-admin') {
    const given = options.email === undefined ? [] : ['--email', options.email];
    return show([{ created: await createAdmin(environment(), given, input) }]);
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Error(USAGE);
  return show(await withServices(environment(), (services) => command(services, options)));
}

const NAMES_AN_ID = /^--(sid|user|id|instance)$/;

function read(args: readonly string[]): Options & { isJson: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: withTheirValues(args),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        email: { type: 'string' },
        user: { type: 'string' },
        sid: { type: 'string' },
        id: { type: 'string' },
        url: { type: 'string' },
        force: { type: 'boolean' },
        instance: { type: 'string' },
        minutes: { type: 'string' },
      },
    });
    const { json = false, ...named } = values;
    const [positional, object] = positionals;
    return { isJson: json, ...NOTHING_SAID, ...named, positional, object };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}

/**
 * Ids are made at random, and some begin with a dash. There are no options of one letter: behind an
 * option that names an id it is the value, elsewhere it is an argument.
 */
function withTheirValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  const ids: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (!/^-[^-]/.test(arg)) joined.push(arg);
    else if (last !== undefined && NAMES_AN_ID.test(last))
      joined[joined.length - 1] = `${last}=${arg}`;
    else ids.push(arg);
  }
  return ids.length > 0 ? [...joined, '--', ...ids] : joined;
}

/** By its id, else by its e-mail address or phone number. */
async function accountOf(services: INestApplicationContext, { user }: Options): Promise<Account> {
  if (user === undefined) throw new Error(USAGE);
  const accounts = services.get(AccountsService);
  const found = await accounts.find(user);
  if (found) return found;
  const identifier = user.includes('@') ? { email: user } : { phoneNumber: user };
  const id = await accounts.idOf(identifier).catch(() => undefined);
  if (id === undefined) throw new Error(`There is no account ${user}.`);
  return accounts.get(id);
}

async function allDeadLetters(letters: DeadLettersService): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await letters.list(DEAD_LETTERS_PER_READ, ids.at(-1));
    ids.push(...page.map(({ id }) => id));
    if (page.length < DEAD_LETTERS_PER_READ) return ids;
  }
}
