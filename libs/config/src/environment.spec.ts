import { describe, expect, it } from 'vitest';
import { ConfigurationError, parseEnvironment } from './environment.js';

function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseEnvironment(environment);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems;
  }
}

describe('what is said about a wrong configuration', () => {
  const right = {
    REDIS_URL: 'redis://127.0.0.1:6379',
    JWT_ACCESS_SECRET: 'a'.repeat(32),
    JWT_REFRESH_SECRET: 'b'.repeat(32),
  };

  it('[CONF1] Bounds of durations are written as durations', () => {
    const form = 'must be a duration like 500ms, 30s, 15m, 12h or 7d';
    const wrong = {
      JWT_ACCESS_EXPIRES_IN: '8d',
      JWT_REFRESH_EXPIRES_IN: '401d',
      DRAIN_PERIOD: '-1',
      REDIS_COMMAND_TIMEOUT: 'soon',
    };
    expect(problemsOf({ ...right, ...wrong }).toSorted()).toEqual([
      `DRAIN_PERIOD ${form}, from 0ms to 400d`,
      `JWT_ACCESS_EXPIRES_IN ${form}, from 1s to 7d`,
      `JWT_REFRESH_EXPIRES_IN ${form}, from 2s to 400d`,
      `REDIS_COMMAND_TIMEOUT ${form}, from 50ms to 1m`,
    ]);
  });

  it('[CONF1] Of a choice all values are named, of a password its lengths', () => {
    const wrong = {
      LOG_LEVEL: 'loud',
      COOKIE_SAME_SITE: 'maybe',
      ADMIN_PASSWORD: 'x'.repeat(101),
    };
    expect(problemsOf({ ...right, ...wrong }).toSorted()).toEqual([
      'ADMIN_PASSWORD must have at most 100 characters',
      'COOKIE_SAME_SITE must be one of lax, strict, none',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    ]);
  });

  it('[CONF1] Prices are whole amounts of a currency that exists', () => {
    const wrong = { FARE_CURRENCY: 'EUU', FARE_BASE: '2.50', FARE_MAX_SURGE_BASIS_POINTS: '9999' };
    expect(problemsOf({ ...right, ...wrong }).toSorted()).toEqual([
      'FARE_BASE must be a whole number from 0 to 1000000000',
      'FARE_CURRENCY must be an ISO 4217 code like EUR',
      'FARE_MAX_SURGE_BASIS_POINTS must be a whole number from 10000 to 100000',
    ]);
    expect(problemsOf({ ...right, FARE_CURRENCY: 'eur' })).toHaveLength(1);
    expect(problemsOf({ ...right, FARE_CURRENCY: 'JPY', FARE_BASE: '0' })).toEqual([]);
  });

  it('[CONF1] A variable that is wrong by itself has one message, and none of the rules between variables', () => {
    const wrong = {
      JWT_ACCESS_SECRET: 'short',
      FIRST_ADMIN_EMAIL: 'admin@example.com',
      FIRST_ADMIN_PASSWORD: 'x'.repeat(101),
    };
    const problems = problemsOf({ ...right, ...wrong });
    expect(problems.map((problem) => problem.split(' ')[0]).toSorted()).toEqual([
      'FIRST_ADMIN_PASSWORD',
      'JWT_ACCESS_SECRET',
    ]);
    expect(problems.join()).not.toMatch(/is required|set together/);
  });

  it('[CONF1] Webhooks need a secret, and https in production unless they stay on this machine', () => {
    const secret = { WEBHOOK_SECRET: `${'s'.repeat(32)}, ${'t'.repeat(32)}` };
    const to = (...urls: string[]) => ({ ...right, WEBHOOK_URL: urls.join(',') });
    const remote = 'http://hooks.example.com/ridewire';
    expect(problemsOf({ ...to('http://127.0.0.1:1', 'http://localhost/x'), ...secret })).toEqual(
      [],
    );
    expect(problemsOf({ ...to(remote), ...secret, NODE_ENV: 'development' })).toEqual([]);
    expect(problemsOf({ ...to('https://a.example.com', remote), ...secret })).toEqual([
      'WEBHOOK_URL must be https with NODE_ENV=production, or on this machine',
    ]);
    expect(problemsOf(to('https://a.example.com'))).toEqual([
      'WEBHOOK_SECRET is required with WEBHOOK_URL',
    ]);
  });

  it('[CONF1] What is wrong with a webhook is said without its URL and its secret', () => {
    const wrong = {
      WEBHOOK_URL: 'https://user:hidden@a.example.com',
      WEBHOOK_SECRET: `${'s'.repeat(32)},hidden`,
      WEBHOOK_RETRY_DELAY: '2h',
    };
    expect(problemsOf({ ...right, ...wrong }).toSorted()).toEqual([
      'WEBHOOK_RETRY_MAX_DELAY must not be below WEBHOOK_RETRY_DELAY',
      'WEBHOOK_SECRET must have at least 32 characters each',
      'WEBHOOK_URL must be http(s) URLs without user name and password',
    ]);
  });
});
