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
  /** Fixes that a newer one superseded before their acknowledgement came. */
  private readonly supersededEarly = new Set<number>();

  /**
   * @param clock of the phone: how far it is ahead, and by how much the time of a fix that is seen may
   * be another than its right time once the server has corrected it
   */
  constructor(private readonly clock = { aheadMs: 0, toleranceMs: 0 }) {}

  /** A fix that is sent a second time keeps its first time. */
  emitted(timestamp: number, now: number): void {
    if (!this.find(timestamp)) this.deliveries.push({ timestamp, emittedAt: now });
  }

  /** What waited on a phone that was stopped goes out only now. */
  postponed(now: number): void {
    for (const delivery of this.deliveries)
      if (delivery.storedAt === undefined) delivery.emittedAt = now;
  }

  /** @returns whether the dispatcher has a newer fix already, so that it will never see this one */
  stored(timestamp: number, now: number): boolean {
    const delivery = this.find(timestamp);
    if (delivery) delivery.storedAt = now;
    return this.supersededEarly.delete(timestamp);
  }

  /** It was refused or is older than the live position: nobody will see it. */
  dropped(timestamp: number): void {
    this.supersededEarly.delete(timestamp);
    this.deliveries = this.deliveries.filter((delivery) => delivery.timestamp !== timestamp);
  }

  /**
   * The dispatcher has this fix: older ones were superseded by it.
   * @returns the delay in ms, undefined when the fix was not waited for, and how many acknowledged
   * ones were superseded
   */
  seen(shownAt: number, now: number): { delayMs: number | undefined; superseded: number } {
    const delivery = this.findSeen(shownAt);
    const timestamp = delivery?.timestamp ?? shownAt;
    const older = this.deliveries.filter((other) => other.timestamp < timestamp);
    this.deliveries = this.deliveries.filter((other) => other.timestamp > timestamp);
    for (const each of older)
      if (each.storedAt === undefined) this.supersededEarly.add(each.timestamp);
    const superseded = older.filter(({ storedAt }) => storedAt !== undefined).length;
    return { delayMs: delivery && now - delivery.emittedAt, superseded };
  }

  /**
   * Takes out what the dispatcher cannot see because it is away: all that is stored but the newest,
   * which a snapshot will show if it comes back.
   * @param isFinal it does not come back: the newest one as well
   */
  takeUnseen(isFinal = false): number {
    const stored = this.deliveries.filter(({ storedAt }) => storedAt !== undefined);
    const unseen = new Set(isFinal ? stored : stored.slice(0, -1));
    this.deliveries = this.deliveries.filter((delivery) => !unseen.has(delivery));
    return unseen.size;
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

  /** What is seen has the right time about, or that of the phone while the server believes it. */
  private findSeen(shownAt: number): Delivery | undefined {
    const { aheadMs, toleranceMs } = this.clock;
    if (aheadMs === 0) return this.find(shownAt);
    return this.find(shownAt - aheadMs) ?? this.nearest(shownAt, toleranceMs);
  }

  private nearest(timestamp: number, toleranceMs: number): Delivery | undefined {
    const distance = (delivery: Delivery): number => Math.abs(delivery.timestamp - timestamp);
    const [nearest] = this.deliveries.toSorted((a, b) => distance(a) - distance(b));
    return nearest && distance(nearest) <= toleranceMs ? nearest : undefined;
  }
}
