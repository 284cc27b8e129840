import { DelayHistogram } from '#libs/observability';

const MAX_PROBLEMS = 10;

/** What a load run saw; `clear` starts the measured part. */
export class Tally {
  sent = 0;
  acks = 0;
  /** Sent and not answered yet; never cleared. */
  underWay = 0;
  /** Fixes that were due and not sent, because too many had no answer yet: the server is saturated. */
  heldBack = 0;
  readonly ackDelays = new DelayHistogram();
  /** Wrong answers and deliveries of the whole run, warm-up included: one is enough to void it. */
  readonly problems = new Map<string, number>();

  clear(): void {
    this.sent = 0;
    this.acks = 0;
    this.heldBack = 0;
    this.ackDelays.clear();
  }

  problem(what: string): void {
    if (this.problems.size >= MAX_PROBLEMS && !this.problems.has(what)) return;
    this.problems.set(what, (this.problems.get(what) ?? 0) + 1);
  }
}
