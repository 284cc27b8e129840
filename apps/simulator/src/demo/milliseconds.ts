/** Right-aligned in six places. */
export function milliseconds(value: number | undefined): string {
  if (value === undefined) return '   -';
  return `${value < 10 ? value.toFixed(1) : String(Math.round(value))} ms`.padStart(6);
}
