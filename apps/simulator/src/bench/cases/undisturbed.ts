import { type BenchContext } from '../bench-context.js';
import { foreignShareOf, isDisturbed } from '../disturbance.js';
import { type WindowUsage } from '../load/usage-window.js';
import { untilQuiet } from '../quiet-machine.js';

const MAX_ATTEMPTS = 2;

/** Measures once more when somebody else took a core, and keeps the quieter run. */
export async function undisturbed<Of extends { result: Pick<WindowUsage, 'foreignShare'> }>(
  { arguments: { patienceMs, quick }, progress }: BenchContext,
  measure: () => Promise<Of>,
): Promise<Of> {
  let quietest: Of | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    await untilQuiet(patienceMs);
    const run = await measure();
    if (!quietest || foreignShareOf(run.result) < foreignShareOf(quietest.result)) quietest = run;
    if (!isDisturbed(run.result) || quick) break;
    if (attempt < MAX_ATTEMPTS) progress('     disturbed by other programs: once more');
  }
  return quietest!;
}
