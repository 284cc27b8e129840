import { type History, type Sample } from './system-answer.js';

/** Samples come so often. */
const STEP_MS = 20_000;
const HOUR_MS = 3_600_000;

/** What each instance measured in the last hour, by its id. */
export type Hour = ReadonlyMap<string, readonly Sample[]>;

/** Adds what came since; samples that are known already, and those older than an hour, are left out. */
export function withNewer(hour: Hour, newer: readonly History[], now: number): Hour {
  const next = new Map(hour);
  for (const { id, samples } of newer) {
    const known = next.get(id) ?? [];
    const newest = known.at(-1)?.at ?? 0;
    next.set(id, [...known, ...samples.filter(({ at }) => at > newest)]);
  }
  for (const [id, samples] of next) {
    const kept = samples.filter(({ at }) => at > now - HOUR_MS);
    if (kept.length > 0) next.set(id, kept);
    else next.delete(id);
  }
  return next;
}

/** When the newest sample of all was taken; 0 without any. */
export function newestOf(hour: Hour): number {
  return Math.max(0, ...[...hour.values()].map((samples) => samples.at(-1)?.at ?? 0));
}

/** Times in epoch seconds, then the values of each instance at these times; null for none. */
export type Columns = [times: number[], ...values: (number | null)[][]];

/** A column for each of these instances. A single sample that came late leaves no gap. */
export function columnsOf(
  hour: Hour,
  ids: readonly string[],
  read: (sample: Sample) => number | null,
): Columns {
  const byStep = ids.map(
    (id) =>
      new Map((hour.get(id) ?? []).map((each) => [Math.floor(each.at / STEP_MS), read(each)])),
  );
  const steps = byStep.flatMap((values) => [...values.keys()]);
  if (steps.length === 0) return [[], ...ids.map(() => [])];
  const first = Math.min(...steps);
  const all = Array.from({ length: Math.max(...steps) - first + 1 }, (_, i) => first + i);
  return [
    all.map((step) => (step * STEP_MS) / 1_000),
    ...byStep.map((values) =>
      all.map((step) => values.get(step) ?? between(values.get(step - 1), values.get(step + 1))),
    ),
  ];
}

function between(before: number | null | undefined, after: number | null | undefined) {
  return typeof before === 'number' && typeof after === 'number' ? (before + after) / 2 : null;
}

/** Refusals of the hour by code over all instances, the most frequent first. */
export function refusalsOf(hour: Hour): [code: string, count: number][] {
  const counts = new Map<string, number>();
  for (const samples of hour.values())
    for (const { refusals } of samples)
      for (const [code, count] of Object.entries(refusals))
        counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}
