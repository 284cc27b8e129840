import { RequestError } from '../error-codes.js';

/** The most fixes in one ping; a longer offline buffer is sent in several. */
export const MAX_FIXES_PER_PING = 200;

/** A number, or one as text. */
type Decimal = number | string;

interface Place {
  lat?: Decimal;
  lng?: Decimal;
  latitude?: Decimal;
  longitude?: Decimal;
  /** As in a GeoJSON Point: `[lng, lat]`. */
  coordinates?: readonly Decimal[];
  accuracy?: Decimal | null;
  accuracyMeters?: Decimal | null;
  heading?: Decimal | null;
  speed?: Decimal | null;
  /** See parseInstant; the first one present counts. */
  lastLocationTimestamp?: string | number | null;
  ts?: string | number | null;
  reportedAt?: string | number | null;
  timestamp?: string | number | null;
  time?: string | number | null;
}

/** A fix as clients spell it. Each is judged by itself: a bad one gets a verdict, not a refused ping. */
export interface FixInput extends Place {
  coords?: Place;
  location?: Place;
  lastLocation?: Place;
  point?: Place;
  position?: Place;
  epoch?: Decimal | null;
  sequence?: Decimal | null;
}

/** `driver:location:ping`: one fix, or an array of them in any order. */
export class DriverLocationPingDto {
  fixes: readonly FixInput[];

  /** @throws RequestError VALIDATION_FAILED for anything but an object or an array of 1 to 200. */
  static parse(raw: unknown): DriverLocationPingDto {
    const ping = new DriverLocationPingDto();
    if (Array.isArray(raw)) {
      if (raw.length === 0 || raw.length > MAX_FIXES_PER_PING) {
        throw refused(`send 1 to ${MAX_FIXES_PER_PING} fixes`);
      }
      // What is no object in an array is refused as a fix, beside the others.
      ping.fixes = raw as FixInput[];
    } else if (typeof raw === 'object' && raw !== null) {
      ping.fixes = [raw as FixInput];
    } else {
      throw refused('a fix must be an object');
    }
    return ping;
  }
}

function refused(reason: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [reason] });
}
