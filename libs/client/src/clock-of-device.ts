/** The server gets over a clock that is less wrong, and an answer may be that long on its way. */
const WRONG_CLOCK_MS = 20_000;
/** No connection outlives a sleep that is longer. */
const LONGEST_NAP_MS = 60_000;

/** A time in which the clock of the device was neither set nor went on through a sleep. */
export interface ClockRun {
  /** The clock less the steady one, which nobody sets and which may stand still in a sleep; ms. */
  readonly leadMs: number;
  /** What to add to the clock to have the server's, ms; 0 where it is right, absent while unknown. */
  offsetMs?: number;
}

/** What the server says about the clock of this device, also after somebody has set it. */
export class ClockOfDevice {
  #run: ClockRun = { leadMs: leadOfClock() };
  /** The last one of which the server has said how wrong it is. */
  #known = this.#run;

  /** Whoever notes a time by the clock keeps this with it. */
  get run(): ClockRun {
    const leadMs = leadOfClock();
    if (Math.abs(leadMs - this.#run.leadMs) > WRONG_CLOCK_MS) this.#run = { leadMs };
    return this.#run;
  }

  /** The server says what time it is: of a clock that is a little wrong nothing is corrected. */
  note(serverTime: number): void {
    this.#known = this.run;
    const offsetMs = serverTime - Date.now();
    const { offsetMs: before = 0 } = this.#known;
    this.#known.offsetMs = Math.abs(offsetMs - before) > WRONG_CLOCK_MS ? offsetMs : before;
  }

  /** What to add to a time of the clock in that run to have the server's, as far as it is known now; ms. */
  offsetMs(run: ClockRun): number {
    if (run.offsetMs !== undefined) return run.offsetMs;
    const { leadMs, offsetMs = 0 } = this.#known;
    const aheadMs = run.leadMs - leadMs;
    // A sleep moves the clock forward against the steady one, and whoever sets it moves it either way.
    const wasSet = run === this.#run ? aheadMs < 0 || aheadMs > LONGEST_NAP_MS : aheadMs > 0;
    return wasSet ? offsetMs - aheadMs : offsetMs;
  }
}

function leadOfClock(): number {
  return Date.now() - performance.now();
}
