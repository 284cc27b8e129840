import { type Point } from '../drives/geography.js';
import { between, chanceOf, gapAround, oneOf, type Chance } from './chance.js';
import { busyAt, hourAt, type CityClock } from './day.js';
import { type TripEnds, type TripPlaces } from './trip-places.js';

const CANCEL_CHANCE = 0.08;
const ABSENCE_CHANCE = 0.1;
const SHARE_CHANCE = 0.1;
const TALK_CHANCE = 0.6;
const LINES = [
  'I wear a red hat.',
  'I am at the entrance.',
  'Across the street, by the kiosk.',
  'How long will you be?',
  'With a dog, is that all right?',
  'Thank you!',
];

/** What a passenger does about one trip. */
export interface PlannedRequest {
  /** From 0. */
  number: number;
  /** Not sooner than this, and not while the one before it goes on; ms since the begin of the run. */
  atMs: number;
  /** Null: they follow from where the cars are at that time, see `endsNear`. */
  ends: TripEnds | null;
  /** When the passenger thinks better of it, ms after the request; null for not at all. */
  cancelAfterMs: number | null;
  /** When its phone has no network, ms after the request, and for how long; null for not at all. */
  absence: { afterMs: number; durationMs: number } | null;
  /** What it writes to the driver, ms after the driver has accepted. */
  messages: { afterMs: number; text: string }[];
  /** Whether somebody else follows the trip by its link. */
  isShared: boolean;
}

/** Everything that is decided about a passenger before the run; the same seed decides alike. */
export class PassengerPlan {
  constructor(
    private readonly seed: number,
    readonly index: number,
    private readonly clock: CityClock,
    private readonly places: TripPlaces,
  ) {}

  /** One after the other, for ever. */
  *requests(): Generator<PlannedRequest, never> {
    const gaps = this.chance('gaps');
    // In the middle of it at the begin, so that not all request at once.
    let atMs = Math.round(gaps() * Math.min(this.places.meanGapMs, this.gapMs(gaps, 0)));
    for (let number = 0; ; number += 1) {
      yield this.request(number, atMs);
      atMs += Math.round(this.gapMs(gaps, atMs));
    }
  }

  /** Where a trip goes that is decided only when the place of a car is known. */
  endsNear(car: Point, { number, ends }: PlannedRequest): TripEnds {
    if (ends) return ends;
    if ('endsNear' in this.places) return this.places.endsNear(car, this.chance('ends', number));
    throw new Error('Trips by the hour have their ends.');
  }

  private gapMs(chance: Chance, atMs: number): number {
    return gapAround(chance, this.places.meanGapMs) / busyAt(hourAt(this.clock, atMs));
  }

  private request(number: number, atMs: number): PlannedRequest {
    const ends =
      'endsAt' in this.places
        ? this.places.endsAt(this.chance('ends', number), hourAt(this.clock, atMs))
        : null;
    const chance = this.chance('request', number);
    const often = (share: number): boolean => chance() < share;
    const ms = (low: number, high: number): number => Math.round(between(chance, low, high));
    return {
      number,
      atMs,
      ends,
      cancelAfterMs: often(CANCEL_CHANCE) ? ms(500, 14_000) : null,
      absence: often(ABSENCE_CHANCE)
        ? { afterMs: ms(500, 15_000), durationMs: ms(1_000, 8_000) }
        : null,
      messages: often(TALK_CHANCE)
        ? Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, i) => ({
            afterMs: ms(500, 3_000) + i * 3_000,
            text: oneOf(chance, LINES),
          }))
        : [],
      isShared: often(SHARE_CHANCE),
    };
  }

  private chance(...about: (string | number)[]): Chance {
    return chanceOf(this.seed, 'passenger', this.index, ...about);
  }
}
