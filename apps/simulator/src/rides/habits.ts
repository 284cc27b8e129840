import { OfferRejection } from '#libs/contracts';
import { moved, type Point } from '../drives/geography.js';

const REJECT_CHANCE = 0.1;
const IGNORE_CHANCE = 0.03;
const CANCEL_CHANCE = 0.08;
const ABSENCE_CHANCE = 0.1;

type Random = () => number;

/** What drivers and passengers of the demo do; rides are short, so that they end within a minute. */
export class Habits {
  /** @param random 0 to 1, as Math.random; tests give their own */
  constructor(private readonly random: Random = Math.random) {}

  /** How long a driver looks at an offer, ms. */
  thinkMs(): number {
    return this.between(500, 3_000);
  }

  answer(): 'accept' | 'ignore' | OfferRejection {
    const choice = this.random();
    if (choice < IGNORE_CHANCE) return 'ignore';
    if (choice >= IGNORE_CHANCE + REJECT_CHANCE) return 'accept';
    const reasons = Object.values(OfferRejection);
    return reasons[Math.floor(this.random() * reasons.length)]!;
  }

  /** Metres a second, in a city. */
  speedMps(): number {
    return this.between(13, 18);
  }

  boardMs(): number {
    return this.between(1_000, 2_500);
  }

  /** Until a passenger requests the next trip, ms. */
  pauseMs(): number {
    return this.between(500, 7_000);
  }

  /** When a passenger thinks better of it, ms after the request; undefined for not at all. */
  cancelAfterMs(): number | undefined {
    return this.random() < CANCEL_CHANCE ? this.between(500, 14_000) : undefined;
  }

  /** When a passenger's phone has no network during a trip, and for how long; undefined for not at all. */
  absence(): { afterMs: number; durationMs: number } | undefined {
    if (this.random() >= ABSENCE_CHANCE) return undefined;
    return { afterMs: this.between(500, 15_000), durationMs: this.between(1_000, 8_000) };
  }

  pickupNear(car: Point): Point {
    return rounded(moved(car, this.random() * 360, this.between(30, 130)));
  }

  dropoffFrom(pickup: Point): Point {
    return rounded(moved(pickup, this.random() * 360, this.between(150, 330)));
  }

  private between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }
}

function rounded({ lat, lng }: Point): Point {
  return { lat: Number(lat.toFixed(6)), lng: Number(lng.toFixed(6)) };
}
