import { type Log } from '#libs/observability';

/** This many failures in a row mean that the receiver is in trouble, not a single fact. */
const RECEIVER_TROUBLE = 8;

/** Failures of one webhook in a row: said at the first, second, fourth, eighth ..., not at each. */
export class FailureStreak {
  private length = 0;

  constructor(
    private readonly log: Log,
    private readonly endpoint: string,
  ) {}

  failed(reason: string): void {
    this.length += 1;
    if (!Number.isInteger(Math.log2(this.length))) return;
    this.log.warn({ endpoint: this.endpoint, failures: this.length, reason }, 'a webhook fails');
  }

  /** @returns whether the receiver is back after a time when it took nothing */
  succeeded(): boolean {
    const wasAway = this.length >= RECEIVER_TROUBLE;
    if (wasAway) {
      this.log.info({ endpoint: this.endpoint, failures: this.length }, 'a webhook is back');
    }
    this.length = 0;
    return wasAway;
  }
}
