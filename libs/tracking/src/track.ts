import { type ConfigType, type locationConfig } from '#libs/config';
import {
  FixVerdict,
  ImplausibleReason,
  parseDecimal,
  type Fix,
  type FixInput,
} from '#libs/contracts';
import { distanceMeters, readFix, timeGivenIn } from '#libs/location';

type TrackSettings = Pick<
  ConfigType<typeof locationConfig>,
  'maxAccuracyMeters' | 'maxSpeedMps' | 'jumpSlackMeters' | 'maxFutureMs' | 'maxAgeMs'
>;

/** What became of a fix; only what is stored is shown. */
export type Judgement =
  | { verdict: typeof FixVerdict.stored; fix: Fix; shownTimestamp: number }
  | { verdict: typeof FixVerdict.stale | typeof FixVerdict.duplicate }
  | { verdict: typeof FixVerdict.implausible; reason: ImplausibleReason };

/** So many fixes in a row that agree on a far place are believed: the person really is there. */
const CONFIRMATIONS = 3;
const SUSPECT_LIFETIME_MS = 120_000;
/** Below it a number is no time of this century: the client counts by itself, e.g. since its start. */
const EARLIEST_TIME = 1e9;

/** The fixes of one connection, judged by the rules of libs/location and by the ones before. */
export class Track {
  private suspect: { fix: Fix; count: number } | undefined;

  /** @param last where another connection of the person was, as of when it was heard */
  constructor(
    private readonly settings: TrackSettings,
    private last?: Fix,
  ) {}

  /** @param now time of receipt, epoch ms */
  judge(input: FixInput, now: number): Judgement {
    const given = timeGivenIn(input);
    const counted = parseDecimal(given);
    const isCounted = counted !== undefined && counted >= 0 && counted < EARLIEST_TIME;
    // Nobody numbers fixes here: one connection a person is live, and its messages come in order.
    const { epoch: _epoch, sequence: _sequence, ...named } = input;
    // Of several times the first counts, which is this name's.
    const read = isCounted ? { ...named, lastLocationTimestamp: now } : named;
    const fix = readFix(read, now, 0, 0, this.settings);
    if (typeof fix === 'string') return { verdict: FixVerdict.implausible, reason: fix };
    const { last } = this;
    if (last && fix.timestamp < last.timestamp) return { verdict: FixVerdict.stale };
    if (last && given !== undefined && !isCounted && fix.timestamp === last.timestamp)
      return { verdict: FixVerdict.duplicate };
    if (last && this.isFar(last, fix) && !this.isConfirmed(fix))
      return { verdict: FixVerdict.implausible, reason: ImplausibleReason.jump };
    this.suspect = undefined;
    this.last = fix;
    const shownTimestamp = isCounted ? counted : fix.timestamp;
    return { verdict: FixVerdict.stored, fix, shownTimestamp };
  }

  private isFar(one: Fix, other: Fix): boolean {
    const { jumpSlackMeters, maxSpeedMps } = this.settings;
    const seconds = Math.abs(other.timestamp - one.timestamp) / 1_000;
    return distanceMeters(one, other) > jumpSlackMeters + maxSpeedMps * seconds;
  }

  private isConfirmed(fix: Fix): boolean {
    const { suspect } = this;
    const agrees =
      suspect !== undefined &&
      Math.abs(fix.timestamp - suspect.fix.timestamp) <= SUSPECT_LIFETIME_MS &&
      !this.isFar(suspect.fix, fix);
    const count = agrees ? suspect.count + 1 : 1;
    this.suspect = { fix, count };
    return count >= CONFIRMATIONS;
  }
}
