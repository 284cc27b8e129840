interface Delivery {
  timestamp: number;
  emittedAt: number;
  /** When the server acknowledged that it is stored; undefined until then. */
  storedAt?: number;
}

/** A stored position that nobody saw, and no newer one of the driver, for this long is lost. */
export const LOST_AFTER_MS = 5_000;
/** An emit without any answer is forgotten after this time: the driver sends its fix again anyway. */
const FORGET_AFTER_MS = 60_000;

/** Which of one driver's fixes are on their way to the dispatcher; times are of one monotonic clock. */
export class DeliveryLedger {
  private deliveries: Delivery[] = [];

  /** A fix that is sent a second time keeps its first time. */
  emitted(timestamp: number, now: number): void {
    if (!this.find(timestamp)) this.deliveries.push({ timestamp, emittedAt: now });
  }

  stored(timestamp: number, now: number): void {
    const delivery = this.find(timestamp);
    if (delivery) delivery.storedAt = now;
  }

  /** It was refused or is older than the live position: nobody will see it. */
  dropped(timestamp: number): void {
    this.deliveries = this.deliveries.filter((delivery) => delivery.timestamp !== timestamp);
  }

  /**
   * The dispatcher has this fix: it and all older ones are settled.
   * @returns the delay in ms, or undefined when the fix was not waited for
   */
  seen(timestamp: number, now: number): number | undefined {
    const delivery = this.find(timestamp);
    this.deliveries = this.deliveries.filter((other) => other.timestamp > timestamp);
    return delivery && now - delivery.emittedAt;
  }

  get waiting(): number {
    return this.deliveries.filter(({ storedAt }) => storedAt !== undefined).length;
  }

  /**
   * Takes out what is lost.
   * @param watchedSince since when the dispatcher has been watching without a break
   * @returns how many fixes were lost
   */
  takeLost(now: number, watchedSince: number): number {
    const before = this.deliveries.length;
    if (before === 0) return 0;
    this.deliveries = this.deliveries.filter(
      ({ storedAt, emittedAt }) => storedAt !== undefined || now - emittedAt < FORGET_AFTER_MS,
    );
    const remembered = this.deliveries.length;
    this.deliveries = this.deliveries.filter(
      ({ storedAt }) =>
        storedAt === undefined || now - Math.max(storedAt, watchedSince) < LOST_AFTER_MS,
    );
    return remembered - this.deliveries.length;
  }

  private find(timestamp: number): Delivery | undefined {
    return this.deliveries.find((delivery) => delivery.timestamp === timestamp);
  }
}
