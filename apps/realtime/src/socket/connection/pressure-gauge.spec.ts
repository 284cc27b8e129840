import { describe, expect, it } from 'vitest';
import { PressureGauge } from './pressure-gauge.js';

describe(PressureGauge.name, () => {
  const gauge = () => new PressureGauge({ limit: 100, calm: 0.5, begin: 3, end: 2 });
  const note = (to: PressureGauge, ...readings: number[]) => {
    for (const reading of readings) to.note(reading);
    return to.isOver;
  };

  it('[PRESS1] begins with what lasts, and not with a moment', () => {
    const one = gauge();
    expect(note(one, 100, 500, 99, 100, 100)).toBe(false);
    expect(note(one, 100)).toBe(true);
  });

  it('[PRESS1] ends when it has been calm for a while, and not at the limit', () => {
    const one = gauge();
    expect(note(one, 100, 100, 100, 99, 50, 49, 51, 49)).toBe(true);
    expect(note(one, 49)).toBe(false);
    expect(note(one, 100, 100)).toBe(false);
    expect(note(one, 100)).toBe(true);
  });
});
