/** The prices of rides; amounts are whole minor units of `currency`. */
export interface FarePolicy {
  /** ISO 4217, e.g. EUR. */
  currency: string;
  base: number;
  perKm: number;
  perMinute: number;
  /** What base, distance, time and surge cost together at least. */
  minimum: number;
  /** For each minute that has started after the free period. */
  waitingPerMinute: number;
  /** How long a driver waits at the pickup at no charge. */
  waitingFreeMs: number;
}
