import { type BenchContext } from '../bench-context.js';
import { foreignShareOf, isDisturbed } from '../disturbance.js';
import { type WindowUsage } from '../load/usage-window.js';
import { untilQuiet } from '../quiet-machine.js';

const MOST_RUNS = 4;

/** Measures again when somebody else took a core, as long as there is spare time, and keeps the quietest run. */
export async function undisturbed<Of extends { result: Pick<WindowUsage, 'foreignShare'> }>(
  { arguments: { patienceMs, quick }, progress, spare }: BenchContext,
  measure: () => Promise<Of>,
): Promise<Of> {
  const whenQuiet = async (): Promise<void> => {
    await untilQuiet(Math.min(patienceMs, spare.leftMs));
  };
  await spare.spend(whenQuiet);
  const mostRuns = quick ? 1 : MOST_RUNS;
  let quietest = await measure();
  for (let runs = 1; isDisturbed(quietest.result) && runs < mostRuns; runs += 1) {
    if (spare.leftMs === 0) {
      progress('     disturbed by other programs, and no time is left to measure it again');
      break;
    }
    progress('     disturbed by other programs: once more');
    const next = await spare.spend(async () => {
      await whenQuiet();
      return measure();
    });
    if (foreignShareOf(next.result) < foreignShareOf(quietest.result)) quietest = next;
  }
  return quietest;
}
