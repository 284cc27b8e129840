/** One position as a phone measured it. */
export interface Fix {
  /** Degrees, WGS84, -90 to 90. */
  lat: number;
  /** Degrees, WGS84, -180 to 180. */
  lng: number;
  /** When it was measured, epoch milliseconds; the time of receipt when the client named none. */
  timestamp: number;
  /** Radius of the 68 % confidence circle, metres. */
  accuracy?: number;
  /** Degrees clockwise from north, 0 to 360. */
  heading?: number;
  /** Metres per second. */
  speed?: number;
  /** The connection epoch from `hello` under which the fix was measured; orders together with `sequence`. */
  epoch?: number;
  /** Counts up within an epoch. */
  sequence?: number;
}

/** What became of a fix. */
export const FixVerdict = {
  /** It is the live position now. */
  stored: 'stored',
  /** Older than the live position: kept in the history, not shown. */
  stale: 'stale',
  /** Known already: nothing changed. */
  duplicate: 'duplicate',
  /** Refused: `reason` says why; nothing changed. */
  implausible: 'implausible',
  /** The driver is off duty and not tracked: nothing was kept. */
  offDuty: 'off_duty',
} as const;
export type FixVerdict = (typeof FixVerdict)[keyof typeof FixVerdict];

export const ImplausibleReason = {
  notAPosition: 'NOT_A_POSITION',
  /** One value under two names, and they differ. */
  contradiction: 'CONTRADICTION',
  outOfRange: 'OUT_OF_RANGE',
  nullIsland: 'NULL_ISLAND',
  badTimestamp: 'BAD_TIMESTAMP',
  future: 'FUTURE_TIMESTAMP',
  tooOld: 'TOO_OLD',
  inaccurate: 'INACCURATE',
  badSequence: 'BAD_SEQUENCE',
  /** Too far from the live position for the time between; believed after two more fixes that agree with it. */
  jump: 'JUMP',
} as const;
export type ImplausibleReason = (typeof ImplausibleReason)[keyof typeof ImplausibleReason];

export interface FixResult {
  verdict: FixVerdict;
  reason?: ImplausibleReason;
  sequence?: number;
}

/** The ack data of `driver:location:ping`: one result a fix, in the order sent. */
export interface LocationPingResult {
  results: FixResult[];
  /** The server's clock, epoch milliseconds, for clients that correct their own. */
  serverTime: number;
}

/** Why fixes of a driver were refused, over the last one to two hours. */
export interface RefusedFixes {
  total: number;
  byReason: Partial<Record<ImplausibleReason, number>>;
  lastReason: ImplausibleReason | null;
  /** ISO 8601. */
  lastAt: string | null;
}

/** How much a shown position can be trusted, by its age. */
export const PositionQuality = {
  live: 'live',
  delayed: 'delayed',
  stale: 'stale',
  lost: 'lost',
} as const;
export type PositionQuality = (typeof PositionQuality)[keyof typeof PositionQuality];
