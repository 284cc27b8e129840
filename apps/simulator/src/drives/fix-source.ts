/** What a phone measured. */
export interface MeasuredFix {
  /** When, epoch milliseconds. */
  timestamp: number;
  lat: number;
  lng: number;
  accuracy?: number;
  heading?: number;
  speed?: number;
}

/** Where a driver's fixes come from: each is due at its timestamp, one after the other, for ever. */
export interface FixSource {
  next(): MeasuredFix;
}
