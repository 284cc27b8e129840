/** 1.0x: a surge that changes nothing. Surges count in hundredths of a percent. */
export const NO_SURGE_BASIS_POINTS = 10_000;

/**
 * What a ride costs, line by line. All amounts are whole minor units of `currency` (cents of EUR),
 * and the lines from `base` to `minimumTopUp` add up to `total` exactly.
 */
export interface FareBreakdown {
  /** ISO 4217, e.g. EUR. */
  currency: string;
  base: number;
  distance: number;
  time: number;
  /** What the surge adds to base, distance and time. */
  surge: number;
  /** Surcharge for waiting at the pickup. */
  waiting: number;
  /** Fees that the driver paid, e.g. tolls. */
  extra: number;
  /** What lifts base, distance, time and surge to the minimum. */
  minimumTopUp: number;
  total: number;
  /** 10000 is 1.0x. */
  surgeBasisPoints: number;
  /** The distance that was charged. */
  distanceMeters: number;
  /** The duration that was charged. */
  durationMs: number;
}

/** What a driver's waiting at the pickup costs by now. */
export interface WaitingSurcharge {
  /** Minor units of the currency. */
  amount: number;
  /** Minutes that are charged: those that have started after the free period. */
  chargedMinutes: number;
  /** When `amount` grows next, epoch milliseconds; null when it never does. */
  nextWaitingStepAt: number | null;
}
