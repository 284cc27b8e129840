import { expect, test } from 'vitest';
import { DelayWindow, DelayHistogram } from './delay-histogram.js';

test('[MET1] an empty histogram has no percentile', () => {
  expect(new DelayHistogram().percentile(0.5)).toBeUndefined();
});

test('[MET1] percentiles are right to two percent', () => {
  const histogram = new DelayHistogram();
  for (let delayMs = 1; delayMs <= 10_000; delayMs += 1) histogram.record(delayMs);
  for (const share of [0.5, 0.9, 0.99]) {
    const exact = share * 10_000;
    expect(Math.abs(histogram.percentile(share)! - exact) / exact).toBeLessThan(0.02);
  }
  expect(histogram.maxMs).toBe(10_000);
  expect(histogram.percentile(1)).toBeLessThanOrEqual(10_000);
});

test('[MET1] delays beyond every bucket are counted', () => {
  const histogram = new DelayHistogram();
  for (const delayMs of [0, -1, 1e9]) histogram.record(delayMs);
  expect(histogram.count).toBe(3);
  expect(histogram.percentile(0.5)).toBeLessThan(0.2);
});

test('[MET1] a window forgets what is older than its seconds', () => {
  const window = new DelayWindow(2);
  window.record(500);
  window.advance();
  window.record(10);
  expect(window.merged().count).toBe(2);
  window.advance();
  expect(window.merged().count).toBe(1);
  expect(window.merged().maxMs).toBe(10);
});
