import { type BenchContext } from '../bench-context.js';
import { foreignShareOf, isDisturbed } from '../disturbance.js';
import { type WindowUsage } from '../load/usage-window.js';
import { untilQuiet } from '../quiet-machine.js';

/** Measures once more when somebody else took a core, and keeps the quieter run, as long as there is spare time. */
export async function undisturbed<Of extends { result: Pick<WindowUsage, 'foreignShare'> }>(
  { arguments: { patienceMs, quick }, progress, spare }: BenchContext,
  measure: () => Promise<Of>,
): Promise<Of> {
  await spare.spend(() => untilQuiet(Math.min(patienceMs, spare.leftMs)));
  const first = await measure();
  if (!isDisturbed(first.result) || quick) return first;
  if (spare.leftMs === 0) {
    progress('     disturbed by other programs, and no time is left to measure it again');
    return first;
  }
  progress('     disturbed by other programs: once more');
  const second = await spare.spend(async () => {
    await untilQuiet(Math.min(patienceMs, spare.leftMs));
    return measure();
  });
  return foreignShareOf(second.result) < foreignShareOf(first.result) ? second : first;
}
