/** A session whose end was acknowledged to whoever ended it. Times are of one clock, ms. */
export interface EndedSession {
  sid: string;
  acknowledgedAt: number;
}

/** A sign that an instance still served a session. */
export interface SessionSign {
  sid: string;
  /** When the request was sent that was answered, or when the fact came. */
  at: number;
  /** What it was, e.g. the name of the event. */
  what: string;
}

export interface SessionHistory {
  ended: readonly EndedSession[];
  signs: readonly SessionSign[];
  /** How long after the acknowledgement a session may still be served. */
  boundMs: number;
}

/** Whoever was served after the bound. */
export function checkSessions({ ended, signs, boundMs }: SessionHistory): string[] {
  const endOf = new Map(ended.map(({ sid, acknowledgedAt }) => [sid, acknowledgedAt]));
  return signs.flatMap(({ sid, at, what }) => {
    const end = endOf.get(sid);
    if (end === undefined || at <= end + boundMs) return [];
    return [`${sid} had ${what} ${Math.round(at - end)} ms after its end was acknowledged`];
  });
}
