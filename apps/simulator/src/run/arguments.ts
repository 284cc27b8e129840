import { parseArgs } from 'node:util';
import { TROUBLES, type Troubles } from '../plan/driver-plan.js';

/** What the command line asks for. */
export interface RunArguments {
  /** `plan` shows what a seed plans and needs no server. */
  command: 'demo' | 'simulate' | 'plan';
  servers: string[];
  /** Makes the accounts, with the password in ADMIN_PASSWORD; unless `people` lists them. */
  adminEmail?: string;
  /** File of people whose sessions are open, `-` for standard input. */
  people?: string;
  seed: number;
  /** Until stopped when absent. */
  seconds?: number;
  drivers?: number;
  /** Who request trips; a share of the drivers when absent. */
  passengers?: number;
  /** `short`: near the cars, less than a minute; `city`: where people go by the hour. */
  rides: 'short' | 'city';
  /** What time it is in the city at the begin, and how many times as fast as ours it goes on. */
  clock: { startHour: number; rate: number };
  troubles: Troubles;
  /** A file of recorded positions, and how many times as fast they are driven. */
  replay?: { file: string; speed: number };
  /** Folder with the streets of a city, for drives that are not recorded. */
  city?: string;
  /** Each signs a browser in to one of the pages, once. */
  links: Partial<Record<LinkName, string>>;
}

/** The pages of dispatchers, passengers and drivers. */
const LINK_NAMES = ['desk', 'ride', 'drive'] as const;
export type LinkName = (typeof LINK_NAMES)[number];

const COMMANDS = ['demo', 'simulate', 'plan'] as const;
const OPTIONS = {
  instances: { type: 'string' },
  'admin-email': { type: 'string' },
  people: { type: 'string' },
  seed: { type: 'string' },
  seconds: { type: 'string' },
  drivers: { type: 'string' },
  passengers: { type: 'string' },
  rides: { type: 'string' },
  hour: { type: 'string' },
  clock: { type: 'string' },
  troubles: { type: 'string' },
  replay: { type: 'string' },
  speed: { type: 'string' },
  city: { type: 'string' },
  'desk-link': { type: 'string' },
  'ride-link': { type: 'string' },
  'drive-link': { type: 'string' },
} as const;

export const MAX_DRIVERS = 5_000;
export const MAX_PASSENGERS = 2_000;
const MAX_SECONDS = 86_400 * 365;

/** Names everything that is wrong with the command line at once. */
export class ArgumentsError extends Error {
  constructor(problems: readonly string[]) {
    super([...problems, 'npm run simulate -- --help lists the options.'].join('\n'));
    this.name = 'ArgumentsError';
  }
}

type Given = { [Name in keyof typeof OPTIONS]?: string };

/** @throws ArgumentsError */
export function readArguments(args: readonly string[]): RunArguments {
  const problems: string[] = [];
  const { given, command } = parse(args, problems);
  const read = new Reader(given, problems);
  const servers = command === 'plan' ? [] : readServers(given.instances, problems);
  if (command !== 'plan') checkSignIn(given, problems);
  const replay = readReplay(given, problems);
  if (!replay && !given.city)
    problems.push('Name what is driven: --city montevideo, or --replay with a file of positions.');
  const seconds = read.number('seconds', 1, MAX_SECONDS);
  const drivers = read.number('drivers', 1, MAX_DRIVERS);
  const passengers = read.number('passengers', 0, MAX_PASSENGERS);
  const result: RunArguments = {
    command,
    servers,
    seed: read.number('seed', 0, 2 ** 32 - 1) ?? 1,
    rides: read.choice('rides', ['short', 'city']) ?? (command === 'demo' ? 'short' : 'city'),
    clock: {
      startHour: read.number('hour', 0, 23) ?? 18,
      rate: read.number('clock', 1, 1_440) ?? 1,
    },
    troubles: read.choice('troubles', TROUBLES) ?? 'on',
    links: linksOf(given),
    ...(given['admin-email'] ? { adminEmail: given['admin-email'] } : {}),
    ...(given.people ? { people: given.people } : {}),
    ...(seconds === undefined ? {} : { seconds }),
    ...(drivers === undefined ? {} : { drivers }),
    ...(passengers === undefined ? {} : { passengers }),
    ...(replay ? { replay } : {}),
    ...(given.city ? { city: given.city } : {}),
  };
  if (problems.length > 0) throw new ArgumentsError(problems);
  return result;
}

function linksOf(given: Given): RunArguments['links'] {
  return Object.fromEntries(
    LINK_NAMES.flatMap((name) => {
      const link = given[`${name}-link`];
      return link ? [[name, link]] : [];
    }),
  );
}

function parse(
  args: readonly string[],
  problems: string[],
): { given: Given; command: RunArguments['command'] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: OPTIONS,
    });
    const command = COMMANDS.find((name) => name === positionals[0]);
    if (!command || positionals.length > 1)
      problems.push(`"${positionals.at(-1) ?? ''}" is no command: ${COMMANDS.join(', ')}.`);
    return { given: values, command: command ?? 'simulate' };
  } catch (error) {
    throw new ArgumentsError([withoutHint(error instanceof Error ? error.message : String(error))]);
  }
}

/** Node goes on with advice on positional arguments, which there are none of here. */
function withoutHint(message: string): string {
  return message.replace(/(?:\n|\. To specify)[\s\S]*$/, '.');
}

class Reader {
  constructor(
    private readonly given: Given,
    private readonly problems: string[],
  ) {}

  number(name: keyof Given, minimum: number, maximum: number): number | undefined {
    const text = this.given[name];
    if (text === undefined) return undefined;
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    this.problems.push(
      `--${name} must be a whole number from ${minimum} to ${maximum}, not "${text}".`,
    );
    return undefined;
  }

  choice<T extends string>(name: keyof Given, choices: readonly T[]): T | undefined {
    const text = this.given[name];
    const choice = choices.find((each) => each === text);
    if (text !== undefined && !choice)
      this.problems.push(`--${name} is ${choices.join(' or ')}, not "${text}".`);
    return choice;
  }
}

function readServers(text: string | undefined, problems: string[]): string[] {
  const servers = (text ?? '').split(',').flatMap((each) => each.trim().replace(/\/+$/, '') || []);
  if (servers.length === 0)
    problems.push(
      '--instances is needed: the URLs of started instances, with commas between. ' +
        'Start one with npm start, or everything with npm run demo.',
    );
  for (const server of servers)
    if (!/^https?:\/\//.test(server) || !URL.canParse(server))
      problems.push(`--instances: "${server}" is no http(s) URL like http://127.0.0.1:3000.`);
  return servers;
}

function checkSignIn(given: Given, problems: string[]): void {
  if (given['admin-email'] || given.people) return;
  problems.push(
    'Say how the people sign in: --admin-email of an admin, whose password is in ADMIN_PASSWORD, ' +
      'or --people with a list that npx ridewire issue-people has made.',
  );
}

function readReplay(given: Given, problems: string[]): RunArguments['replay'] | undefined {
  if (!given.replay) {
    if (given.speed)
      problems.push('--speed is for --replay: cars on streets drive as fast as they may.');
    return undefined;
  }
  for (const name of ['hour', 'clock', 'rides'] as const)
    if (given[name]) problems.push(`--${name} is for the streets of a city: leave out --replay.`);
  const text = given.speed ?? '1';
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(speed >= 0.1 && speed <= 1_000))
    problems.push(`--speed must be a number from 0.1 to 1000, not "${text}".`);
  return { file: given.replay, speed };
}
