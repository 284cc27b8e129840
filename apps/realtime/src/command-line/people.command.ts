import { parseArgs } from 'node:util';
import { type INestApplicationContext } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { AuthService, SignInCodes } from '#libs/auth';
import { type Environment } from '#libs/config';
import { UserType } from '#libs/contracts';
import { withServices } from './command-context.js';

const MAX_PEOPLE = 10_000;
const AT_ONCE = 50;
const CODE_TTL_MS = 3_600_000;
const CLIENT = { address: 'unknown', userAgent: 'ridewire command line' };

const KINDS = [
  { option: 'drivers', userType: UserType.driver },
  { option: 'passengers', userType: UserType.passenger },
  { option: 'dispatchers', userType: UserType.admin },
] as const;

interface Asked {
  counts: { userType: UserType; count: number }[];
  hasVisitors: boolean;
}

/**
 * Makes people for a simulation, each with an open session and without a password: nothing has to be
 * hashed. One line of JSON each, for `npm run simulate -- --people`. Visitors stand behind the others of
 * their kind; each has a code that signs a browser in, and no session yet.
 * @throws Error that says what to do
 */
export async function issuePeople(
  args: readonly string[],
  environment: () => Environment,
  usage: string,
): Promise<string> {
  const { counts, hasVisitors } = readArguments(args, usage);
  const known = environment();
  if (known.JWT_MODE === 'external')
    throw new Error(
      'JWT_MODE is external: your identity service signs the tokens. Open sessions with POST /api/admin/sessions.',
    );
  return withServices(known, async (services) => {
    const lines: string[] = [];
    for (const { userType, count } of counts) {
      for (let first = 0; first < count; first += AT_ONCE) {
        const numbers = Array.from(
          { length: Math.min(AT_ONCE, count - first) },
          (_, i) => first + i + 1,
        );
        const people = await Promise.all(
          numbers.map((number) => issuePerson(services, userType, number)),
        );
        lines.push(...people.map((person) => JSON.stringify(person)));
      }
      if (hasVisitors) lines.push(JSON.stringify(await inviteVisitor(services, userType)));
    }
    return lines.join('\n');
  });
}

async function issuePerson(
  services: INestApplicationContext,
  userType: UserType,
  number: number,
): Promise<object> {
  const account = await services
    .get(AccountsService)
    .create({ userType, name: `Simulated ${userType} ${number}` });
  const pair = await services.get(AuthService).letIn(account, CLIENT);
  return { userType, userId: account.id, ...pair };
}

/** Somebody whom a person plays: the code opens the page of that kind, once. */
async function inviteVisitor(
  services: INestApplicationContext,
  userType: UserType,
): Promise<object> {
  const { id: userId } = await services
    .get(AccountsService)
    .create({ userType, name: `Visiting ${userType}` });
  const signInCode = await services.get(SignInCodes).issue(userId, CODE_TTL_MS);
  return { userType, userId, signInCode };
}

function readArguments(args: readonly string[], usage: string): Asked {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        drivers: { type: 'string', default: '0' },
        passengers: { type: 'string', default: '0' },
        dispatchers: { type: 'string', default: '0' },
        visitors: { type: 'boolean', default: false },
        json: { type: 'boolean' },
      },
    });
    const counts = KINDS.map(({ option, userType }) => ({
      userType,
      count: countOf(option, values[option]),
    }));
    if (counts.every(({ count }) => count === 0) && !values.visitors)
      throw new Error('Say whom: --drivers N, --passengers N, --dispatchers N, --visitors.');
    return { counts, hasVisitors: values.visitors };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${usage}`, { cause: error });
  }
}

function countOf(option: string, text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count <= MAX_PEOPLE) return count;
  throw new Error(`--${option} must be a whole number from 0 to ${MAX_PEOPLE}, not "${text}".`);
}
