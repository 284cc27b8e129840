/** Objects and arrays within each other that a payload or a body may have; ours have five. */
export const MAX_NESTING = 32;

/** Whether a value goes deeper than clients may. Looks no deeper itself: stacks are bounded. */
export function isNestedTooDeeply(value: unknown, levelsLeft = MAX_NESTING): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (levelsLeft === 0) return true;
  if (Array.isArray(value)) {
    for (const each of value) if (isNestedTooDeeply(each, levelsLeft - 1)) return true;
    return false;
  }
  for (const key of Object.keys(value)) {
    if (isNestedTooDeeply((value as Record<string, unknown>)[key], levelsLeft - 1)) return true;
  }
  return false;
}
