import { expect, test } from 'vitest';
import { bottleneckOf } from './bottleneck.js';

const usage = (cpuShare: number, coreShare: number, foreign: number) => ({
  generator: { cpuShare, coreShare, loopDelayP99Ms: 0 },
  foreignShare: { servers: 0, load: foreign },
});

test('a generator with time to spare limits nothing', () => {
  expect(bottleneckOf(usage(0.5, 0.8, 0))).toBe('');
});

test('a generator without time to spare says so, and so does a core that it fills with Redis', () => {
  expect(bottleneckOf(usage(0.95, 1, 0))).toBe('the load generator was the bottleneck');
  expect(bottleneckOf(usage(0.6, 1, 0))).toBe('the core of load generator and Redis was full');
});

test('a core that other programs fill is a disturbance, no bottleneck of the load', () => {
  expect(bottleneckOf(usage(0.2, 1, 0.7))).toBe('');
});
