import { describe, expect, it } from 'vitest';
import { Delays, Family, Count, quantileMs, sumOf } from './counts.js';
import { Metrics } from './metrics.js';

describe(Metrics.name, () => {
  it('[MET2] writes what was counted when it is asked, and the same numbers for one name', async () => {
    const metrics = new Metrics();
    const family = metrics.counters('ridewire_trials_total', 'Trials.', ['kind']);
    family.of('good').value += 2;
    metrics.counters('ridewire_trials_total', 'Trials.', ['kind']).of('good').value += 1;
    metrics.gauge({ name: 'ridewire_level', help: 'Level.', read: () => 7 });
    expect(await metrics.text()).toContain('ridewire_trials_total{kind="good"} 3');
    family.of('good').value += 1;
    const text = await metrics.text();
    expect(text).toContain('ridewire_trials_total{kind="good"} 4');
    expect(text).toContain('ridewire_level 7');
    expect(text).toMatch(/ridewire_build_info\{version="\d+\.\d+\.\d+",node="v\d/);
  });

  it('[MET2] a histogram has buckets that add up, a sum in seconds and a count', async () => {
    const metrics = new Metrics();
    const family = metrics.delayFamily(
      'ridewire_trial_seconds',
      'Trials.',
      ['kind'],
      [0.01, 0.1, 1],
    );
    const delays = family.of('slow');
    for (const delayMs of [-5, 10, 11, 500, 90_000]) delays.note(delayMs);
    const lines = (await metrics.text()).split('\n');
    expect(lines.filter((line) => line.startsWith('ridewire_trial_seconds'))).toEqual([
      'ridewire_trial_seconds_bucket{kind="slow",le="0.01"} 2',
      'ridewire_trial_seconds_bucket{kind="slow",le="0.1"} 3',
      'ridewire_trial_seconds_bucket{kind="slow",le="1"} 4',
      'ridewire_trial_seconds_bucket{kind="slow",le="+Inf"} 5',
      'ridewire_trial_seconds_sum{kind="slow"} 90.521',
      'ridewire_trial_seconds_count{kind="slow"} 5',
    ]);
    expect(new Delays([1]).counts).toHaveLength(2);
  });

  it('[MET2] what cannot be read, as without Redis, is left out and spoils nothing else', async () => {
    const metrics = new Metrics();
    metrics.gauge({
      name: 'ridewire_far',
      help: 'Far.',
      read: () => Promise.reject(new Error('away')),
    });
    metrics.gauge({ name: 'ridewire_near', help: 'Near.', read: () => 1 });
    const text = await metrics.text();
    expect(text).not.toMatch(/^ridewire_far /m);
    expect(text).toContain('ridewire_near 1');
  });

  it('[SYS1] a quantile of buckets lies where the delays are, and there is none without delays', () => {
    const bounds = [0.01, 0.1, 1];
    const fast = new Delays(bounds);
    const slow = new Delays(bounds);
    expect(quantileMs(bounds, sumOf([fast, slow]), 0.5)).toBeNull();
    for (let i = 0; i < 98; i += 1) fast.note(5);
    slow.note(500);
    slow.note(90_000);
    const counts = sumOf([fast, slow]);
    expect(quantileMs(bounds, counts, 0.5)).toBeCloseTo(5.1, 1);
    expect(quantileMs(bounds, counts, 0.99)).toBe(1_000);
    expect(quantileMs(bounds, counts, 0.999)).toBe(1_000);
    expect(quantileMs(bounds, sumOf([]), 0.5)).toBeNull();
  });

  it('[MET4] labels that somebody could make up without end share one series', () => {
    const family = new Family(['code'], () => new Count());
    for (let i = 0; i < 5_000; i += 1) family.of(`code-${i}`).value += 1;
    const series = [...family.series()];
    expect(series.length).toBeLessThan(1_100);
    expect(series.at(-1)).toMatchObject({ labels: { code: 'other' } });
    expect(series.reduce((sum, { member }) => sum + member.value, 0)).toBe(5_000);
  });
});
