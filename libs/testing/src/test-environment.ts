import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { parseEnvironment, type Environment } from '#libs/config';

/** A key prefix that no other test file and no earlier run has. */
export function uniquePrefix(): string {
  return `t${randomBytes(6).toString('hex')}:`;
}

/** A busy machine must not be taken for a fault: tests of a limit set their own. */
export const PATIENT_LIMITS = {
  PRESSURE_EVENT_LOOP_DELAY: '0ms',
  WS_CONNECTS_PER_SECOND_PER_ADDRESS: '1000000',
  REST_RATE_PER_SECOND: '1000000',
  REST_RATE_BURST: '1000000',
  REST_RATE_PER_SECOND_PER_ADDRESS: '1000000',
  REST_RATE_BURST_PER_ADDRESS: '1000000',
  REDIS_COMMAND_TIMEOUT: '10s',
  WS_CONNECT_TIMEOUT: '30s',
  WS_REQUEST_DEADLINE: '20s',
  DISPATCH_DELIVERY_TIMEOUT: '20s',
  DISPATCH_OFFER_TTL: '60s',
};

/** The environment of a test instance: the shared real Redis, port 0, quiet log. */
export function testEnvironment(overrides: Record<string, string> = {}): Environment {
  return parseEnvironment({
    NODE_ENV: 'test',
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'silent',
    REDIS_URL: inject('redisUrl'),
    // A test with a Redis of its own has one server, unless it says otherwise.
    REDIS_MODE: 'REDIS_URL' in overrides ? 'single' : inject('redisMode'),
    REDIS_REPLICAS_TO_WAIT_FOR: 'REDIS_URL' in overrides ? '0' : inject('replicasToWaitFor'),
    REDIS_KEY_PREFIX: uniquePrefix(),
    JWT_ACCESS_SECRET: 'test-access-secret-of-32-characters!',
    JWT_REFRESH_SECRET: 'test-refresh-secret-of-32-characters',
    FIRST_ADMIN_EMAIL: 'first.admin@example.com',
    FIRST_ADMIN_PASSWORD: 'first-admin-password',
    COOKIE_SECURE: 'false',
    DRAIN_PERIOD: '0ms',
    ...PATIENT_LIMITS,
    ...overrides,
  });
}
