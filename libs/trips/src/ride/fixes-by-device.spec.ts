import { describe, expect, it } from 'vitest';
import { fixesByDevice, type ReportedFix } from './fixes-by-device.js';

const METERS_PER_DEGREE = 111_195;

/** A fix so far north, so many seconds into the ride, received at once unless it says when. */
function fix(connectionEpoch: number, seconds: number, meters = 0, receivedSeconds = seconds) {
  return {
    lat: 41 + meters / METERS_PER_DEGREE,
    lng: 12,
    timestamp: seconds * 1_000,
    connectionEpoch,
    receivedAt: receivedSeconds * 1_000,
  } satisfies ReportedFix;
}

const seconds = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const byTime = (fixes: ReportedFix[]) => fixes.toSorted((a, b) => a.timestamp - b.timestamp);
const connectionsOf = (fixes: ReportedFix[]) =>
  fixesByDevice(byTime(fixes))
    .map((each) => [...new Set(each.map(({ connectionEpoch }) => connectionEpoch))].join('+'))
    .toSorted();

describe(fixesByDevice, () => {
  it('[DISP8] keeps devices apart that are heard at the same time', () => {
    const phone = seconds(0, 60).map((at) => fix(1, at, at * 15));
    const tablet = seconds(3, 50).map((at) => fix(2, at + 0.5));
    expect(fixesByDevice(byTime([...phone, ...tablet]))).toEqual([phone, tablet]);
    expect(fixesByDevice(byTime([...tablet, ...phone.slice(20)]))).toEqual([
      tablet,
      phone.slice(20),
    ]);
  });

  it('[DISP8] takes a phone that connects again for one device, however its fixes come', () => {
    expect(connectionsOf([])).toEqual(['']);
    const first = seconds(0, 20).map((at) => fix(1, at));
    const second = seconds(21, 40).map((at) => fix(2, at));
    expect(connectionsOf([...first, ...second])).toEqual(['1+2']);
    // A buffer of the gap, over the new connection.
    const buffer = seconds(5, 20).map((at) => fix(2, at, 0, 21));
    expect(connectionsOf([...first.slice(0, 5), ...buffer, ...second])).toEqual(['1+2']);
    // What lay in a frozen instance, at once and after the new connection has spoken.
    const frozen = seconds(15, 20).map((at) => fix(1, at, 0, 35));
    expect(connectionsOf([...first.slice(0, 15), ...frozen, ...second])).toEqual(['1+2']);
    // One stray that comes much later.
    expect(connectionsOf([...first, fix(1, 20.5, 0, 38), ...second])).toEqual(['1+2']);
  });

  it('[DISP8] gives each of two phones that connect again its own', () => {
    const fixes = [
      ...seconds(0, 20).flatMap((at) => [fix(1, at, at * 15), fix(2, at + 0.5, -at * 15)]),
      ...seconds(21, 40).flatMap((at) => [fix(3, at, -at * 15), fix(4, at + 0.5, at * 15)]),
    ];
    expect(connectionsOf(fixes)).toEqual(['1+4', '2+3']);
  });

  it('[DISP8] takes hundreds of connections for one phone', () => {
    const fixes = seconds(0, 400).map((at) => fix(at, at));
    expect(fixesByDevice(fixes)).toEqual([fixes]);
  });
});
