import { DeviceClock } from './device-clock.js';
import { FixKind, type FixWrite } from './fix-batch.js';

/** Fixes that may turn out to have another time; more of them are not waited for. */
const MAX_DOUBTFUL = 100;

/** One device of a driver, as long as its connection lasts: what its fixes say about its clock. */
export class ReportingDevice {
  private readonly clock: DeviceClock;
  private doubtful: FixWrite[] | undefined;

  /** @param knownAheadMs how far its clock was ahead when the driver was last heard */
  constructor(knownAheadMs = 0) {
    this.clock = new DeviceClock(knownAheadMs);
  }

  /**
   * Corrects the times of a ping by the device's clock.
   * @param timed those of its fixes that have a time
   * @returns fixes of before whose time is known better now
   */
  correct(timed: readonly FixWrite[], receivedAt: number): FixWrite[] {
    const newest = newestOf(timed);
    const { timestamp } = newest.fix;
    // Most pings are of one fix, which has no other beside it.
    const isSupported =
      timed.length > 1 && timed.some((each) => each !== newest && each.fix.timestamp > receivedAt);
    const known = this.clock.observe(timestamp, receivedAt, isSupported);
    const { aheadMs } = this.clock;
    for (const write of timed) setAhead(write, aheadMs, receivedAt);
    if (known === 'strange') this.doubtful = undefined;
    if (known === 'known' || known === 'adopted') {
      const retimed = known === 'adopted' ? (this.doubtful ?? []) : [];
      this.doubtful = undefined;
      return retimed.map((write) => ({ ...write, kind: FixKind.retimed, aheadMs }));
    }
    if (timestamp - aheadMs < receivedAt) this.doubt(timed);
    return [];
  }

  private doubt(timed: readonly FixWrite[]): void {
    this.doubtful ??= [];
    if (this.doubtful.length + timed.length <= MAX_DOUBTFUL) this.doubtful.push(...timed);
  }
}

/** No fix comes from the future, and one that seems to has no time that orders it. */
function setAhead(write: FixWrite, aheadMs: number, receivedAt: number): void {
  const atLeast = Math.ceil(write.fix.timestamp - receivedAt);
  write.aheadMs = Math.max(aheadMs, atLeast);
  if (atLeast > aheadMs) write.kind = FixKind.untimed;
}

function newestOf(timed: readonly FixWrite[]): FixWrite {
  let newest = timed[0]!;
  for (const write of timed) if (write.fix.timestamp > newest.fix.timestamp) newest = write;
  return newest;
}
