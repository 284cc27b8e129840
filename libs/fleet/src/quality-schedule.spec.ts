import { describe, expect, it } from 'vitest';
import { QualitySchedule } from './quality-schedule.js';

const driver = () => ({ qualityDueAt: Number.POSITIVE_INFINITY });

describe(QualitySchedule.name, () => {
  it('[QUAL1] only drivers whose time has come are looked at, once', () => {
    const schedule = new QualitySchedule();
    const [soon, sameSlot, later, never] = [driver(), driver(), driver(), driver()];
    schedule.expect(later, 30_000);
    schedule.expect(sameSlot, 20_100);
    schedule.expect(soon, 20_050);
    schedule.expect(never, Number.POSITIVE_INFINITY);
    expect(schedule.take(20_049)).toEqual([]);
    expect(schedule.take(20_050)).toEqual([soon]);
    expect(schedule.take(29_999)).toEqual([sameSlot]);
    expect(schedule.take(30_000)).toEqual([later]);
    expect(schedule.take(1e9)).toEqual([]);
  });

  it('[QUAL1] the earliest time that was expected counts', () => {
    const schedule = new QualitySchedule();
    const one = driver();
    for (const dueAt of [9_000, 5_000, 7_000, 5_001]) schedule.expect(one, dueAt);
    expect(schedule.take(4_999)).toEqual([]);
    expect(schedule.take(5_000)).toEqual([one]);
    expect(schedule.take(1e9)).toEqual([]);
  });
});
