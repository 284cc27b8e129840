import { RequestError } from '../error-codes.js';

/** The most fixes in one ping; a longer offline buffer is sent in several. */
export const MAX_FIXES_PER_PING = 200;

/** A fix as clients spell it. Each is judged by itself: a bad one gets a verdict, not a refused ping. */
export interface FixInput {
  lat?: number;
  lng?: number;
  latitude?: number;
  longitude?: number;
  /** Epoch milliseconds or ISO 8601; the first one present counts. */
  lastLocationTimestamp?: string | number;
  timestamp?: string | number;
  ts?: string | number;
  reportedAt?: string | number;
  accuracy?: number;
  accuracyMeters?: number;
  heading?: number;
  speed?: number;
  epoch?: number;
  sequence?: number;
}

/** `driver:location:ping`: one fix, or an array of them in any order. */
export class DriverLocationPingDto {
  fixes: FixInput[];

  /** @throws RequestError VALIDATION_FAILED for anything but an object or 1 to 200 objects. */
  static parse(raw: unknown): DriverLocationPingDto {
    const fixes = Array.isArray(raw) ? raw : [raw];
    if (fixes.length === 0 || fixes.length > MAX_FIXES_PER_PING) {
      throw refused(`send 1 to ${MAX_FIXES_PER_PING} fixes`);
    }
    if (!fixes.every(isPlainObject)) throw refused('a fix must be an object');
    const ping = new DriverLocationPingDto();
    ping.fixes = fixes;
    return ping;
  }
}

function isPlainObject(value: unknown): value is FixInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(reason: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [reason] });
}
