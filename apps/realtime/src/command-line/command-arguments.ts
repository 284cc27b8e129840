import { parseArgs } from 'node:util';

interface CommandShape {
  name: string;
  /** Words in angle brackets, options with their values; in square brackets what may be left out. */
  takes: string;
  does: string;
}

const COMMANDS: readonly CommandShape[] = [
  {
    name: 'create-admin',
    takes: '--email <address>',
    does: 'a further admin; the password from ADMIN_PASSWORD or standard input',
  },
  {
    name: 'issue-token',
    takes: '--user <id or address>',
    does: 'opens a session and prints its access token',
  },
  {
    name: 'sign-in-link',
    takes: '--user <id or address> [--url <address of the page>]',
    does: 'signs a browser in, once, within an hour',
  },
  {
    name: 'issue-people',
    takes: '--drivers N --passengers N --dispatchers N [--visitors]',
    does: 'people for npm run simulate -- --people',
  },
  { name: 'sessions', takes: '--user <id or address>', does: 'the sessions of a person' },
  {
    name: 'revoke',
    takes: '--user <id or address> [--sid <session>]',
    does: 'ends one session, or all of them',
  },
  {
    name: 'instances',
    takes: '',
    does: 'who is there: address, release, connections, whether it drains',
  },
  { name: 'drain', takes: '<instance>', does: 'lets an instance send its clients away and end' },
  {
    name: 'log-level',
    takes: '<level> [--instance <id>] [--minutes <n>]',
    does: 'logs more or less for a while, 10 minutes, everywhere',
  },
  {
    name: 'person export',
    takes: '<id, e-mail or phone>',
    does: 'all that is kept of one person, as JSON',
  },
  {
    name: 'person erase',
    takes: '<id, e-mail or phone> [--force]',
    does: 'removes it, and who it was from the trips that stay',
  },
  { name: 'check-config', takes: '', does: 'names every wrong variable of the environment' },
  { name: 'redis-keys', takes: '', does: 'what lies in Redis, by kind, count and size' },
  {
    name: 'replay-dead-letters',
    takes: '[--id <dead letter>]',
    does: 'gives facts that were given up to their webhooks again',
  },
];

const COLUMN = 40;
const lineOf = ({ name, takes, does }: CommandShape) =>
  `  ${`${name} ${takes}`.trimEnd().padEnd(COLUMN)}   ${does}`;

export const USAGE = [
  'Usage: npx ridewire <command> [--json]',
  ...COMMANDS.map(lineOf),
  'It reads the environment of an instance, and .env in this folder.',
].join('\n');

export interface GivenCommand {
  name: string;
  isJson: boolean;
  /** What stands behind the name. */
  word: string | undefined;
  email: string | undefined;
  user: string | undefined;
  sid: string | undefined;
  id: string | undefined;
  url: string | undefined;
  force: boolean;
  instance: string | undefined;
  minutes: string | undefined;
}

/**
 * Reads what was typed. What a command does not take is refused: with a wrong option left out, `revoke`
 * would end every session.
 * @throws Error that says what to type
 */
export function readCommand(args: readonly string[]): GivenCommand {
  const shape = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => args[i] === word));
  if (!shape) {
    const named = args[0] === undefined ? '' : `There is no command ${args[0]}.\n`;
    throw new Error(`${named}${USAGE}`);
  }
  const { name, takes } = shape;
  const refuse = (what: string): never => {
    throw new Error(`${what}\nUsage: npx ridewire ${`${name} ${takes}`.trimEnd()} [--json]`);
  };
  const options = optionsOf(takes);
  const words = takes.replaceAll(OPTION, '').match(/<[^>]+>/g) ?? [];
  const { values, positionals } = parse(args.slice(name.split(' ').length), options, refuse);
  for (const { option, text, isRequired } of options)
    if (isRequired && values[option] === undefined) refuse(`${name} needs ${text}.`);
  if (positionals.length < words.length) refuse(`${name} needs ${words[positionals.length]}.`);
  if (positionals.length > words.length)
    refuse(`${name} does not take ${positionals[words.length]}.`);
  const text = (option: string) => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    name,
    isJson: values['json'] === true,
    word: positionals[0],
    email: text('email'),
    user: text('user'),
    sid: text('sid'),
    id: text('id'),
    url: text('url'),
    force: values['force'] === true,
    instance: text('instance'),
    minutes: text('minutes'),
  };
}

interface CommandOption {
  option: string;
  text: string;
  hasValue: boolean;
  isRequired: boolean;
}

const OPTION = /\[?--([a-z]+)(?: (?:<[^>]+>|N))?\]?/g;

function optionsOf(takes: string): CommandOption[] {
  return [...takes.matchAll(OPTION)].map(([text, option = '']) => ({
    option,
    text,
    hasValue: text.includes(' '),
    isRequired: !text.startsWith('['),
  }));
}

function parse(
  args: readonly string[],
  options: readonly CommandOption[],
  refuse: (what: string) => never,
) {
  const known: Record<string, { type: 'string' | 'boolean' }> = { json: { type: 'boolean' } };
  for (const { option, hasValue } of options)
    known[option] = { type: hasValue ? 'string' : 'boolean' };
  try {
    return parseArgs({
      args: withTheirValues(args),
      allowPositionals: true,
      options: known,
    });
  } catch (error) {
    // The rest is about arguments that begin with a dash.
    return refuse((error as Error).message.replace(/\. .*/s, '.'));
  }
}

const NAMES_AN_ID = /^--(sid|user|id|instance)$/;

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
