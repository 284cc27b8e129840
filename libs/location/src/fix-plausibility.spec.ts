import { describe, expect, it } from 'vitest';
import { type FixInput } from '#libs/contracts';
import { readFix } from './fix-plausibility.js';

const NOW = Date.parse('2026-05-01T12:00:00Z');
const limits = {
  maxAccuracyMeters: 500,
  maxSpeedMps: 70,
  maxFutureMs: 30_000,
  maxAgeMs: 86_400_000,
};
const read = (input: unknown, connectionEpoch = 3) =>
  readFix(input as FixInput, NOW, 0, connectionEpoch, limits);

describe('readFix', () => {
  it('[LOC3] reads every spelling of a position', () => {
    expect(read({ lat: 41.9, lng: 12.5 })).toEqual({ lat: 41.9, lng: 12.5, timestamp: NOW });
    expect(read({ latitude: 41.9, longitude: 12.5 })).toEqual({
      lat: 41.9,
      lng: 12.5,
      timestamp: NOW,
    });
  });

  it.each(['lastLocationTimestamp', 'ts', 'reportedAt', 'timestamp', 'time'])(
    '[LOC3] reads the time of a fix from %s, as ISO 8601 or epoch milliseconds',
    (field) => {
      const iso = '2026-05-01T11:59:50.250Z';
      expect(read({ lat: 41.9, lng: 12.5, [field]: iso })).toMatchObject({
        timestamp: Date.parse(iso),
      });
      expect(read({ lat: 41.9, lng: 12.5, [field]: NOW - 1 })).toMatchObject({
        timestamp: NOW - 1,
      });
      // What a phone measured together stands together: beside the position, wherever that is.
      expect(read({ location: { lat: 41.9, lng: 12.5, [field]: iso } })).toMatchObject({
        timestamp: Date.parse(iso),
      });
    },
  );

  it.each([
    { time: 'yesterday' },
    { time: 4_711 },
    { time: 86_400.5 },
    { time: '2026-05-01' },
    { time: {} },
    { coords: { lat: 41.9, lng: 12.5, timestamp: 4_711 } },
    { location: { lat: 41.9, lng: 12.5, ts: '11:59' } },
  ])('[LOC3] what is no time under a name that old servers did not read is absent: %j', (said) => {
    expect(read({ lat: 41.9, lng: 12.5, ...said })).toMatchObject({ timestamp: NOW });
  });

  it('[LOC3] a time without a zone is UTC, wherever the server stands', () => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Tokyo';
    try {
      for (const iso of ['2026-05-01T11:59:50', '2026-05-01T20:59:50+09:00']) {
        expect(read({ lat: 41.9, lng: 12.5, ts: iso })).toMatchObject({ timestamp: NOW - 10_000 });
      }
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it.each([
    ['NOT_A_POSITION', { lat: Number.NaN, lng: 12 }],
    ['NOT_A_POSITION', { lat: '41,9', lng: '12,5' }],
    ['NOT_A_POSITION', { lat: '', lng: ' ' }],
    ['NOT_A_POSITION', { lat: 'NaN', lng: '0x29' }],
    ['CONTRADICTION', { lat: 41.9, latitude: 41.8, lng: 12.5 }],
    ['OUT_OF_RANGE', { lat: '91', lng: '12' }],
    ['NOT_A_POSITION', { lat: 41.9 }],
    ['NOT_A_POSITION', { lat: null, lng: null }],
    ['NOT_A_POSITION', { lat: Number.POSITIVE_INFINITY, lng: 0 }],
    ['OUT_OF_RANGE', { lat: 90.1, lng: 12 }],
    ['OUT_OF_RANGE', { lat: 41, lng: -540.5 }],
    ['NULL_ISLAND', { lat: 0, lng: 0 }],
    ['BAD_TIMESTAMP', { lat: 41, lng: 12, timestamp: 'yesterday' }],
    ['BAD_TIMESTAMP', { lat: 41, lng: 12, timestamp: {} }],
    ['FUTURE_TIMESTAMP', { lat: 41, lng: 12, timestamp: NOW + 30_001 }],
    ['TOO_OLD', { lat: 41, lng: 12, timestamp: NOW - 86_400_001 }],
    ['INACCURATE', { lat: 41, lng: 12, accuracy: 501 }],
    ['INACCURATE', { lat: 41, lng: 12, accuracy: '501' }],
    ['BAD_TIMESTAMP', { lat: 41, lng: 12, timestamp: '2026-05-01' }],
    ['BAD_TIMESTAMP', { lat: 41, lng: 12, timestamp: '' }],
    ['BAD_SEQUENCE', { lat: 41, lng: 12, sequence: 'first' }],
    ['BAD_SEQUENCE', { lat: 41, lng: 12, sequence: -1 }],
    ['BAD_SEQUENCE', { lat: 41, lng: 12, sequence: 1.5 }],
    ['BAD_SEQUENCE', { lat: 41, lng: 12, epoch: 1 }],
    ['BAD_SEQUENCE', { lat: 41, lng: 12, epoch: 4, sequence: 1 }],
  ])('[LOC3] refuses with %s: %j', (reason, input) => {
    expect(read(input)).toBe(reason);
  });

  it.each([
    [{ accuracy: -1, heading: -1, speed: -1 }],
    [{ accuracy: null, heading: null, speed: null }],
    [{ accuracy: Number.NaN, heading: Number.NaN, speed: Number.NaN }],
    [{ accuracy: 'good', heading: 'N', speed: 'fast' }],
    [{ accuracy: '', heading: ' ', speed: '12,5' }],
    [{ accuracy: [], heading: {}, speed: true }],
    [{ accuracy: Number.POSITIVE_INFINITY, heading: 361, speed: 71 }],
    [{ accuracyMeters: -5, heading: 400, speed: 1e300 }],
  ])('[LOC3] leaves out of a fix what cannot be used, and keeps the fix: %o', (unusable) => {
    expect(read({ lat: 41, lng: 12, ...unusable })).toEqual({ lat: 41, lng: 12, timestamp: NOW });
  });

  it('[LOC3] reads numbers that are text, and what a phone puts into coords', () => {
    const whole = { lat: 41, lng: 12, timestamp: NOW, accuracy: 5, heading: 90, speed: 3.5 };
    expect(read({ lat: ' 41', lng: '12.0', accuracy: '5', heading: '90', speed: '3.5' })).toEqual(
      whole,
    );
    const coords = { latitude: 41, longitude: 12, accuracy: 5, heading: 90, speed: 3.5 };
    expect(read({ coords, timestamp: NOW })).toEqual(whole);
    expect(read({ lat: 41, lng: 12, epoch: '3', sequence: '7' })).toMatchObject({
      epoch: 3,
      sequence: 7,
    });
  });

  it('[LOC3] keeps fixes of one ping without a time of their own in the order sent', () => {
    const first = readFix({ lat: 41, lng: 12 }, NOW, 0, 0, limits);
    const second = readFix({ lat: 41, lng: 12 }, NOW, 1, 0, limits);
    if (typeof first === 'string' || typeof second === 'string') throw new Error('refused');
    expect(second.timestamp).toBeGreaterThan(first.timestamp);
  });
});
