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

/** Where a car is, and whether satellites are seen there. */
export interface PlaceOnTheWay extends MeasuredFix {
  /** In a tunnel nothing is measured. */
  isCovered?: boolean;
}

/** Where a driver's fixes come from: each is due at its timestamp, one after the other, for ever. */
export interface FixSource {
  next(): PlaceOnTheWay;
}
