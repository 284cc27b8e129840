export interface TraceFix {
  /** When it was measured, epoch milliseconds. */
  time: number;
  lat: number;
  lng: number;
}

/** The fixes of one taxi, oldest first, never empty. */
export interface Track {
  taxiId: string;
  fixes: TraceFix[];
}
