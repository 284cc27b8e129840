import { RequestError } from '../error-codes.js';
import { parseDecimal } from '../decimal.js';
import { cleanText, isWithinCharacters } from '../text.js';
import { type FixInput } from './driver-location-ping.dto.js';

/** Characters of what `events` sends back. */
const MAX_ECHO = 1_000;

/** `locationUpdate`: a fix in any spelling, judged as those of drivers are. */
export class LocationUpdateDto {
  fix: FixInput;
  /** Whom the client claims to be; undefined where it claims nothing. */
  claimedUserId: string | undefined;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): LocationUpdateDto {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      throw refused('a location must be an object: {userId?, lat, lng, timestamp?}');
    const { userId } = raw as { userId?: unknown };
    const update = new LocationUpdateDto();
    update.fix = raw as FixInput;
    update.claimedUserId =
      userId === undefined || userId === null
        ? undefined
        : typeof userId === 'number'
          ? String(parseDecimal(userId))
          : typeof userId === 'string'
            ? userId.trim()
            : '';
    return update;
  }
}

/** `events`: a text that comes back. */
export class EchoDto {
  text: string;

  /** @throws RequestError VALIDATION_FAILED */
  static parse(raw: unknown): EchoDto {
    if (typeof raw !== 'string' || !isWithinCharacters(raw, MAX_ECHO))
      throw refused(`the payload must be a text of ${MAX_ECHO} characters at most`);
    const echo = new EchoDto();
    echo.text = cleanText(raw);
    return echo;
  }
}

function refused(detail: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [detail] });
}
