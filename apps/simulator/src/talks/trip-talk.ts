import { type TalkTally } from './talk-tally.js';

/** Somebody in a conversation. */
export interface Listener {
  /** Since when it has been connected without a break, performance.now(); undefined while it is not. */
  readonly readySince: number | undefined;
}

/** Said, acknowledged, and not heard for so long by somebody who was there: lost. */
export const UNHEARD_AFTER_MS = 10_000;

interface Seat {
  /** What was said up to this version was shown when it joined. */
  shownUpTo: number;
  newest: number;
  readonly heard: Set<number>;
}

interface Unheard {
  version: number;
  by: Listener;
  saidAt: number;
}

/** The conversation of one trip: who said what, and who has not heard it yet. */
export class TripTalk {
  private readonly seats = new Map<Listener, Seat>();
  private unheard: Unheard[] = [];
  private hasBegun = false;

  constructor(
    readonly conversationId: string,
    private readonly tally: TalkTally,
  ) {}

  /** @param version of the newest event that it was shown when it joined */
  enter(listener: Listener, version: number): void {
    const seat = this.seats.get(listener);
    if (seat) seat.shownUpTo = Math.max(seat.shownUpTo, version);
    else this.seats.set(listener, { shownUpTo: version, newest: version, heard: new Set() });
  }

  /** From now on it hears nothing, e.g. because another driver is looked for. */
  leave(listener: Listener): void {
    this.seats.delete(listener);
    this.unheard = this.unheard.filter(({ by }) => by !== listener);
  }

  /** The server has taken a message: all others who are there have to hear it. */
  said(speaker: Listener, version: number, now: number): void {
    this.tally.said += 1;
    if (!this.hasBegun) this.tally.trips += 1;
    this.hasBegun = true;
    if (this.seats.size < 2) this.tally.early += 1;
    for (const [by, { shownUpTo, heard }] of this.seats) {
      if (by === speaker) continue;
      if (version <= shownUpTo || heard.has(version)) this.tally.heard += 1;
      else this.unheard.push({ version, by, saidAt: now });
    }
  }

  /** What its screen shows now, from the oldest to the newest. */
  show(listener: Listener, versions: readonly number[]): void {
    const seat = this.seats.get(listener);
    if (!seat) return;
    if (versions.some((version, i) => version <= (versions[i - 1] ?? 0)))
      this.tally.violate('messages are shown twice or out of order');
    for (const version of versions)
      if (version > seat.shownUpTo && !seat.heard.has(version)) this.hear(listener, seat, version);
  }

  private hear(listener: Listener, seat: Seat, version: number): void {
    if (version < seat.newest) this.tally.violate('a message came after a later one');
    seat.heard.add(version);
    seat.newest = Math.max(seat.newest, version);
    const before = this.unheard.length;
    this.unheard = this.unheard.filter((each) => each.by !== listener || each.version !== version);
    this.tally.heard += before - this.unheard.length;
  }

  /** Messages that somebody has not heard who is there. */
  get onTheWay(): number {
    return this.unheard.filter(({ by }) => by.readySince !== undefined).length;
  }

  /** Counts and gives up what was not heard in time. */
  look(now: number): void {
    const isLost = ({ by, saidAt }: Unheard): boolean =>
      by.readySince !== undefined && now - Math.max(saidAt, by.readySince) > UNHEARD_AFTER_MS;
    const { length } = this.unheard;
    this.unheard = this.unheard.filter((each) => !isLost(each));
    this.tally.lost += length - this.unheard.length;
  }
}
