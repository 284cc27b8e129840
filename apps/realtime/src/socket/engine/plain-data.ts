/** Nothing of ours is deeper; beyond it Socket.IO's encoder decides. */
const MAX_LEVELS = 64;

/**
 * Whether a value is made of plain objects, arrays and simple values only: nothing of it can be an
 * attachment or encode itself in a way of its own, so that JSON is all that there is to it.
 */
export function isPlainData(value: unknown, levelsLeft = MAX_LEVELS): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (levelsLeft === 0) return false;
  if (Array.isArray(value)) {
    for (const each of value) if (!isPlainData(each, levelsLeft - 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    if (!isPlainData((value as Record<string, unknown>)[key], levelsLeft - 1)) return false;
  }
  return true;
}
