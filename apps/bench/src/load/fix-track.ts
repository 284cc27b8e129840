/** The fixes of one driver that may still be under way; a power of two, and below 1,000. */
const REMEMBERED = 256;
/** Sequences and ack ids have as many digits as this, so that a frame never changes its length. */
export const FIRST_SEQUENCE = 1_000_000;
/** The track turns round after this many fixes. */
const LEG = 2_000;
/** One fix to the next: about 8 m. */
const STEP = 1_000;
const LNG_UNITS = 10_000_000;
const FIRST_LNG = 12 * LNG_UNITS;
const FIRST_LAT = 41 * LNG_UNITS;
/** Between two drivers: about 11 m. */
const LAT_STEP = 1_000;

export function driverIdOf(driver: number): string {
  return `bench-${String(driver).padStart(6, '0')}`;
}

/** In units of 1e-7 degrees, as below. */
export function latUnitsOf(driver: number): number {
  return FIRST_LAT + driver * LAT_STEP;
}

/** The last digits carry the sequence: a position tells which fix it is. */
export function lngUnitsOf(sequence: number): number {
  const leg = sequence % (2 * LEG);
  return FIRST_LNG + (leg < LEG ? leg : 2 * LEG - leg) * STEP + (sequence % REMEMBERED);
}

export function unitsOf(inDegrees: number): number {
  return Math.round(inDegrees * LNG_UNITS);
}

export function degrees(units: number): number {
  return units / LNG_UNITS;
}

/** A fix's time, epoch milliseconds, from when it was sent on the monotonic clock. */
export function timestampOf(sentAt: number): number {
  return Math.floor(performance.timeOrigin + sentAt);
}

/**
 * What one driver sent and what came back of it: enough to check every ack and every delivery
 * exactly, in memory that does not grow.
 */
export class FixTrack {
  /** The newest sequence sent; FIRST_SEQUENCE before the first. */
  newest = FIRST_SEQUENCE;
  unanswered = 0;
  private readonly sentAt = new Float64Array(REMEMBERED);
  private readonly isUnanswered = new Uint8Array(REMEMBERED);

  /** False while the fix that the next one would push out of memory has no answer. */
  get hasRoom(): boolean {
    return this.isUnanswered[(this.newest + 1) % REMEMBERED] === 0;
  }

  send(now: number): number {
    this.newest += 1;
    const slot = this.newest % REMEMBERED;
    this.sentAt[slot] = now;
    this.isUnanswered[slot] = 1;
    this.unanswered += 1;
    return this.newest;
  }

  /** When the fix was sent, or undefined for one that was not sent or has its answer already. */
  answer(sequence: number): number | undefined {
    const slot = sequence % REMEMBERED;
    if (!this.remembers(sequence) || this.isUnanswered[slot] === 0) return undefined;
    this.isUnanswered[slot] = 0;
    this.unanswered -= 1;
    return this.sentAt[slot];
  }

  /** The fix that was sent from there and then, or undefined when none was. */
  find(lngUnits: number, timestamp: number): { sequence: number; sentAt: number } | undefined {
    const slot = lngUnits % STEP;
    const back = (this.newest - slot) % REMEMBERED;
    const sequence = this.newest - back;
    if (sequence <= FIRST_SEQUENCE || lngUnitsOf(sequence) !== lngUnits) return undefined;
    const sentAt = this.sentAt[sequence % REMEMBERED]!;
    return timestampOf(sentAt) === timestamp ? { sequence, sentAt } : undefined;
  }

  /** On the monotonic clock. */
  sentAtOf(sequence: number): number {
    return this.sentAt[sequence % REMEMBERED]!;
  }

  private remembers(sequence: number): boolean {
    return (
      sequence > FIRST_SEQUENCE && sequence <= this.newest && sequence > this.newest - REMEMBERED
    );
  }
}
