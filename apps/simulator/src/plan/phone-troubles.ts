import { between, gapAround, weighted, type Chance } from './chance.js';

/** What happens to the phone of a driver, wherever it is; tunnels are places of the streets. */
export const TroubleKind = {
  /** No network: it goes on measuring and sends what it has later. */
  noNetwork: 'no network',
  /** GPS says the same place again and again. */
  frozenGps: 'frozen GPS',
  /** The system has put the app to sleep: it measures nothing, and its connection ends. */
  asleep: 'asleep',
  /** A battery saver lets the app measure nothing; its connection stays and answers. */
  silent: 'silent',
  /** The system has stopped the app: its connection stays, and nothing of it is answered. */
  frozen: 'frozen',
  /** From one moment to the next, without a word to anybody. */
  emptyBattery: 'empty battery',
} as const;
export type TroubleKind = (typeof TroubleKind)[keyof typeof TroubleKind];

/** Those in which a phone stays connected and says nothing. */
export const SILENCES: readonly TroubleKind[] = [TroubleKind.silent, TroubleKind.frozen];

export interface Trouble {
  /** Since the begin of the run, ms. */
  atMs: number;
  kind: TroubleKind;
  durationMs: number;
}

const MEAN_GAP_MS = 480_000;
const KINDS: readonly { kind: TroubleKind; weight: number; seconds: [number, number] }[] = [
  { kind: TroubleKind.noNetwork, weight: 40, seconds: [10, 40] },
  { kind: TroubleKind.frozenGps, weight: 15, seconds: [20, 60] },
  { kind: TroubleKind.asleep, weight: 15, seconds: [20, 90] },
  // Longer than it takes until a position is stale (QUALITY_*), some longer than a lease.
  { kind: TroubleKind.silent, weight: 10, seconds: [30, 150] },
  { kind: TroubleKind.frozen, weight: 10, seconds: [30, 150] },
  { kind: TroubleKind.emptyBattery, weight: 10, seconds: [120, 600] },
];

/**
 * The troubles of one phone, one after the other, for ever.
 * @param only which of them happen; all when absent
 */
export function* troublesOf(
  chance: Chance,
  only?: readonly TroubleKind[],
): Generator<Trouble, never> {
  const kinds = only ? KINDS.filter(({ kind }) => only.includes(kind)) : KINDS;
  let atMs = 0;
  for (;;) {
    atMs += gapAround(chance, MEAN_GAP_MS);
    const { kind, seconds } = weighted(chance, kinds, ({ weight }) => weight);
    const durationMs = Math.round(between(chance, ...seconds) * 1_000);
    yield { atMs: Math.round(atMs), kind, durationMs };
    atMs += durationMs;
  }
}

const WRONG_CLOCK_CHANCE = 0.06;
/** A server refuses what is further in the future (LOCATION_MAX_FUTURE). */
const MOST_AHEAD_MS = 25_000;
const MOST_BEHIND_MS = 600_000;
/** A clock that is wrong by less is not noticed. */
const LEAST_OFF_MS = 4_000;

/** How far the clock of a phone is ahead, ms; most are right. */
export function clockAheadOf(chance: Chance): number {
  if (chance() >= WRONG_CLOCK_CHANCE) return 0;
  const isAhead = chance() < 0.5;
  const most = isAhead ? MOST_AHEAD_MS : MOST_BEHIND_MS;
  return Math.round(between(chance, LEAST_OFF_MS, most)) * (isAhead ? 1 : -1);
}
