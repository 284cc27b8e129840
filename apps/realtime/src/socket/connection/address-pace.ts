import { RateBudget } from '../request/rate-budget.js';

interface Paced {
  budget: RateBudget;
  usedAt: number;
}

/** A budget that was not used for so long is full again, and may be forgotten. */
const FULL_AFTER_MS = 1_000;
const MANY = 2_000;

/** How fast each address, or network in IPv6, may open connections. */
export class AddressPace {
  private readonly byNetwork = new Map<string, Paced>();

  constructor(private readonly perSecond: number) {}

  /** @returns whether one more may come now; refusals cost nothing, so that waiting helps */
  allows(network: string, now: number): boolean {
    const paced = this.byNetwork.get(network) ?? this.add(network, now);
    paced.usedAt = now;
    if (paced.budget.take(1, now) === 0) return true;
    paced.budget.giveBack(1);
    return false;
  }

  private add(network: string, now: number): Paced {
    if (this.byNetwork.size >= MANY) this.forget(now);
    const limits = { ratePerSecond: this.perSecond, rateBurst: this.perSecond };
    const paced = { budget: new RateBudget(limits, now), usedAt: now };
    this.byNetwork.set(network, paced);
    return paced;
  }

  private forget(now: number): void {
    for (const [network, { usedAt }] of this.byNetwork)
      if (now - usedAt > FULL_AFTER_MS) this.byNetwork.delete(network);
  }
}
