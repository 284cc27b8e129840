import { OfferRejection } from '#libs/contracts';
import { between, chanceOf, oneOf, type Chance } from './chance.js';
import { type CityClock } from './day.js';
import { clockAheadOf, SILENCES, troublesOf, type Trouble } from './phone-troubles.js';
import { shiftsOf, type Duty } from './shifts.js';

const REJECT_CHANCE = 0.1;
const IGNORE_CHANCE = 0.03;
const POOR_RECEPTION_CHANCE = 0.15;
const LINES = ['On my way.', 'I am around the corner.', 'Two minutes.', 'I see you.', 'OK!'];

/** All troubles of phones and breaks of drivers, none, or phones only that stay connected and say nothing. */
export const TROUBLES = ['on', 'off', 'silent'] as const;
export type Troubles = (typeof TROUBLES)[number];

/** What a driver does about one offer. */
export interface OfferAnswer {
  /** How long it looks at it, ms. */
  thinkMs: number;
  answer: 'accept' | 'ignore' | OfferRejection;
}

/** How one ride goes. */
export interface RidePace {
  /** Metres a second, in a city. */
  speedMps: number;
  boardMs: number;
  /** What the driver answers to the passenger, and after how long; null for nothing. */
  reply: { afterMs: number; text: string } | null;
}

/** How the phone of a driver measures. */
export interface PhonePlan {
  hasPoorReception: boolean;
  /** How far its clock is ahead, ms. */
  clockAheadMs: number;
}

/** Everything that is decided about a driver before the run; the same seed decides alike. */
export class DriverPlan {
  readonly phone: PhonePlan;

  /** @param troubles unless all are on, everybody is on duty all the time, with a good phone */
  constructor(
    private readonly seed: number,
    readonly index: number,
    private readonly clock: CityClock,
    private readonly troubleKinds: Troubles,
  ) {
    this.phone =
      troubleKinds === 'on'
        ? {
            hasPoorReception: this.chance('reception')() < POOR_RECEPTION_CHANCE,
            clockAheadMs: clockAheadOf(this.chance('clock')),
          }
        : { hasPoorReception: false, clockAheadMs: 0 };
  }

  /** Decides about one thing of this driver, whatever else was decided. */
  chance(...about: (string | number)[]): Chance {
    return chanceOf(this.seed, 'driver', this.index, ...about);
  }

  shifts(): Generator<Duty, void> {
    const hasBreaks = this.troubleKinds === 'on';
    return hasBreaks ? shiftsOf(this.chance('shifts'), this.clock) : alwaysOnDuty();
  }

  troubles(): Generator<Trouble, void> {
    if (this.troubleKinds === 'off') return noTroubles();
    const only = this.troubleKinds === 'silent' ? SILENCES : undefined;
    return troublesOf(this.chance('troubles'), only);
  }

  /** @param number of the offers that it got, from 0 */
  offer(number: number): OfferAnswer {
    const chance = this.chance('offer', number);
    const thinkMs = Math.round(between(chance, 500, 3_000));
    const choice = chance();
    if (choice < IGNORE_CHANCE) return { thinkMs, answer: 'ignore' };
    if (choice >= IGNORE_CHANCE + REJECT_CHANCE) return { thinkMs, answer: 'accept' };
    return { thinkMs, answer: oneOf(chance, Object.values(OfferRejection)) };
  }

  /** @param number of the trips that it drove, from 0 */
  ride(number: number): RidePace {
    const chance = this.chance('ride', number);
    return {
      speedMps: between(chance, 13, 18),
      boardMs: Math.round(between(chance, 1_000, 2_500)),
      reply:
        chance() < 0.8
          ? { afterMs: Math.round(between(chance, 800, 4_000)), text: oneOf(chance, LINES) }
          : null,
    };
  }
}

function* alwaysOnDuty(): Generator<Duty, void> {
  yield { atMs: 0, isOnDuty: true };
}

function* noTroubles(): Generator<Trouble, void> {}
