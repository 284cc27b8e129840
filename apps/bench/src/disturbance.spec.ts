import { expect, test } from 'vitest';
import { countingRuns, describeRuns } from './disturbance.js';

const run = (share: number, problems: string[] = []) => ({
  result: { foreignShare: { servers: 0, load: share }, problems },
});

test('a run with a wrong or missing answer never counts', () => {
  const runs = [run(0, ['1 acks never came']), run(0)];
  expect(countingRuns(runs)).toEqual([runs[1]]);
  expect(describeRuns(runs)).toBe('1/2');
  expect(countingRuns([runs[0]!])).toEqual([]);
});

test('disturbed runs count only for want of a quiet one, and are named', () => {
  const quiet = run(0.05);
  const disturbed = run(0.3);
  expect(countingRuns([disturbed, quiet])).toEqual([quiet]);
  expect(describeRuns([disturbed, quiet])).toBe('1/2');
  expect(describeRuns([disturbed, disturbed])).toBe('2/2, disturbed');
});
