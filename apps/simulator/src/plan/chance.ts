/** Numbers from 0 to 1, as Math.random. */
export type Chance = () => number;

/**
 * Numbers that follow from a seed and from what they decide about, whatever was decided before them:
 * the third offer of driver 17 is answered alike in every run, however the two before it went.
 */
export function chanceOf(seed: number, ...about: (string | number)[]): Chance {
  // Mulberry32, begun with FNV-1a of what it is about.
  let state = 0x811c9dc5;
  for (const character of `${seed}/${about.join('/')}`)
    state = Math.imul(state ^ character.codePointAt(0)!, 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function between(chance: Chance, low: number, high: number): number {
  return low + chance() * (high - low);
}

/** Waiting times between things that happen independently of each other. */
export function gapAround(chance: Chance, mean: number): number {
  return -Math.log(1 - chance()) * mean;
}

export function oneOf<T>(chance: Chance, items: readonly T[]): T {
  return items[Math.floor(chance() * items.length)]!;
}

/** @param weights of the items, one each, not all of them 0 */
export function weighted<T>(chance: Chance, items: readonly T[], weightOf: (item: T) => number): T {
  const total = items.reduce((sum, item) => sum + weightOf(item), 0);
  let left = chance() * total;
  for (const item of items) {
    left -= weightOf(item);
    if (left < 0) return item;
  }
  return items.at(-1)!;
}
