/** A fix that a driver sent, and what it was promised about it. Times are epoch ms of the phone. */
export interface SentFix {
  driverId: string;
  /** When it was measured. */
  measuredAt: number;
  isAcknowledged: boolean;
}

/** A position as somebody was shown it, in the order in which it came. */
export interface ShownFix {
  viewer: string;
  driverId: string;
  measuredAt: number;
}

/** The position of a driver as an instance has it afterwards. */
export interface KeptFix {
  observer: string;
  driverId: string;
  measuredAt: number;
}

export interface PositionHistory {
  sent: readonly SentFix[];
  shown: readonly ShownFix[];
  kept: readonly KeptFix[];
}

export interface PositionFault {
  kind:
    /** An acknowledged position is newer than the one that is kept. */
    | 'lost'
    /** Nobody has sent it. */
    | 'invented'
    /** A viewer was shown an older position after a newer one. */
    | 'back'
    /** Two instances have different positions of one driver. */
    | 'disagreement';
  text: string;
}

/** Everything about positions that cannot be. */
export function checkPositions({ sent, shown, kept }: PositionHistory): PositionFault[] {
  const faults: PositionFault[] = [];
  const note = (kind: PositionFault['kind'], text: string): void =>
    void faults.push({ kind, text });
  const known = new Set(sent.map(({ driverId, measuredAt }) => `${driverId} ${measuredAt}`));
  const newestAcknowledged = new Map<string, number>();
  for (const { driverId, measuredAt, isAcknowledged } of sent) {
    if (isAcknowledged && measuredAt > (newestAcknowledged.get(driverId) ?? 0))
      newestAcknowledged.set(driverId, measuredAt);
  }
  const newestShown = new Map<string, number>();
  for (const { viewer, driverId, measuredAt } of shown) {
    const who = `${viewer} ${driverId}`;
    const before = newestShown.get(who) ?? 0;
    if (measuredAt < before)
      note('back', `${viewer} was shown ${driverId} at ${measuredAt} after ${before}`);
    newestShown.set(who, Math.max(before, measuredAt));
    if (!known.has(`${driverId} ${measuredAt}`))
      note('invented', `${viewer} was shown ${driverId} at ${measuredAt}`);
  }
  const first = new Map<string, KeptFix>();
  for (const fix of kept) {
    const { observer, driverId, measuredAt } = fix;
    const promised = newestAcknowledged.get(driverId);
    if (promised !== undefined && measuredAt < promised)
      note('lost', `${observer} has ${driverId} at ${measuredAt}; ${promised} was acknowledged`);
    if (!known.has(`${driverId} ${measuredAt}`))
      note('invented', `${observer} has ${driverId} at ${measuredAt}`);
    const other = first.get(driverId);
    if (other === undefined) first.set(driverId, fix);
    else if (other.measuredAt !== measuredAt)
      note('disagreement', `${other.observer} and ${observer} have ${driverId} differently`);
  }
  for (const driverId of newestAcknowledged.keys())
    if (kept.length > 0 && !first.has(driverId))
      note('lost', `nobody has a position of ${driverId}, who was acknowledged one`);
  return faults;
}
