import { describe, expect, it } from 'vitest';
import { type FixInput } from '#libs/contracts';
import { Track } from './track.js';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const ROME = { lat: 41.9, lng: 12.5 };
const MUNICH = { lat: 48.1, lng: 11.5 };
const settings = {
  maxAccuracyMeters: 1_000,
  maxSpeedMps: 70,
  jumpSlackMeters: 300,
  maxFutureMs: 30_000,
  maxAgeMs: 86_400_000,
};

describe(Track.name, () => {
  const judging = (known?: Track) => {
    const track = known ?? new Track(settings);
    return (input: FixInput, at = 0) => {
      const judged = track.judge(input, NOW + at);
      return 'reason' in judged ? judged.reason : judged.verdict;
    };
  };

  it('[TRACK1] shows the time that the client named, also where it only counts', () => {
    const track = new Track(settings);
    expect(track.judge({ ...ROME, timestamp: 16_000 }, NOW)).toEqual({
      verdict: 'stored',
      fix: { ...ROME, timestamp: NOW },
      shownTimestamp: 16_000,
    });
    expect(track.judge({ ...ROME, timestamp: '15000' }, NOW + 1_000)).toMatchObject({
      verdict: 'stored',
      shownTimestamp: 15_000,
    });
    const iso = new Date(NOW + 2_000).toISOString();
    expect(track.judge({ ...ROME, reportedAt: iso }, NOW + 2_500)).toMatchObject({
      verdict: 'stored',
      shownTimestamp: NOW + 2_000,
    });
  });

  it('[TRACK1] leaves what is older or known, and takes fixes without a time in the order of receipt', () => {
    const judge = judging();
    expect(judge({ ...ROME, timestamp: NOW - 5_000 })).toBe('stored');
    expect(judge({ ...ROME, timestamp: NOW - 6_000 }, 1)).toBe('stale');
    expect(judge({ ...ROME, timestamp: NOW - 5_000 }, 2)).toBe('duplicate');
    expect(judge(ROME, 3)).toBe('stored');
    expect(judge(ROME, 3)).toBe('stored');
    expect(judge({ ...ROME, epoch: 7, sequence: 1 }, 4)).toBe('stored');
  });

  it('[TRACK1] believes a jump after the third fix in a row that agrees with it', () => {
    const judge = judging();
    expect(judge(ROME)).toBe('stored');
    expect(judge(MUNICH, 1_000)).toBe('JUMP');
    expect(judge(ROME, 2_000)).toBe('stored');
    expect(judge(MUNICH, 3_000)).toBe('JUMP');
    expect(judge({ lat: 10, lng: 10 }, 4_000)).toBe('JUMP');
    expect(judge(MUNICH, 5_000)).toBe('JUMP');
    expect(judge(MUNICH, 6_000)).toBe('JUMP');
    expect(judge(MUNICH, 7_000)).toBe('stored');
    expect(judge(ROME, 8_000)).toBe('JUMP');
  });

  it('[TRACK1] goes on where another device of the person was', () => {
    const judge = judging(new Track(settings, { ...ROME, timestamp: NOW - 1_000 }));
    expect(judge(MUNICH)).toBe('JUMP');
    expect(judge({ ...ROME, lat: 41.901 })).toBe('stored');
  });
});
