/** What is due at a time, whichever instance sees it first. */
export const TripTimer = {
  match: 'match',
  offer: 'offer',
  approach: 'approach',
  waiting: 'waiting',
  odometer: 'odometer',
  lost: 'lost',
  stuck: 'stuck',
  archive: 'archive',
  /** Of a driver, not of a trip: set when the lease of one who is on a trip lapses. */
  vanished: 'vanished',
} as const;
export type TripTimer = (typeof TripTimer)[keyof typeof TripTimer];

/** A member of the set of timers: its kind and the trip, or the assignment for offers. */
export interface DueTimer {
  kind: TripTimer;
  id: string;
}

export function timerName({ kind, id }: DueTimer): string {
  return `${kind}:${id}`;
}

export function parseTimer(name: string): DueTimer {
  const end = name.indexOf(':');
  return { kind: name.slice(0, end) as TripTimer, id: name.slice(end + 1) };
}
