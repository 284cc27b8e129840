import { type NumberedFix } from '#libs/client/location';
import { FixVerdict, type FixResult } from '#libs/contracts';
import { type DeliveryLedger } from '../measure/delivery-ledger.js';
import { type Tally } from '../measure/tally.js';

/** What became of the fixes of one driver at the server. */
export class FixAccounts {
  constructor(
    private readonly tally: Tally,
    private readonly ledger: DeliveryLedger,
  ) {}

  emitted(fixes: readonly NumberedFix[], areLate: boolean): void {
    const now = performance.now();
    this.tally.sent += fixes.length;
    if (areLate) this.tally.sentLate += fixes.length;
    for (const { timestamp } of fixes) this.ledger.emitted(timestamp, now);
  }

  /** @param isAway on a trip: recorded drives hold jumps, which are refused; a trip must not */
  answered({ timestamp }: NumberedFix, result: FixResult, isAway: boolean): void {
    if (result.verdict === FixVerdict.stored || result.verdict === FixVerdict.duplicate) {
      this.tally[result.verdict] += 1;
      if (this.ledger.stored(timestamp, performance.now())) this.tally.superseded += 1;
      return;
    }
    this.ledger.dropped(timestamp);
    if (result.verdict === FixVerdict.stale) this.tally.stale += 1;
    else this.tally.refuse(`${result.reason ?? result.verdict}${isAway ? ' on a trip' : ''}`);
  }
}
