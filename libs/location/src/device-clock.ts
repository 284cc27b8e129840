/** A fix this close to the estimate says nothing about the clock: delays vary. */
const TOLERANCE_MS = 2_000;
/** A clock that seems to be behind by less than this is right: the network is slow. */
const DELAY_MS = 2_000;
/** Fixes that are behind by the same amount show a wrong clock, and no backlog, when this many agree ... */
const AGREEING_FIXES = 3;
/** ... and as much time has passed between them here as on the device: a backlog comes at once. */
const AGREEING_SPAN_MS = 1_000;
const AGREEMENT_MS = 750;
/** The estimate is the best of this window and of the one before: clocks drift and delays change. */
const WINDOW_MS = 60_000;

/** Another offset than the present one, until enough fixes agree with it. */
interface Candidate {
  ahead: number;
  count: number;
  newestDeviceTime: number;
  since: number;
}

/**
 * How far the clock of one device is ahead, from the time of receipt of its fixes. A fix cannot come
 * from the future, so that the fix with the least delay of a while shows the offset best. An old fix
 * looks like a clock that is behind: that is believed when several agree over some time. Milliseconds.
 */
export class DeviceClock {
  private estimate = 0;
  private best = Number.NEGATIVE_INFINITY;
  private bestBefore = Number.NEGATIVE_INFINITY;
  private windowAt = 0;
  private candidate: Candidate | undefined;

  /** @param knownAhead what the last connection of this driver knew; one fix that agrees confirms it */
  constructor(knownAhead = 0) {
    if (Math.abs(knownAhead) > TOLERANCE_MS) {
      const since = Number.NEGATIVE_INFINITY;
      const newestDeviceTime = Number.NEGATIVE_INFINITY;
      this.candidate = { ahead: knownAhead, count: AGREEING_FIXES - 1, newestDeviceTime, since };
    }
  }

  /** To be taken off a time of the device; positive when its clock is ahead. Whole milliseconds. */
  get aheadMs(): number {
    return this.estimate < 0 && this.estimate >= -DELAY_MS ? 0 : Math.ceil(this.estimate);
  }

  /**
   * Learns from the newest fix of a ping: the others of a buffer are old on purpose.
   * @param isSupported whether another fix of the same ping is from the future as well
   * @returns 'adopted' when the clock turned out to be another one, 'strange' when this fix is the
   * first that says so, 'doubtful' for further ones
   */
  observe(
    deviceTime: number,
    receivedAt: number,
    isSupported: boolean,
  ): 'known' | 'strange' | 'doubtful' | 'adopted' {
    const ahead = deviceTime - receivedAt;
    if (Math.abs(ahead - this.estimate) <= TOLERANCE_MS) {
      this.candidate = undefined;
      this.refine(ahead, receivedAt);
      return 'known';
    }
    // Clocks are set to the right time, not from it.
    if (ahead <= 0 && ahead >= -DELAY_MS) return this.adopt(ahead, receivedAt);
    const { candidate } = this;
    if (candidate && Math.abs(ahead - candidate.ahead) <= AGREEMENT_MS) {
      if (deviceTime > candidate.newestDeviceTime) {
        candidate.count += 1;
        candidate.newestDeviceTime = deviceTime;
      }
    } else {
      const known = { ahead, count: 1, newestDeviceTime: deviceTime, since: receivedAt };
      this.candidate = known;
    }
    if (this.isBelieved(ahead, receivedAt, isSupported)) return this.adopt(ahead, receivedAt);
    return this.candidate!.since === receivedAt ? 'strange' : 'doubtful';
  }

  private isBelieved(ahead: number, receivedAt: number, isSupported: boolean): boolean {
    const { count, since } = this.candidate!;
    // From the future of what is known: one may be a fault, two are a clock.
    if (ahead > this.estimate) return isSupported || count >= 2;
    return count >= AGREEING_FIXES && receivedAt - since >= AGREEING_SPAN_MS;
  }

  private refine(ahead: number, receivedAt: number): void {
    if (receivedAt - this.windowAt >= WINDOW_MS) {
      this.bestBefore = this.best;
      this.best = Number.NEGATIVE_INFINITY;
      this.windowAt = receivedAt;
    }
    if (ahead > this.best) this.best = ahead;
    this.estimate = Math.max(this.best, this.bestBefore);
  }

  private adopt(ahead: number, receivedAt: number): 'adopted' {
    this.candidate = undefined;
    this.estimate = ahead;
    this.best = ahead;
    this.bestBefore = Number.NEGATIVE_INFINITY;
    this.windowAt = receivedAt;
    return 'adopted';
  }
}
