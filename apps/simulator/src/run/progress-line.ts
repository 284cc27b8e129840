import { PositionQuality } from '#libs/contracts';
import { totalOf, milliseconds } from '../measure/tally.js';
import { type Measured } from './summary.js';
import { progressOf } from './trip-lines.js';

/** The quality of a position that is not as it should be. */
const POOR = [
  PositionQuality.delayed,
  PositionQuality.stale,
  PositionQuality.lost,
  'no position',
] as const;

/** What the dispatchers saw in the second that has just passed, as one line. */
export class ProgressLine {
  private seenBefore = 0;
  private lookedAt = performance.now();

  constructor(private readonly measured: Measured) {}

  next(): string {
    const { fleet, trips, talks, plannedDrivers } = this.measured;
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
      `drivers in ${padded(fleet.arrivals.count, plannedDrivers)}/${plannedDrivers}`,
      `live ${padded(count, plannedDrivers)}${others(qualities)}`,
      ...(fleet.onBreak > 0 ? [`on a break ${fleet.onBreak}`] : []),
      `positions ${perSecond.toFixed(1).padStart(5)}/s`,
      `delay p50 ${milliseconds(recent.percentile(0.5))} p99 ${milliseconds(recent.percentile(0.99))}`,
      ...progressOf(trips),
      ...(talks.tally.said > 0 ? [`messages ${talks.tally.said}`] : []),
      ...this.unusual(),
    ];
    return parts.join('  ');
  }

  private unusual(): string[] {
    const { fleet, talks } = this.measured;
    const { sentLate, refused, reconnects, errors, lost } = fleet.tally;
    return Object.entries({
      'fell silent': fleet.silences.noticed,
      'sent late': sentLate,
      refused: totalOf(refused),
      'unplanned reconnects': reconnects,
      errors: totalOf(errors),
      LOST: lost + talks.tally.lost,
      'OUT OF ORDER': totalOf(talks.tally.violations),
    }).flatMap(([name, count]) => (count > 0 ? `${name} ${count}` : []));
  }
}

/** `(delayed 2, lost 1)`; nothing while all positions are fresh. */
function others(qualities: ReadonlyMap<string, number>): string {
  const poor = POOR.flatMap((name) =>
    qualities.has(name) ? `${name} ${qualities.get(name)}` : [],
  );
  return poor.length > 0 ? ` (${poor.join(', ')})` : '';
}

/** As wide as the largest there can be. */
function padded(count: number, largest: number): string {
  return String(count).padStart(String(largest).length);
}
