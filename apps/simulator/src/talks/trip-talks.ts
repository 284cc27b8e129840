import { TalkTally } from './talk-tally.js';
import { TripTalk } from './trip-talk.js';

/** Trips that are remembered beside those with something on its way. */
const REMEMBERED = 2_000;

/** The conversations of all trips of a run. */
export class TripTalks {
  readonly tally = new TalkTally();
  private readonly talks = new Map<string, TripTalk>();

  of(tripId: string): TripTalk {
    let talk = this.talks.get(tripId);
    if (!talk) this.talks.set(tripId, (talk = new TripTalk(`trip:${tripId}`, this.tally)));
    return talk;
  }

  get onTheWay(): number {
    let count = 0;
    for (const talk of this.talks.values()) count += talk.onTheWay;
    return count;
  }

  /** Counts what got lost; called once a second. */
  look(now: number): void {
    for (const talk of this.talks.values()) talk.look(now);
    const [oldest] = this.talks;
    if (this.talks.size > REMEMBERED && oldest?.[1].onTheWay === 0) this.talks.delete(oldest[0]);
  }
}
