import { beforeEach, describe, expect, test } from 'vitest';
import { type ViewportDriver, type ViewportFrame } from '#libs/contracts';
import { degrees, driverIdOf, FixTrack, latUnitsOf, lngUnitsOf, timestampOf } from './fix-track.js';
import { Tally } from './tally.js';
import { ViewportPicture } from './viewport-picture.js';
import { WatcherGroup } from './watcher-group.js';

/** Holds the streets of drivers 0 and 1 up to their second fix. */
const VIEW = { box: { west: 11.9, east: 12.000_25, south: 40.9, north: 41.000_15 }, zoom: 14 };
const SENT_AT = 1_000;
const SEEN_AT = 1_050;

const quiet: ViewportFrame = {
  at: 0,
  reset: false,
  total: 0,
  drivers: [],
  left: [],
  clusters: null,
};

let tracks: FixTrack[];
let tally: Tally;
let group: WatcherGroup;
let picture: ViewportPicture;

beforeEach(() => {
  tracks = [new FixTrack(), new FixTrack(), new FixTrack()];
  tally = new Tally();
  group = new WatcherGroup('same instance');
  picture = new ViewportPicture(VIEW, tracks, group, tally);
});

describe('a viewport that shows what is there', () => {
  test('takes a driver that comes, moves and leaves, and times what is new', () => {
    const first = send(0);
    take({ total: 1, drivers: [first] });
    take({ total: 1, drivers: [send(0)] });
    send(0);
    take({ total: 0, left: [driverIdOf(0)] });
    expect(problems()).toEqual([]);
    expect(group.deliveries).toBe(2);
    expect(group.delays.maxMs).toBe(SEEN_AT - SENT_AT);
    expect(picture.countOutdated()).toBe(0);
  });

  test('has no delays of a frame that shows all', () => {
    take({ reset: true, total: 1, drivers: [send(0)] });
    expect(group.deliveries).toBe(0);
    expect(problems()).toEqual([]);
  });

  test('takes clusters that count at least those in view', () => {
    send(0);
    take({ reset: true, total: 1, clusters: [{ lat: 41, lng: 12, count: 2 }] });
    expect(picture.countOutdated()).toBe(0);
    expect(problems()).toEqual([]);
  });
});

describe('a viewport is told wrong by', () => {
  test('a position that nobody sent', () => {
    const shown = send(0);
    take({ total: 1, drivers: [{ ...shown, lng: shown.lng + 0.000_1 }] });
    expect(problems()).toContain('a viewport showed a position that no driver sent');
  });

  test('a driver outside of it', () => {
    take({ total: 1, drivers: [send(2)] });
    expect(problems()).toEqual(['a viewport showed a driver that is outside of it']);
  });

  test('an older position after a newer one', () => {
    const older = send(0);
    take({ total: 1, drivers: [send(0)] });
    take({ total: 1, drivers: [older] });
    expect(problems()).toEqual(['a viewport went back in time']);
  });

  test('a driver that leaves and is still there', () => {
    take({ total: 1, drivers: [send(0)] });
    take({ total: 0, left: [driverIdOf(0)] });
    expect(problems()).toEqual(['a driver left a viewport that it is still in']);
  });

  test('a total other than what it shows', () => {
    const shown = send(0);
    take({ reset: true, total: 2, drivers: [shown, shown] });
    expect(problems()).toEqual(['a viewport counted other drivers than it showed']);
  });

  test('a frame that shows all but a driver of long ago', () => {
    send(0);
    tracks[0]!.answer(tracks[0]!.newest);
    picture.take({ ...quiet, reset: true }, SENT_AT + 1_000);
    expect(problems()).toEqual([]);
    picture.take({ ...quiet, reset: true }, SENT_AT + 3_000);
    expect(problems()).toEqual(['a viewport that shows all left a driver out']);
  });
});

test('a run is not over while a driver is shown where it was, not at all, or though it has left', () => {
  const shown = [send(0), send(1)];
  expect(picture.countOutdated()).toBe(2);
  take({ reset: true, total: 2, drivers: shown });
  expect(picture.countOutdated()).toBe(0);
  send(0);
  expect(picture.countOutdated()).toBe(1);
  send(1);
  send(1);
  expect(picture.countOutdated()).toBe(2);
});

/** The next fix of a driver, as a frame would show it. */
function send(driver: number): ViewportDriver {
  const sequence = tracks[driver]!.send(SENT_AT);
  return {
    driverId: driverIdOf(driver),
    lat: degrees(latUnitsOf(driver)),
    lng: degrees(lngUnitsOf(sequence)),
    timestamp: timestampOf(SENT_AT),
    ageMs: 0,
    quality: 'live',
    availabilityStatus: 'OFFLINE',
    currentTripId: null,
  };
}

function take(frame: Partial<ViewportFrame>): void {
  picture.take({ ...quiet, ...frame }, SEEN_AT);
}

function problems(): string[] {
  return [...tally.problems.keys()];
}
