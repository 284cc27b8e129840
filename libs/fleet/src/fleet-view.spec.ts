import { describe, expect, it } from 'vitest';
import { type AvailabilityRecord } from '#libs/drivers';
import { qualityOf, type StoredPosition } from '#libs/location';
import { seededRandom } from '#libs/testing';
import { type FleetDriver } from './fleet-grid.js';
import { FleetView } from './fleet-view.js';

const limits = { delayedAfterMs: 10, staleAfterMs: 20, lostAfterMs: 30 };
const record = (
  id: string,
  version: number,
  more: Partial<AvailabilityRecord> = {},
): AvailabilityRecord => ({
  id,
  online: true,
  available: true,
  tripId: '',
  vehicleId: '',
  lastOnlineAt: 0,
  lapsedAt: 0,
  updatedAt: 0,
  version,
  ...more,
});
const at = (timestamp: number): StoredPosition => ({
  lat: 1,
  lng: 2,
  timestamp,
  receivedAt: timestamp,
});
const ids = (drivers: FleetDriver[]) => drivers.map((driver) => driver.record.id);

describe(FleetView.name, () => {
  it('[FAN5] tells each driver once a look, with its newest state', () => {
    const view = new FleetView(limits);
    view.applyState({ live: true, record: record('a', 1) });
    view.applyState({ live: true, record: record('a', 2, { available: false }) });
    for (const timestamp of [1, 2, 3]) view.applyPosition('a', at(timestamp));
    const changes = view.takeChanges(3);
    expect(ids(changes.availability)).toEqual(['a']);
    expect(changes.availability[0]!.record.version).toBe(2);
    expect(changes.positions.map(({ position }) => position?.timestamp)).toEqual([3]);
    expect(view.takeChanges(3)).toEqual({
      availability: [],
      trips: [],
      positions: [],
      qualities: [],
      offline: [],
    });
  });

  it('[FAN5] an older state changes nothing', () => {
    const view = new FleetView(limits);
    view.applyState({ live: true, record: record('a', 5) });
    view.takeChanges(0);
    view.applyState({ live: true, record: record('a', 4, { tripId: 't' }) });
    expect(view.takeChanges(0).availability).toEqual([]);
  });

  it('[FAN5] a position that comes before its driver is shown with it', () => {
    const view = new FleetView(limits);
    view.applyPosition('a', at(1));
    expect(view.takeChanges(1).positions).toEqual([]);
    view.applyState({ live: true, record: record('a', 1) });
    expect(ids(view.takeChanges(1).positions)).toEqual(['a']);
  });

  it('[DUTY1] a position is not told once its driver is off duty, and comes with going online', () => {
    const onDuty = { lastOnlineAt: 1 };
    const offDuty = { online: false, available: false, lastOnlineAt: 1 };
    const view = new FleetView(limits);
    const tracking = new FleetView(limits, true);
    for (const each of [view, tracking]) {
      each.applyState({ live: true, record: record('a', 1, onDuty) });
      each.takeChanges(0);
      // In one look, and late by the other feed.
      each.applyPosition('a', at(1));
      each.applyState({ live: true, record: record('a', 2, offDuty) });
    }
    expect(ids(tracking.takeChanges(1).positions)).toEqual(['a']);
    expect(view.takeChanges(1)).toMatchObject({ availability: [{}], positions: [] });
    view.applyPosition('a', at(2));
    expect(view.takeChanges(2).positions).toEqual([]);
    expect(view.find('a')!.quality).toBe('live');
    view.applyState({ live: true, record: record('a', 3, onDuty) });
    expect(view.takeChanges(3).positions.map(({ position }) => position?.timestamp)).toEqual([2]);
    view.applyState({ live: true, record: record('a', 4, offDuty) });
    expect(view.takeChanges(4).positions).toEqual([]);
    view.applyState({ live: true, record: record('a', 5, onDuty) });
    expect(view.takeChanges(5).positions).toEqual([]);
  });

  it('[LOC2] a driver that is gone is told once and not shown again', () => {
    const view = new FleetView(limits);
    view.applyState({ live: true, record: record('a', 1) });
    view.applyPosition('a', at(1));
    view.applyState({ live: false, record: record('a', 2) });
    const changes = view.takeChanges(1);
    expect(changes).toMatchObject({ availability: [], positions: [], offline: ['a'] });
    expect(view.ids()).toEqual([]);
    expect(view.takeChanges(1).offline).toEqual([]);
  });

  it('[FAN2] a new snapshot ends the drivers that it lacks', () => {
    const view = new FleetView(limits);
    for (const id of ['a', 'b']) view.applyState({ live: true, record: record(id, 1) });
    view.takeChanges(0);
    view.replaceStates([record('b', 1), record('c', 1)]);
    const changes = view.takeChanges(0);
    expect(changes.offline).toEqual(['a']);
    expect(ids(changes.availability)).toEqual(['c']);
  });

  it('[FAN2] a new snapshot is right although it is older, and later changes count from it', () => {
    const view = new FleetView(limits);
    view.applyState({ live: true, record: record('a', 7, { updatedAt: 7, tripId: 't' }) });
    view.takeChanges(0);
    view.replaceStates([record('a', 5, { updatedAt: 5 })]);
    const changes = view.takeChanges(0);
    expect(changes.availability[0]!.record).toMatchObject({ version: 5, tripId: '' });
    expect(ids(changes.trips)).toEqual(['a']);
    view.applyState({ live: true, record: record('a', 6, { updatedAt: 8, available: false }) });
    expect(ids(view.takeChanges(0).availability)).toEqual(['a']);
    view.replaceStates([record('a', 6, { updatedAt: 8, available: false })]);
    expect(view.takeChanges(0).availability).toEqual([]);
  });

  it('[QUAL1] a quality changes with age, each step told once, and with a new position', () => {
    const view = new FleetView(limits);
    view.applyState({ live: true, record: record('a', 1) });
    view.applyPosition('a', at(0));
    expect(view.takeChanges(0).qualities).toEqual([]);
    const steps = [5, 10, 15, 20, 29, 30, 99].flatMap((now) =>
      view.takeAged(now).map(({ quality }) => quality),
    );
    expect(steps).toEqual(['delayed', 'stale', 'lost']);
    view.applyPosition('a', at(100));
    expect(view.takeChanges(100).qualities).toMatchObject([
      { previousQuality: 'lost', quality: 'live' },
    ]);
  });

  it('[QUAL1] however drivers and positions come and go, each change is told when it is due', () => {
    const random = seededRandom(7);
    const wide = { delayedAfterMs: 2_000, staleAfterMs: 4_500, lostAfterMs: 9_000 };
    const view = new FleetView(wide);
    const expected = new Map<string, { timestamp: number; quality: string }>();
    const names = Array.from({ length: 20 }, (_, i) => `driver-${i}`);
    for (const id of names) view.applyState({ live: true, record: record(id, 1) });
    view.takeChanges(0);
    for (let now = 10_000; now < 60_000; now += 75) {
      const due: string[] = [];
      for (const id of names) {
        if (random() < 0.005) {
          view.applyState({ live: false, record: record(id, 1) });
          expected.delete(id);
          view.applyState({ live: true, record: record(id, 1) });
        }
        // Clocks of phones step back and forth.
        const timestamp = now - Math.floor(random() * 6_000);
        const known = expected.get(id);
        if (random() < 0.01 && known?.timestamp !== timestamp) {
          view.applyPosition(id, at(timestamp));
          const quality = qualityOf(now - timestamp, wide);
          if (known && known.quality !== quality) due.push(`${id} ${quality}`);
          expected.set(id, { timestamp, quality });
        } else if (known) {
          const quality = qualityOf(now - known.timestamp, wide);
          if (known.quality !== quality) due.push(`${id} ${quality}`);
          known.quality = quality;
        }
      }
      const told = [...view.takeChanges(now).qualities, ...view.takeAged(now)];
      const lines = told.map(({ driver, quality }) => `${driver.record.id} ${quality}`);
      expect(lines.toSorted()).toEqual(due.toSorted());
    }
  });

  it('[FAN5] a change of trip is told as such', () => {
    const view = new FleetView(limits);
    view.applyState({ live: true, record: record('a', 1) });
    view.takeChanges(0);
    view.applyState({ live: true, record: record('a', 2, { tripId: 't' }) });
    const changes = view.takeChanges(0);
    expect([ids(changes.trips), ids(changes.availability)]).toEqual([['a'], ['a']]);
  });
});
