import { parseArgs } from 'node:util';

export interface DemoArguments {
  servers: string[];
  adminEmail: string;
  /** Until stopped when absent. */
  seconds?: number;
  drivers?: number;
  /** Who request trips; a share of the drivers when absent. */
  passengers?: number;
  /** A CSV file of real positions. */
  traces?: string;
  /** Folder with the streets of a city, for drives that are not recorded. */
  city?: string;
  /** Says the password, too: only for a server whose admin was made up for this demo. */
  showLogin: boolean;
}

export const USAGE =
  'Usage: main.js demo --servers http://127.0.0.1:3000,http://127.0.0.1:3001 --admin-email X' +
  ' [--seconds N] [--drivers N] [--passengers N] --city folder | --traces file.csv [--show-login], with the password in ADMIN_PASSWORD';

const MAX_DRIVERS = 5_000;
const MAX_PASSENGERS = 1_000;

/** Names everything that is wrong with the command line at once. */
export class ArgumentsError extends Error {
  constructor(problems: readonly string[]) {
    super(`${problems.join('\n')}\n${USAGE}`);
    this.name = 'ArgumentsError';
  }
}

/** @throws ArgumentsError */
export function readDemoArguments(args: readonly string[]): DemoArguments {
  const { values, positionals } = parse(args);
  const problems: string[] = [];
  if (positionals.length !== 1 || positionals[0] !== 'demo') {
    problems.push('The one command is "demo".');
  }
  const servers = (values.servers ?? '').split(',').flatMap((text) => {
    const trimmed = text.trim().replace(/\/+$/, '');
    return trimmed === '' ? [] : [trimmed];
  });
  if (servers.length === 0) problems.push('--servers is needed: one or more URLs, with commas.');
  for (const server of servers) {
    if (!/^https?:\/\//.test(server) || !URL.canParse(server)) {
      problems.push(`--servers: "${server}" is no http(s) URL.`);
    }
  }
  if (!values['admin-email']) problems.push('--admin-email is needed.');
  const seconds = readCount('--seconds', values.seconds, 1, 86_400 * 365, problems);
  const drivers = readCount('--drivers', values.drivers, 1, MAX_DRIVERS, problems);
  const passengers = readCount('--passengers', values.passengers, 0, MAX_PASSENGERS, problems);
  if (!values.traces && !values.city) problems.push('--traces or --city is needed.');
  if (problems.length > 0) throw new ArgumentsError(problems);
  return {
    servers,
    adminEmail: values['admin-email'] ?? '',
    showLogin: values['show-login'] ?? false,
    ...(seconds === undefined ? {} : { seconds }),
    ...(drivers === undefined ? {} : { drivers }),
    ...(passengers === undefined ? {} : { passengers }),
    ...(values.traces ? { traces: values.traces } : {}),
    ...(values.city ? { city: values.city } : {}),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        servers: { type: 'string' },
        'admin-email': { type: 'string' },
        seconds: { type: 'string' },
        drivers: { type: 'string' },
        passengers: { type: 'string' },
        traces: { type: 'string' },
        city: { type: 'string' },
        'show-login': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new ArgumentsError([withoutHint(error instanceof Error ? error.message : String(error))]);
  }
}

/** Node goes on with advice on positional arguments, which there are none of here. */
function withoutHint(message: string): string {
  return message.replace(/(?:\n|\. To specify)[\s\S]*$/, '.');
}

function readCount(
  name: string,
  text: string | undefined,
  minimum: number,
  maximum: number,
  problems: string[],
): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  problems.push(`${name} must be a whole number from ${minimum} to ${maximum}, not "${text}".`);
  return undefined;
}
