import { z } from 'zod';
import { ConfigurationError } from './environment.js';

const url = (defaultValue: string) =>
  z
    .url({ protocol: /^(https?|wss?)$/, error: 'must be a URL like http://localhost:3000' })
    .default(defaultValue);

const number = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'must be a number')
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must lie in ${minimum}..${maximum}`);

const text = z.string().trim().optional();

const TOKENS = ['ACCESS_TOKEN', 'DRIVER_TOKEN', 'ADMIN_TOKEN', 'PASSENGER_TOKEN'] as const;

/** What the programs that act as clients read: the simulator and the checks of a started server. */
const clientSchema = z.object({
  ADMIN_PASSWORD: text,
  SERVER: url('http://localhost:3000'),
  /** Where the sockets go when that is not SERVER. */
  WS_BASE: url('http://localhost:3000').unwrap().optional(),
  WS_PATH: z.string().regex(/^\/.+/, 'must start with /').default('/socket.io'),
  NAMESPACE: z.string().regex(/^\//, 'must start with /').default('/drivers'),
  ACCESS_TOKEN: text,
  DRIVER_TOKEN: text,
  ADMIN_TOKEN: text,
  PASSENGER_TOKEN: text,
  TEST_LAT: number(-90, 90).default(41.9028),
  TEST_LNG: number(-180, 180).default(12.4964),
  TEST_TRIP_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id of letters, digits, _ and -')
    .optional(),
  SECONDS: number(1, 86_400).default(10),
});

export const CLIENT_VARIABLES: readonly string[] = Object.keys(clientSchema.shape);

export type ClientEnvironment = z.output<typeof clientSchema>;

/**
 * Reads the environment of a client program; an empty variable counts as not set.
 * @throws ConfigurationError with one line for each wrong variable.
 */
export function parseClientEnvironment(source: NodeJS.ProcessEnv): ClientEnvironment {
  const given = CLIENT_VARIABLES.flatMap((name) => {
    const value = source[name];
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  const result = clientSchema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`),
  );
}

/**
 * The same for a check of a server. A token that is set but empty is one that its owner failed to
 * get: the check would go on with another token, or with a server of its own.
 * @throws ConfigurationError
 */
export function parseCheckEnvironment(source: NodeJS.ProcessEnv): ClientEnvironment {
  const empty = TOKENS.filter((name) => source[name]?.trim() === '');
  if (empty.length === 0) return parseClientEnvironment(source);
  throw new ConfigurationError(
    empty.map((name) => `${name} is set but empty: give it an access token, or unset it`),
  );
}

export function readCheckEnvironment(): ClientEnvironment {
  return parseCheckEnvironment(process.env);
}

export function readClientEnvironment(): ClientEnvironment {
  return parseClientEnvironment(process.env);
}
