import { createInterface } from 'node:readline/promises';
import { type Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { AccountsService } from '#libs/accounts';
import { accountsConfig, type ConfigType, type Environment } from '#libs/config';
import { countCharacters, emailContact, isWithinCharacters, UserType } from '#libs/contracts';
import { withServices } from './command-context.js';

const USAGE =
  'Usage: npm run admin:create -- --email <address>\n' +
  'The password comes from ADMIN_PASSWORD, else from standard input.';

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
  return withServices(environment, async (services) => {
    const configured = services.get<ConfigType<typeof accountsConfig>>(
      accountsConfig.KEY,
    ).newAdminPassword;
    const password = configured ?? (await readPassword(input));
    if (countCharacters(password, 8) < 8 || !isWithinCharacters(password, 100)) {
      throw new Error(`The password must have 8 to 100 characters.\n${USAGE}`);
    }
    const accounts = services.get(AccountsService);
    return (await accounts.create({ userType: UserType.admin, email, password })).id;
  });
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

/**
 * Reads the password: from a pipe without its last line break, from a person twice and unseen.
 * @throws Error when it is given up or the two differ
 */
export async function readPassword(input: Readable & { isTTY?: boolean }): Promise<string> {
  if (!input.isTTY) return (await text(input)).replace(/\r?\n$/, '');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
  try {
    const answers = lines[Symbol.asyncIterator]();
    const password = await ask('Password: ', answers);
    if ((await ask('The same again: ', answers)) === password) return password;
    throw new Error('The two passwords differ.');
  } finally {
    lines.close();
  }
}

async function ask(question: string, answers: AsyncIterator<string>): Promise<string> {
  process.stderr.write(question);
  const { done, value } = await answers.next();
  process.stderr.write('\n');
  if (done) throw new Error('No password was given.');
  return value;
}
