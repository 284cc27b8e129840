/**
 * Whether a value is made of plain objects, arrays and simple values only: nothing of it can be an
 * attachment or encode itself in a way of its own, so that JSON is all that there is to it.
 */
export function isPlainData(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  if (Array.isArray(value)) return value.every(isPlainData);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    if (!isPlainData((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}
