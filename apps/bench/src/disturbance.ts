import { type WindowUsage } from './load/usage-window.js';

/** More than this share of a core for other programs: the run is made again, and counts only for want of a better one. */
export const DISTURBED = 0.1;

type Measured = Pick<WindowUsage, 'foreignShare'>;

/** How much of a core other programs, or the host of a virtual machine, took; the worse core counts. */
export function foreignShareOf({ foreignShare }: Measured): number {
  return Math.max(foreignShare.servers, foreignShare.load);
}

export function isDisturbed(result: Measured): boolean {
  return foreignShareOf(result) > DISTURBED;
}

interface Run {
  result: Measured & { problems: readonly string[] };
}

/** The runs that figures come from: all checks passed, and undisturbed if there is one such. */
export function countingRuns<Of extends Run>(runs: readonly Of[]): Of[] {
  const valid = runs.filter(({ result }) => result.problems.length === 0);
  const quiet = valid.filter(({ result }) => !isDisturbed(result));
  return quiet.length > 0 ? quiet : valid;
}

/** `3/3`, or `2/3, disturbed`: how many of the runs the figures come from. */
export function describeRuns(runs: readonly Run[]): string {
  const counting = countingRuns(runs);
  const isNoisy = counting.some(({ result }) => isDisturbed(result));
  return `${counting.length}/${runs.length}${isNoisy ? ', disturbed' : ''}`;
}
