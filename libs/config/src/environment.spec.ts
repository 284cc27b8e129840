import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigurationError, parseEnvironment, readEnvironment } from './environment.js';

function problemsOf(
  environment: NodeJS.ProcessEnv,
  read: (environment: NodeJS.ProcessEnv) => unknown = parseEnvironment,
): readonly string[] {
  try {
    read(environment);
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

  it('[CONF1] Redis is one server, a cluster or behind sentinels, and each variable fits to that', () => {
    const redis = (environment: NodeJS.ProcessEnv) => problemsOf({ ...right, ...environment });
    const several = { REDIS_URL: 'redis://a:6379, redis://b:6380' };
    expect(redis({ ...several, REDIS_MODE: 'cluster' })).toEqual([]);
    expect(redis({ ...several, REDIS_MODE: 'sentinel', REDIS_SENTINEL_MASTER: 'm' })).toEqual([]);
    expect(redis(several)).toEqual([
      'REDIS_MODE must be cluster or sentinel where REDIS_URL has several addresses',
    ]);
    expect(redis({ ...several, REDIS_MODE: 'sentinel' })).toEqual([
      'REDIS_SENTINEL_MASTER is required with REDIS_MODE=sentinel',
    ]);
    expect(redis({ REDIS_SENTINEL_PASSWORD: 'x' })).toEqual([
      'REDIS_SENTINEL_PASSWORD needs REDIS_MODE=sentinel',
    ]);
    expect(redis({ REDIS_URL: 'redis://a/2', REDIS_MODE: 'cluster' })).toEqual([
      'REDIS_URL must name no database with REDIS_MODE=cluster, which has one only',
    ]);
    expect(redis({ REDIS_URL: 'redis://a,rediss://b', REDIS_MODE: 'cluster' })).toEqual([
      'REDIS_URL must not mix redis:// and rediss://',
    ]);
    expect(redis({ REDIS_URL: 'redis://a,b', REDIS_MODE: 'cluster' })).toEqual([
      'REDIS_URL must start each of its addresses with redis:// or rediss://',
    ]);
    expect(redis({ REDIS_URL: 'http://a' })).toEqual([
      'REDIS_URL must start with redis:// or rediss://',
    ]);
    expect(redis({ REDIS_TLS_SERVER_NAME: 'a' })).toEqual([
      'REDIS_TLS_SERVER_NAME needs a REDIS_URL that starts with rediss://',
    ]);
    const [unreadable] = redis({ REDIS_TLS_CA_FILE: '/no/such/file.pem' });
    expect(unreadable).toContain('REDIS_TLS_CA_FILE cannot be read');
  });

  it('[CONF1] A wildcard within an origin is refused where it would never match', () => {
    const form = 'must be * or origins like https://app.example.com with commas between';
    const text = 'https://*.example.com';
    const wrong = { CORS_ORIGINS: text, WS_CORS_ORIGIN: text, PHOTO_ORIGINS: text };
    expect(problemsOf({ ...right, ...wrong, DASHBOARD_STYLE_ORIGINS: text }).toSorted()).toEqual(
      Object.keys(wrong)
        .map((name) => `${name} ${form}, not ${text}`)
        .toSorted(),
    );
    expect(problemsOf({ ...right, CORS_ORIGINS: '*', WS_CORS_ORIGIN: 'capacitor://x, *' })).toEqual(
      [],
    );
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

  it('[CONF1] The address of the first admin is one that an account may have', () => {
    const admin = (FIRST_ADMIN_EMAIL: string) =>
      problemsOf({ ...right, FIRST_ADMIN_EMAIL, FIRST_ADMIN_PASSWORD: 'long enough' });
    expect(admin('jürgen@münchen.de')).toEqual([]);
    for (const wrong of ['admin', 'a@b@c.de', 'admin@x/y.de', 'admin@127.0.0.1']) {
      expect(admin(wrong), wrong).toEqual(['FIRST_ADMIN_EMAIL must be an e-mail address']);
    }
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

describe('an environment that names a file', () => {
  let directory: string;
  let file: string;
  const nodeEnv = process.env['NODE_ENV'];
  const problems = (content: string | Buffer, environment: NodeJS.ProcessEnv = {}) => {
    writeFileSync(file, content);
    return problemsOf({ ENV_FILE: file, ...environment }, readEnvironment);
  };
  const right = [
    'REDIS_URL=redis://127.0.0.1:6379',
    `JWT_ACCESS_SECRET=${'a'.repeat(32)}`,
    `JWT_REFRESH_SECRET=${'b'.repeat(32)}`,
    '',
  ].join('\n');

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'ridewire-'));
    file = path.join(directory, '.env');
  });
  afterEach(() => {
    process.env['NODE_ENV'] = nodeEnv;
    rmSync(directory, { recursive: true });
  });

  it('[CONF3] takes from it what the environment does not have; an empty variable is one that it has', () => {
    writeFileSync(file, `${right}PORT=3100\nHOST=10.0.0.1\nCOOKIE_DOMAIN=example.com\n`);
    const read = readEnvironment({ ENV_FILE: file, PORT: '3200', COOKIE_DOMAIN: '' });
    expect(read).toMatchObject({ PORT: 3200, HOST: '10.0.0.1' });
    expect(read.COOKIE_DOMAIN).toBeUndefined();
    expect(process.env['HOST']).not.toBe('10.0.0.1');
    expect(process.env['NODE_ENV']).toBe('production');
  });

  it('[CONF3] says the line of every wrong variable that is in the file', () => {
    const wrong = `${right}PORT=70000\n\nLOG_LEVEL=loud\nFLEET_TICK=1s\n`;
    expect(problems(wrong, { FLEET_TICK: 'soon' })).toEqual([
      `PORT must be a whole number from 0 to 65535 (${file}, line 4)`,
      `LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent (${file}, line 6)`,
      'FLEET_TICK must be a duration like 500ms, 30s, 15m, 12h or 7d, from 10ms to 10s',
    ]);
  });

  it('[CONF3] says what cannot be read', () => {
    expect(problems(`${right}PORT 3000\nHOST="10.0.0.1\n`)).toEqual([
      `${file} line 4 must be NAME=value, or begin with #`,
      `${file} line 5: the quote " that begins HOST is not closed`,
    ]);
    expect(problems(Buffer.from(`\uFEFF${right}`, 'utf16le'))).toEqual([
      `${file} must be text in UTF-8: save it as that`,
    ]);
    const missing = path.join(directory, 'missing');
    expect(problems(right, { ENV_FILE: missing })).toEqual([
      expect.stringMatching(/missing cannot be read: ENOENT/),
    ]);
  });
});
