/** What happened to a fleet since it started. */
export class Tally {
  /** Fixes given to the server; one that is sent twice counts twice. */
  sent = 0;
  stored = 0;
  /** Known to the server already: sent again because its first answer did not come. */
  duplicate = 0;
  /** Kept in the history only. */
  stale = 0;
  /** Fixes that waited on the phone and went out later, in an array. */
  sentLate = 0;
  seen = 0;
  /** Acknowledged, and a newer one of the driver was seen instead. */
  superseded = 0;
  /** Acknowledged while the dispatcher who would have seen it was away. */
  unseen = 0;
  /** Acknowledged, and never seen by a dispatcher who was there all the time. */
  lost = 0;
  reconnects = 0;
  /** What happened to the phones of drivers, with how often. */
  readonly happened = new Map<string, number>();
  readonly refused = new Map<string, number>();
  readonly errors = new Map<string, number>();

  refuse(reason: string): void {
    increase(this.refused, reason);
  }

  happen(what: string): void {
    increase(this.happened, what);
  }

  fail(what: string): void {
    increase(this.errors, what);
  }
}

export function totalOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** `1 time`, `2 times`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `JUMP 3, FUTURE_TIMESTAMP 1`, the most frequent first. */
export function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

export function increase<K>(counts: Map<K, number>, name: K): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Right-aligned in six places. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '   -';
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ms`.padStart(6);
}
