import { describe, expect, it } from 'vitest';
import { DeviceClock } from './device-clock.js';

const START = 1_795_831_200_000;

/** Pings every second with the delay of a network; `aheadMs` is what the clock of the phone is off. */
function drive(
  clock: DeviceClock,
  pings: readonly { aheadMs: number; delayMs?: number }[],
  from = START,
): { offBy: number; states: string[] } {
  let offBy = Number.NaN;
  const states = pings.map(({ aheadMs, delayMs = 120 }, i) => {
    const measuredAt = from + i * 1_000;
    const state = clock.observe(measuredAt + aheadMs, measuredAt + delayMs, false);
    offBy = measuredAt + aheadMs - clock.aheadMs - measuredAt;
    return state;
  });
  return { offBy, states };
}
const times = (n: number, ping: { aheadMs: number; delayMs?: number }) =>
  Array.from({ length: n }, () => ping);

describe(DeviceClock, () => {
  it('[CLOCK1] a right clock is left as it is, however the delay varies', () => {
    const clock = new DeviceClock();
    for (const delayMs of [80, 1_900, 300, 60, 900]) drive(clock, [{ aheadMs: 0, delayMs }]);
    expect(clock.aheadMs).toBe(0);
  });

  it.each([-86_000, -25_000, -10_000, 1_500, 10_000, 25_000])(
    '[CLOCK1] a clock that is off by %d ms is corrected to within a second',
    (aheadMs) => {
      const { offBy } = drive(new DeviceClock(), times(4, { aheadMs }));
      expect(Math.abs(offBy)).toBeLessThan(1_000);
    },
  );

  it.each([
    [25_000, 0],
    [0, -25_000],
    [0, 25_000],
    [-25_000, 0],
    [10_000, -10_000],
  ])('[CLOCK1] a clock that is set from %d to %d ms on the way is followed', (before, after) => {
    const clock = new DeviceClock();
    drive(clock, times(5, { aheadMs: before }));
    const { offBy } = drive(clock, times(4, { aheadMs: after }), START + 60_000);
    expect(Math.abs(offBy)).toBeLessThan(1_000);
  });

  it('[CLOCK1] one fix of a wrong time changes nothing, ahead or behind', () => {
    for (const wrong of [29_000, -29_000]) {
      const clock = new DeviceClock();
      drive(clock, times(3, { aheadMs: 0 }));
      drive(clock, [{ aheadMs: wrong }, { aheadMs: 0 }], START + 10_000);
      expect(clock.aheadMs).toBe(0);
    }
  });

  it('[CLOCK1] a first fix from the future is no clock until another one says the same', () => {
    const clock = new DeviceClock();
    expect(drive(clock, [{ aheadMs: 25_000 }]).states).toEqual(['strange']);
    expect(clock.aheadMs).toBe(0);
    expect(drive(clock, [{ aheadMs: 25_000 }], START + 1_000).states).toEqual(['adopted']);
    expect(new DeviceClock().observe(START + 25_000, START, true)).toBe('adopted');
  });

  it('[CLOCK1] a backlog that comes at once is old, and no clock that is behind', () => {
    const clock = new DeviceClock();
    for (let i = 0; i < 40; i += 1) clock.observe(START - 40_000 + i * 200, START + i, false);
    expect(clock.aheadMs).toBe(0);
    // One fix of a buffer after another, faster than they were measured.
    for (let i = 0; i < 40; i += 1) {
      clock.observe(START - 400_000 + i * 5_000, START + 1_000 + i * 300, false);
    }
    expect(clock.aheadMs).toBe(0);
  });

  it('[CLOCK1] the same old fix sent again and again is no clock', () => {
    const clock = new DeviceClock();
    for (let i = 0; i < 10; i += 1) clock.observe(START - 25_000, START + i * 10, false);
    for (let i = 0; i < 10; i += 1) clock.observe(START - 25_000, START + i * 1_000, false);
    expect(clock.aheadMs).toBe(0);
  });

  it('[CLOCK1] what an earlier connection knew is believed once one fix agrees', () => {
    expect(drive(new DeviceClock(-25_000), [{ aheadMs: -25_000 }]).states).toEqual(['adopted']);
    const other = new DeviceClock(-25_000);
    drive(other, [{ aheadMs: 0 }]);
    expect(other.aheadMs).toBe(0);
  });
});
