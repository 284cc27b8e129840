import path from 'node:path';
import { parseArgs } from 'node:util';

export interface BenchArguments {
  redisUrl: string;
  redisPid: number;
  redisVersion: string;
  /** Where results and profiles go. */
  directory: string;
  /** As it was called, for the results. */
  command: string;
  /** A second copy of the results. */
  json?: string;
  cases: number[];
  repeat: number;
  warmUpMs: number;
  measureMs: number;
  /** How long to wait before each run for other programs to leave the machine alone. */
  patienceMs: number;
  /** For waiting and for disturbed runs that are made again, in all. */
  spareMs: number;
  quick: boolean;
  profile: boolean;
  /** Cases 1 and 2 compare Ridewire without and with metrics, and nobody else. */
  metrics: boolean;
}

export class BenchArgumentsError extends Error {}

const USAGE =
  'Usage: npm run bench [-- --cases 1,2 --seconds N --repeat N --patience N --spare MINUTES --quick --profile --metrics --json FILE]';
export const ALL_CASES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/** @throws BenchArgumentsError */
export function readBenchArguments(args: string[]): BenchArguments {
  const values = parse(args);
  const quick = values.quick ?? false;
  const seconds = count('--seconds', values.seconds, quick ? 2 : 4);
  return {
    redisUrl: values['redis-url'] ?? '',
    redisPid: Number(values['redis-pid']),
    redisVersion: values['redis-version'] ?? 'unknown',
    directory: values.directory ?? '.cache/bench',
    command: commandOf(args),
    ...(values.json ? { json: values.json } : {}),
    cases: (values.cases ?? ALL_CASES.join(',')).split(',').map((text) => {
      const number = Number(text);
      if (!ALL_CASES.includes(number)) throw wrong(`--cases: there is no case ${text}`);
      return number;
    }),
    repeat: count('--repeat', values.repeat, quick ? 1 : 3),
    warmUpMs: quick ? 1_500 : 2_500,
    measureMs: seconds * 1_000,
    patienceMs: count('--patience', values.patience, quick ? 2 : 10) * 1_000,
    spareMs: count('--spare', values.spare, 4) * 60_000,
    quick,
    profile: values.profile ?? false,
    metrics: values.metrics ?? false,
  };
}

export function profilePath({ directory }: BenchArguments, name: string): string {
  return path.join(directory, `${name}.cpuprofile`);
}

/** Without what the launcher adds. */
function commandOf(args: readonly string[]): string {
  const own = args.filter((argument) => !/^--(redis-|directory=)/.test(argument));
  return ['npm run bench', ...(own.length > 0 ? ['--', ...own] : [])].join(' ');
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        'redis-url': { type: 'string' },
        'redis-pid': { type: 'string' },
        'redis-version': { type: 'string' },
        directory: { type: 'string' },
        json: { type: 'string' },
        cases: { type: 'string' },
        seconds: { type: 'string' },
        repeat: { type: 'string' },
        patience: { type: 'string' },
        spare: { type: 'string' },
        quick: { type: 'boolean' },
        profile: { type: 'boolean' },
        metrics: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function count(name: string, text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw wrong(`${name} must be a whole number above 0`);
  return value;
}

function wrong(message: string): BenchArgumentsError {
  return new BenchArgumentsError(`${message}\n${USAGE}`);
}
