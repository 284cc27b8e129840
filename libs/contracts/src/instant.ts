import { parseDecimal } from './decimal.js';

/**
 * ISO 8601 in its extended form, T or a blank between date and time. A plus that a query string was
 * not escaped for arrives as a blank, so that a blank before an offset is one.
 */
const ISO_8601 =
  /^([1-9]\d{3})-(\d\d)-(\d\d)(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,12}))?)?(?:[Zz]|([+\- ])([01]\d|2[0-3])(?::?([0-5]\d))?)?)?$/;
const DIGITS = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;

const LONGEST_TEXT = 48;
const MS_PER_SECOND = 1_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_HOUR = 3_600_000;

/**
 * The one reading of times for sockets and REST: epoch ms, or undefined for what is no time.
 *
 * Numbers, and digits in text, are epoch seconds, milliseconds, microseconds or nanoseconds by their
 * size, from 1973 to 2286; 0 is 1970. Texts are ISO 8601 with a full date; without a zone they are
 * UTC, wherever the server stands. A date alone is its midnight in UTC, unless it is refused.
 */
export function parseInstant(
  value: unknown,
  { isDateEnough = true }: { isDateEnough?: boolean } = {},
): number | undefined {
  if (typeof value === 'number') return fromEpoch(value);
  if (typeof value !== 'string' || value.length > LONGEST_TEXT) return undefined;
  const text = value.trim();
  if (DIGITS.test(text)) return fromEpoch(parseDecimal(text)!);
  const match = ISO_8601.exec(text);
  if (!match || (match[4] === undefined && !isDateEnough)) return undefined;
  return fromParts(match);
}

function fromEpoch(value: number): number | undefined {
  if (value === 0) return 0;
  if (value >= 1e8 && value < 1e10) return toMicrosecond(value * MS_PER_SECOND);
  if (value >= 1e11 && value < 1e13) {
    // 202611280200: a date without separators, which would else be a day in 1976.
    return value >= 2.0e11 && value < 2.1e11 ? undefined : value;
  }
  if (value >= 1e14 && value < 1e16) return value / 1_000;
  return value >= 1e17 && value < 1e19 ? toMicrosecond(value / 1_000_000) : undefined;
}

/** A double has no more of a time: what follows is noise of the multiplication. */
function toMicrosecond(epochMs: number): number {
  return Math.round(epochMs * 1_000) / 1_000;
}

function fromParts(parts: RegExpExecArray): number | undefined {
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const midnight = Date.UTC(year, month - 1, day);
  // The 30th of February would be the 2nd of March.
  const date = new Date(midnight);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const fraction = parts[7] === undefined ? 0 : Number(`0.${parts[7]}`);
  const offset = Number(parts[9] ?? 0) * MS_PER_HOUR + Number(parts[10] ?? 0) * MS_PER_MINUTE;
  return toMicrosecond(
    midnight +
      Number(parts[4] ?? 0) * MS_PER_HOUR +
      Number(parts[5] ?? 0) * MS_PER_MINUTE +
      (Number(parts[6] ?? 0) + fraction) * MS_PER_SECOND -
      (parts[8] === '-' ? -offset : offset),
  );
}
