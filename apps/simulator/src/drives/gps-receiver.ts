import { between, type Chance } from '../plan/chance.js';
import { type MeasuredFix } from './fix-source.js';
import { moved } from './geography.js';

/** The accuracy that is said, metres: the radius that holds two thirds. */
const GOOD: [number, number] = [3, 12];
const POOR: [number, number] = [15, 45];
/** Between high houses a place is measured by its echoes now and then. */
const ECHO_CHANCE = 0.01;
const ECHO: [number, number] = [60, 120];
/** How much of its error a receiver keeps from one fix to the next: it wanders and does not shiver. */
const KEPT_ERROR = 0.8;

/** What a phone says of where it is: never quite where it is, and with a word on how far off it may be. */
export class GpsReceiver {
  private north = 0;
  private east = 0;
  private last: MeasuredFix | undefined;
  private isLost = false;

  /** @param chance the same numbers give the same errors */
  constructor(
    private readonly chance: Chance,
    private readonly isPoor: boolean,
  ) {}

  /** No satellite is seen: there is nothing to measure. */
  lose(): void {
    this.isLost = true;
  }

  /** @param isFrozen it says the last place again, with a new time */
  measure(fix: MeasuredFix, isFrozen = false): MeasuredFix {
    if (isFrozen && this.last) return { ...this.last, timestamp: fix.timestamp };
    const { chance } = this;
    const isEcho = chance() < ECHO_CHANCE;
    // The first one behind a tunnel is made with few satellites.
    const usual = this.isPoor || this.isLost ? POOR : GOOD;
    this.isLost = false;
    const accuracy = between(chance, ...(isEcho ? ECHO : usual));
    // Most errors are well within what is said.
    const fresh = (1 - KEPT_ERROR) * accuracy;
    this.north = this.north * KEPT_ERROR + between(chance, -fresh, fresh);
    this.east = this.east * KEPT_ERROR + between(chance, -fresh, fresh);
    const north = this.north + (isEcho ? between(chance, -accuracy, accuracy) / 2 : 0);
    const { lat, lng } = moved(moved(fix, 0, north), 90, this.east);
    this.last = {
      ...fix,
      lat: Number(lat.toFixed(7)),
      lng: Number(lng.toFixed(7)),
      accuracy: Number(accuracy.toFixed(1)),
    };
    return this.last;
  }
}
