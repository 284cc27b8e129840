import { randomBytes } from 'node:crypto';
import { parseEnvironment, type Environment } from '#libs/config';

export interface BenchEnvironment {
  /** As an instance of Ridewire is given it. */
  variables: Record<string, string>;
  parsed: Environment;
}

/** Production settings on a key prefix of their own; the overrides are what a case must differ in. */
export function benchEnvironment(
  redisUrl: string,
  overrides: Record<string, string> = {},
): BenchEnvironment {
  const variables = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    REDIS_URL: redisUrl,
    REDIS_KEY_PREFIX: `bench-${randomBytes(4).toString('hex')}:`,
    JWT_ACCESS_SECRET: randomBytes(36).toString('base64url'),
    JWT_REFRESH_SECRET: randomBytes(36).toString('base64url'),
    JWT_ACCESS_EXPIRES_IN: '2h',
    // All clients of a benchmark have one address.
    WS_CONNECTS_PER_SECOND_PER_ADDRESS: '1000000',
    WS_RATE_FACTOR_PER_ADDRESS: '1000000',
    REST_RATE_PER_SECOND_PER_ADDRESS: '1000000',
    REST_RATE_BURST_PER_ADDRESS: '1000000',
    ...overrides,
  };
  return { variables, parsed: parseEnvironment(variables) };
}
