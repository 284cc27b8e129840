/** What time it is in the city. */
export interface CityClock {
  /** At the begin of the run, 0 to 24. */
  startHour: number;
  /** How many times as fast as ours: 60 makes an hour a minute. Shifts and crowds follow it, cars do not. */
  rate: number;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** @param ms since the begin of the run @returns 0 to 24 */
export function hourAt({ startHour, rate }: CityClock, ms: number): number {
  return (startHour + (ms * rate) / HOUR_MS) % HOURS;
}

/** How long a time of the city takes, ms. */
export function lasting({ rate }: CityClock, minutes: number): number {
  return (minutes * 60_000) / rate;
}

/** What a part of the city is for. */
export const QuarterKind = { homes: 'homes', work: 'work', nightlife: 'nightlife' } as const;
export type QuarterKind = (typeof QuarterKind)[keyof typeof QuarterKind];

/** By the hour, from 0 to 23: how many people are on their way, of the most there ever are. */
const BUSY = [
  0.35, 0.28, 0.24, 0.2, 0.2, 0.3, 0.5, 0.85, 0.95, 0.75, 0.6, 0.62, 0.7, 0.7, 0.65, 0.68, 0.78,
  0.95, 1, 0.95, 0.85, 0.75, 0.65, 0.5,
];
/** How many set out from there, and how many go there; only the proportions count. */
const FLOWS: Readonly<Record<QuarterKind, { from: readonly number[]; to: readonly number[] }>> = {
  homes: {
    from: [1, 1, 1, 1, 2, 4, 8, 9, 8, 5, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6, 6, 5, 3, 2],
    to: [5, 5, 5, 4, 3, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 4, 5, 7, 9, 8, 7, 6, 6, 5],
  },
  work: {
    from: [1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 5, 5, 5, 6, 7, 9, 9, 6, 3, 2, 1, 1],
    to: [1, 1, 1, 1, 1, 3, 7, 9, 9, 7, 5, 5, 5, 5, 5, 4, 3, 2, 2, 1, 1, 1, 1, 1],
  },
  nightlife: {
    from: [7, 7, 7, 6, 5, 3, 1, 1, 1, 1, 1, 1, 2, 3, 2, 2, 2, 2, 2, 3, 4, 5, 6, 7],
    to: [4, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 3, 2, 2, 2, 3, 4, 6, 7, 7, 6, 5],
  },
};

/** How busy the city is, 0 to 1. @param hour 0 to 24 */
export function busyAt(hour: number): number {
  return betweenHours(BUSY, hour);
}

/** How much a part of the city draws people, or sends them out. */
export function flowAt(kind: QuarterKind, direction: 'from' | 'to', hour: number): number {
  return betweenHours(FLOWS[kind][direction], hour);
}

function betweenHours(values: readonly number[], hour: number): number {
  const before = Math.floor(hour) % HOURS;
  const share = hour - Math.floor(hour);
  return values[before]! * (1 - share) + values[(before + 1) % HOURS]! * share;
}
