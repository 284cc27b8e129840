import { PositionQuality } from '#libs/contracts';
import { type Fleet } from '../fleet/fleet.js';
import { totalOf, milliseconds } from '../measure/tally.js';
import { type TripTally } from '../rides/trip-tally.js';
import { progressOf } from './trip-lines.js';

const QUALITIES = [...Object.values(PositionQuality), 'no position'];

/** What the dispatchers saw in the second that has just passed, as one line. */
export class ProgressLine {
  private seenBefore = 0;
  private lookedAt = performance.now();

  constructor(
    private readonly fleet: Fleet,
    /** How many drivers there are when all have joined. */
    private readonly plannedDrivers: number,
    private readonly trips: TripTally,
  ) {}

  next(): string {
    const { fleet } = this;
    const { tally } = fleet;
    const now = performance.now();
    const perSecond = ((tally.seen - this.seenBefore) * 1_000) / Math.max(1, now - this.lookedAt);
    this.seenBefore = tally.seen;
    this.lookedAt = now;
    const recent = fleet.recentDelays.merged();
    fleet.recentDelays.advance();
    const { count, qualities } = fleet.live();
    const parts = [
      new Date().toLocaleTimeString('en-GB'),
      `drivers live ${String(count).padStart(String(this.plannedDrivers).length)}/${this.plannedDrivers}`,
      `positions ${perSecond.toFixed(1).padStart(5)}/s`,
      `delay p50 ${milliseconds(recent.percentile(0.5))} p99 ${milliseconds(recent.percentile(0.99))}`,
      `quality: ${QUALITIES.flatMap((name) => (qualities.has(name) ? `${name} ${qualities.get(name)}` : [])).join(', ') || '-'}`,
      ...progressOf(this.trips),
      ...this.unusual(),
    ];
    return parts.join('  ');
  }

  private unusual(): string[] {
    const { sentLate, refused, reconnects, errors, lost } = this.fleet.tally;
    return Object.entries({
      'sent late': sentLate,
      refused: totalOf(refused),
      'unplanned reconnects': reconnects,
      errors: totalOf(errors),
      LOST: lost,
    }).flatMap(([name, count]) => (count > 0 ? `${name} ${count}` : []));
  }
}
