import { afterEach, describe, expect, it } from 'vitest';
import { parseInstant } from './instant.js';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const AT = Date.UTC(2026, 10, 28, 2, 0, 0);

describe(parseInstant, () => {
  it.each([
    ['2026-11-28T02:00:00Z', AT],
    ['2026-11-28t02:00:00z', AT],
    ['2026-11-28 02:00:00Z', AT],
    ['2026-11-28T02:00', AT],
    ['2026-11-28T02:00:00', AT],
    ['2026-11-28T02:00Z', AT],
    ['2026-11-28T02:00:00+00', AT],
    ['2026-11-28T02:00:00+0000', AT],
    ['2026-11-28T02:00:00+00:00', AT],
    ['2026-11-28T02:00:00-00:00', AT],
    ['2026-11-28T02:00:00 00:00', AT],
    ['2026-11-28T04:30:00+02:30', AT],
    ['2026-11-28T04:30:00+0230', AT],
    ['2026-11-27T21:00:00-05', AT],
    ['2026-11-28T02:00:00,250Z', AT + 250],
    ['2026-11-28T02:00:00.250+00', AT + 250],
    ['2026-11-28T02:00:00.123456789Z', AT + 123.457],
    ['2026-11-28 02:00:00.739166+01', AT - 3_600_000 + 739.166],
    ['  2026-11-28T02:00:00Z ', AT],
    ['2026-11-28', Date.UTC(2026, 10, 28)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['1900-01-01', Date.UTC(1900, 0, 1)],
    [AT, AT],
    [AT + 0.25, AT + 0.25],
    [AT / 1_000, AT],
    [AT / 1_000 + 0.123, AT + 123],
    [AT * 1_000, AT],
    [AT * 1_000_000, AT],
    [String(AT), AT],
    [` ${AT} `, AT],
    [String(AT / 1_000), AT],
    [String(AT * 1_000), AT],
    ['1795831200.5', 1_795_831_200_500],
    [946_684_800_000, 946_684_800_000],
    ['946684800', 946_684_800_000],
    [0, 0],
    ['0', 0],
  ])('[TIME1] %j is a time', (value, epochMs) => {
    for (const tz of ['America/New_York', 'Asia/Tokyo', 'UTC']) {
      process.env['TZ'] = tz;
      expect(parseInstant(value)).toBe(epochMs);
    }
  });

  it.each([
    ['2026-W48'],
    ['2026-332'],
    ['2026-11'],
    ['2026'],
    ['20261128'],
    ['202611280200'],
    ['20261128020000'],
    ['20261128T020000Z'],
    ['2026-11-28T'],
    ['2026-11-28T02'],
    ['2026-11-28Z'],
    ['2026-11-28T24:00:00Z'],
    ['2026-11-28T02:60:00Z'],
    ['2026-11-28T02:00:61Z'],
    ['2026-11-28T02:00:00+24:00'],
    ['2026-11-28T02:00:00+1'],
    ['2026-11-28T02:00:00 UTC'],
    ['2026-11-28T02:00:00Z2026'],
    ['2026-13-01'],
    ['2026-02-30'],
    ['2025-02-29'],
    ['2026-11-31T00:00:00Z'],
    ['0000-01-01'],
    ['28/11/2026'],
    ['Sat, 28 Nov 2026 02:00:00 GMT'],
    ['yesterday'],
    ['0x29'],
    ['1.79e12'],
    ['1,795,831,200'],
    ['-1795831200'],
    ['+1795831200'],
    ['NaN'],
    [''],
    [' '],
    ['1'],
    ['9'.repeat(30)],
    [`2026-11-28T02:00:00.${'0'.repeat(60)}Z`],
    [-1],
    [1],
    [41],
    [20_261_128_020_000],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [1e300],
    [null],
    [undefined],
    [true],
    [{}],
    [[AT]],
  ])('[TIME1] %j is none', (value) => {
    expect(parseInstant(value)).toBeUndefined();
  });

  it('[TIME1] a date without a time is none where a moment is asked for', () => {
    expect(parseInstant('2026-11-28', { isDateEnough: false })).toBeUndefined();
    expect(parseInstant('2026-11-28T02:00Z', { isDateEnough: false })).toBe(AT);
  });
});
