import { type BenchArguments } from '../arguments.js';

/** V8 is still compiling for as many, longer on a machine that others use. */
export const WARM_UP_PINGS = 60_000;

/**
 * How long pings come before they are measured: V8 compiles by how often code ran, not by time, and
 * an instance in production has long been compiled. Quick runs do not wait for that.
 */
export function warmUpMsAt(
  pingsPerSecond: number,
  { warmUpMs, quick }: Pick<BenchArguments, 'warmUpMs' | 'quick'>,
): number {
  return quick ? warmUpMs : Math.max(warmUpMs, (WARM_UP_PINGS / pingsPerSecond) * 1_000);
}
