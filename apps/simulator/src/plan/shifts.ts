import { between, type Chance } from './chance.js';
import { busyAt, hourAt, lasting, type CityClock } from './day.js';

/** From when a driver works, or does not. */
export interface Duty {
  /** Since the begin of the run, ms. */
  atMs: number;
  isOnDuty: boolean;
}

const SHORTEST_STRETCH_MIN = 120;
const LONGEST_STRETCH_MIN = 300;
const SHORTEST_BREAK_MIN = 15;
const LONGEST_BREAK_MIN = 45;
/** Who finds the city too quiet looks again after a while. */
const LOOK_AGAIN_MIN = 30;
/** As quiet as this nobody stays at home for it. */
const QUIET_ENOUGH = 0.75;

/** When a driver works, for ever: stretches with breaks in between, and fewer drivers in quiet hours. */
export function* shiftsOf(chance: Chance, clock: CityClock): Generator<Duty, never> {
  // Of the quiet hours, the quieter ones in which this driver stays at home.
  const staysBelow = chance() * QUIET_ENOUGH;
  let atMs = 0;
  let stretchMs = lasting(clock, between(chance, SHORTEST_STRETCH_MIN, LONGEST_STRETCH_MIN));
  let breakMs = lasting(clock, between(chance, SHORTEST_BREAK_MIN, LONGEST_BREAK_MIN));
  // Everybody is somewhere in the middle of it.
  const passedMs = chance() * (stretchMs + breakMs);
  let isOnDuty = passedMs < stretchMs;
  let nextMs = isOnDuty ? stretchMs - passedMs : stretchMs + breakMs - passedMs;
  for (;;) {
    isOnDuty &&= busyAt(hourAt(clock, atMs)) >= staysBelow;
    yield { atMs, isOnDuty };
    atMs += nextMs;
    if (isOnDuty) {
      breakMs = lasting(clock, between(chance, SHORTEST_BREAK_MIN, LONGEST_BREAK_MIN));
      [isOnDuty, nextMs] = [false, breakMs];
      continue;
    }
    while (busyAt(hourAt(clock, atMs)) < staysBelow) atMs += lasting(clock, LOOK_AGAIN_MIN);
    stretchMs = lasting(clock, between(chance, SHORTEST_STRETCH_MIN, LONGEST_STRETCH_MIN));
    [isOnDuty, nextMs] = [true, stretchMs];
  }
}
