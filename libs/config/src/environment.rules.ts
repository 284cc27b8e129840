import { type Environment } from './environment.schema.js';
import { checkRedis } from './redis-servers.js';
import { isInTheClear } from './webhook-variables.js';

/** @param partner the other variable that the rule looks at */
type Report = (name: keyof Environment, message: string, partner?: keyof Environment) => void;

/**
 * What variables owe each other. Gets only those that are right by themselves, so that one start
 * names every wrong variable; a rule stays silent about a variable that is missing because wrong.
 */
export function checkRules(env: Partial<Environment>, report: Report): void {
  checkRedis(env, report);
  checkTokens(env, report);
  checkTimes(env, report);
  checkWebhooks(env, report);
  if ((env.FIRST_ADMIN_EMAIL === undefined) !== (env.FIRST_ADMIN_PASSWORD === undefined)) {
    report(
      'FIRST_ADMIN_PASSWORD',
      'and FIRST_ADMIN_EMAIL must be set together',
      'FIRST_ADMIN_EMAIL',
    );
  }
  if (env.COOKIE_SAME_SITE === 'none' && env.COOKIE_SECURE === false) {
    report('COOKIE_SECURE', 'must be true with COOKIE_SAME_SITE=none');
  }
}

/** What is changed without downtime. */
const ACCEPTED_TOO = [
  'JWT_ACCESS_SECRET',
  'JWT_REFRESH_SECRET',
  'JWT_PUBLIC_KEY',
  'ADMIN_API_KEY',
] as const;

function checkTokens(env: Partial<Environment>, report: Report): void {
  if (env.JWT_MODE === 'own') {
    if (env.JWT_JWKS_URL) report('JWT_JWKS_URL', 'needs JWT_MODE=external');
    if (!env.JWT_REFRESH_SECRET) report('JWT_REFRESH_SECRET', 'is required with JWT_MODE=own');
    if (env.JWT_ALGORITHM === 'HS256' && !env.JWT_ACCESS_SECRET) {
      report('JWT_ACCESS_SECRET', 'is required with JWT_ALGORITHM=HS256');
    }
    if (env.JWT_ALGORITHM && env.JWT_ALGORITHM !== 'HS256' && !env.JWT_PRIVATE_KEY) {
      report('JWT_PRIVATE_KEY', `is required with JWT_ALGORITHM=${env.JWT_ALGORITHM}`);
    }
  }
  if (env.JWT_MODE === 'external') {
    if (env.JWT_ALGORITHM === 'HS256') {
      report('JWT_ALGORITHM', 'must be RS256 or ES256 with JWT_MODE=external');
    }
    if (!env.JWT_JWKS_URL && !env.JWT_PUBLIC_KEY) {
      report('JWT_PUBLIC_KEY', 'or JWT_JWKS_URL is required with JWT_MODE=external');
    }
  }
  if (env.JWT_ACCESS_SECRET !== undefined && env.JWT_ACCESS_SECRET === env.JWT_REFRESH_SECRET) {
    report('JWT_REFRESH_SECRET', 'must differ from JWT_ACCESS_SECRET');
  }
  for (const name of ACCEPTED_TOO) {
    const accepted = env[`${name}_ACCEPTED`];
    if (accepted !== undefined && accepted === env[name])
      report(`${name}_ACCEPTED`, `must differ from ${name}`, name);
  }
  if (env.JWT_ACCESS_SECRET_ACCEPTED && env.JWT_ALGORITHM && env.JWT_ALGORITHM !== 'HS256')
    report('JWT_ACCESS_SECRET_ACCEPTED', 'needs JWT_ALGORITHM=HS256');
  if (env.JWT_PUBLIC_KEY_ACCEPTED && env.JWT_ALGORITHM === 'HS256')
    report('JWT_PUBLIC_KEY_ACCEPTED', 'needs JWT_ALGORITHM=RS256 or ES256');
  if (env.JWT_AUDIENCE?.length === 0) report('JWT_AUDIENCE', 'must name at least one audience');
}

function checkTimes(env: Partial<Environment>, report: Report): void {
  const { QUALITY_DELAYED_AFTER, QUALITY_STALE_AFTER, QUALITY_LOST_AFTER } = env;
  if (QUALITY_DELAYED_AFTER && QUALITY_STALE_AFTER && QUALITY_LOST_AFTER) {
    const rising =
      QUALITY_DELAYED_AFTER < QUALITY_STALE_AFTER && QUALITY_STALE_AFTER < QUALITY_LOST_AFTER;
    if (!rising) {
      report(
        'QUALITY_STALE_AFTER',
        'must lie between QUALITY_DELAYED_AFTER and QUALITY_LOST_AFTER',
      );
    }
  }
  if (env.DRIVER_GRACE && env.DRIVER_LEASE && env.DRIVER_GRACE > env.DRIVER_LEASE) {
    report('DRIVER_GRACE', 'must not exceed DRIVER_LEASE');
  }
  const { TRIP_ARCHIVE_AFTER, TRIP_REQUEST_KEY_TTL, TRIP_REQUESTS_WINDOW } = env;
  if (TRIP_ARCHIVE_AFTER && TRIP_REQUEST_KEY_TTL && TRIP_ARCHIVE_AFTER < TRIP_REQUEST_KEY_TTL) {
    report(
      'TRIP_ARCHIVE_AFTER',
      'must not be less than TRIP_REQUEST_KEY_TTL, or a request that comes again finds no trip',
    );
  }
  if (TRIP_ARCHIVE_AFTER && TRIP_REQUESTS_WINDOW && TRIP_ARCHIVE_AFTER < TRIP_REQUESTS_WINDOW) {
    report(
      'TRIP_ARCHIVE_AFTER',
      'must not be less than TRIP_REQUESTS_WINDOW, or trips are forgotten before they are counted',
    );
  }
  if (env.WS_PING_INTERVAL && env.DRIVER_LEASE && env.WS_PING_INTERVAL >= env.DRIVER_LEASE) {
    report('DRIVER_LEASE', 'must exceed WS_PING_INTERVAL, or quiet drivers lapse');
  }
}

function checkWebhooks(env: Partial<Environment>, report: Report): void {
  const { WEBHOOK_URL, WEBHOOK_SECRET, WEBHOOK_RETRY_DELAY, WEBHOOK_RETRY_MAX_DELAY } = env;
  if (WEBHOOK_URL && !WEBHOOK_SECRET) report('WEBHOOK_SECRET', 'is required with WEBHOOK_URL');
  if (env.NODE_ENV === 'production' && WEBHOOK_URL?.some(isInTheClear)) {
    report('WEBHOOK_URL', 'must be https with NODE_ENV=production, or on this machine');
  }
  if (WEBHOOK_RETRY_DELAY && WEBHOOK_RETRY_MAX_DELAY) {
    if (WEBHOOK_RETRY_DELAY > WEBHOOK_RETRY_MAX_DELAY) {
      report('WEBHOOK_RETRY_MAX_DELAY', 'must not be below WEBHOOK_RETRY_DELAY');
    }
  }
}
