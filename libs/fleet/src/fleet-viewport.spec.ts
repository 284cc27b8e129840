import { beforeEach, describe, expect, it } from 'vitest';
import { AdminViewportSetDto, wrapLongitude, type ViewportBox } from '#libs/contracts';
import { type AvailabilityRecord } from '#libs/drivers';
import { seededRandom } from '#libs/testing';
import { FleetView } from './fleet-view.js';
import { FleetViewport } from './fleet-viewport.js';

const ROME = { west: 12.4, south: 41.8, east: 12.6, north: 42 };
/** Judged without the code under test: the way east from the western side is not longer than to the eastern one. */
function lies(box: ViewportBox, { lat, lng }: { lat: number; lng: number }): boolean {
  const eastOfWest = (degrees: number) => (((degrees - box.west) % 360) + 360) % 360;
  const isWholeWay = box.east - box.west >= 360;
  return (
    lat >= box.south &&
    lat <= box.north &&
    (isWholeWay || eastOfWest(lng) <= eastOfWest(box.east) + 1e-9)
  );
}

/** Small as a house and wide as the world, across the antimeridian, at the poles. */
function randomBoxes(random: () => number): ViewportBox[] {
  return Array.from({ length: 150 }, (_, i) => {
    const height = Math.min(180, 10 ** (random() * 6.3 - 4));
    const width = Math.min(359.9, 10 ** (random() * 6.6 - 4));
    const isPolar = i % 10 === 0;
    const south = isPolar ? 90 - height : -90 + random() * (180 - height);
    const west = i % 3 === 0 ? 180 - random() * width : random() * 720 - 360;
    const bbox = [west, south, west + width, Math.min(90, south + height)];
    return AdminViewportSetDto.parse({ bbox, zoom: 1 }).bbox;
  }).concat([{ west: -180, south: -90, east: 180, north: 90 }]);
}

const NOWHERE = { west: -60, south: -60, east: -59, north: -59 };

describe(FleetViewport.name, () => {
  let view: FleetView;
  let clock = 0;

  beforeEach(() => {
    view = new FleetView({ delayedAfterMs: 1e6, staleAfterMs: 2e6, lostAfterMs: 3e6 });
    clock = 0;
  });

  const place = (id: string, lat: number, lng: number) => {
    if (!view.find(id))
      view.applyState({ live: true, record: { id, version: 1 } as AvailabilityRecord });
    clock += 1;
    view.applyPosition(id, { lat, lng, timestamp: clock, receivedAt: clock });
  };
  const placeMany = (count: number, box = ROME) => {
    const random = seededRandom(5);
    for (let i = 0; i < count; i += 1) {
      place(
        `m${i}`,
        box.south + random() * (box.north - box.south),
        box.west + random() * (box.east - box.west),
      );
    }
  };
  const look = (viewport: FleetViewport, now = 0) => {
    const changes = view.takeChanges(now);
    const change = viewport.change(
      view.grid,
      [...new Set([...changes.positions, ...changes.availability])],
      changes.offline,
      now,
    );
    return (
      change && {
        ids: change.drivers.map(({ record }) => record.id),
        left: change.left,
        total: change.total,
        clusters: change.clusters,
      }
    );
  };

  it('[VIEW1] starts with all that is in view, then tells who comes, moves, leaves and goes offline', () => {
    place('in', 41.9, 12.5);
    place('out', 45, 9);
    view.takeChanges(0);
    const viewport = new FleetViewport(ROME, 12);
    const first = viewport.reset(view.grid, 0);
    expect(first).toMatchObject({ reset: true, total: 1, left: [], clusters: null });
    expect(first.drivers.map(({ record }) => record.id)).toEqual(['in']);
    expect(look(viewport)).toBeUndefined();
    place('in', 41.95, 12.5);
    place('out', 41.85, 12.45);
    expect(look(viewport)).toMatchObject({ ids: ['in', 'out'], left: [], total: 2 });
    place('in', 43, 12.5);
    expect(look(viewport)).toMatchObject({ ids: [], left: ['in'], total: 1 });
    place('in', 43.1, 12.5);
    expect(look(viewport)).toBeUndefined();
    view.applyState({ live: false, record: { id: 'out', version: 2 } as AvailabilityRecord });
    expect(look(viewport)).toMatchObject({ ids: [], left: ['out'], total: 0 });
  });

  it('[VIEW1] a view across the antimeridian shows both of its sides', () => {
    place('west', -17, 179.9);
    place('east', -17, -179.9);
    place('far', -17, 0);
    const viewport = new FleetViewport({ west: 179, south: -18, east: -179, north: -16 }, 8);
    const { drivers } = viewport.reset(view.grid, 0);
    expect(drivers.map(({ record }) => record.id).toSorted()).toEqual(['east', 'west']);
  });

  it('[VIEW4] a view that moves brings who came into it and who has changed, and takes away who is out of sight', () => {
    place('stays', 41.9, 12.5);
    place('moves', 41.95, 12.55);
    place('leaves', 41.81, 12.41);
    place('offline', 41.91, 12.52);
    place('comes', 42.05, 12.65);
    view.takeChanges(0);
    const viewport = new FleetViewport(ROME, 12);
    viewport.reset(view.grid, 0);
    viewport.moveTo({ west: 12.45, south: 41.85, east: 12.7, north: 42.1 }, 12);
    place('moves', 41.96, 12.55);
    view.applyState({ live: false, record: { id: 'offline', version: 2 } as AvailabilityRecord });
    const moved = look(viewport)!;
    expect(moved).toMatchObject({ total: 3, clusters: null });
    expect(moved.ids.toSorted()).toEqual(['comes', 'moves']);
    expect([...moved.left].toSorted()).toEqual(['leaves', 'offline']);
    expect(look(viewport)).toBeUndefined();
    place('leaves', 41.86, 12.46);
    expect(look(viewport)).toMatchObject({ ids: ['leaves'], left: [], total: 4 });
  });

  it('[VIEW4] a view that jumps, and one that shows or showed clusters, begins anew', () => {
    placeMany(1_500);
    place('far', 50, 9);
    const far = { west: 8, south: 49, east: 10, north: 51 };
    view.takeChanges(0);
    const viewport = new FleetViewport(far, 12);
    const change = () => viewport.change(view.grid, [], [], 0);
    expect(viewport.reset(view.grid, 0).drivers).toHaveLength(1);
    viewport.moveTo(NOWHERE, 12);
    expect(change()).toMatchObject({ reset: true, total: 0, drivers: [] });
    viewport.moveTo(far, 12);
    expect(change()).toMatchObject({ reset: true, total: 1 });
    viewport.moveTo({ ...far, south: 40, east: 20 }, 6);
    expect(change()).toMatchObject({ reset: true, total: 1_501, clusters: expect.any(Array) });
    viewport.moveTo(far, 12);
    expect(change()).toMatchObject({ reset: true, total: 1, clusters: null });
  });

  it('[VIEW4] whoever comes into a view that moves is told once, in parts where they are many', () => {
    const west = { ...ROME, east: 12.5 };
    placeMany(3_000);
    view.takeChanges(0);
    const viewport = new FleetViewport(west, 12, 5_000);
    const told = new Set<string>();
    const tell = (ids: readonly string[]): void => {
      for (const id of ids) expect(told.has(id), id).toBe(false);
      for (const id of ids) told.add(id);
    };
    tell(viewport.reset(view.grid, 0).drivers.map(({ record }) => record.id));
    viewport.moveTo(ROME, 12, 5_000);
    for (let change = look(viewport); change; change = look(viewport)) {
      expect(change).toMatchObject({ left: [], total: 3_000 });
      tell(change.ids);
    }
    expect(told.size).toBe(3_000);
  });

  it('[VIEW2] too many drivers become clusters whose counts add up, a screenful at most', () => {
    placeMany(5_000);
    for (const zoom of [0, 6, 11, 14, 24]) {
      const { clusters, total, drivers } = new FleetViewport(ROME, zoom).reset(view.grid, 0);
      expect(total).toBe(5_000);
      expect(drivers).toEqual([]);
      expect(clusters!.reduce((sum, { count }) => sum + count, 0)).toBe(5_000);
      expect(clusters!.length).toBeLessThanOrEqual(1_024);
      expect(clusters!.filter((cluster) => !lies(ROME, cluster))).toEqual([]);
    }
  });

  it('[VIEW2] a dispatcher who asks for more single drivers gets them in parts, each driver as it is then', () => {
    placeMany(4_000);
    view.takeChanges(0);
    const viewport = new FleetViewport(ROME, 12, 5_000);
    const first = viewport.reset(view.grid, 0);
    expect(first).toMatchObject({ reset: true, total: 4_000, clusters: null });
    const shown = new Set(first.drivers.map(({ record }) => record.id));
    expect(shown.size).toBe(1_000);
    const [gone, away, moved] = view.ids().filter((id) => !shown.has(id));
    view.applyState({ live: false, record: { id: gone!, version: 2 } as AvailabilityRecord });
    place(away!, 50, 12.5);
    place(moved!, 41.9, 12.5);
    for (let frames = 1; frames <= 12; frames += 1) {
      const change = look(viewport)!;
      expect(change.left).toEqual([]);
      expect(change.ids.length).toBeLessThanOrEqual(251);
      for (const id of change.ids) {
        expect(shown.has(id)).toBe(false);
        shown.add(id);
      }
    }
    expect(shown.has(moved!)).toBe(true);
    expect([gone, away].filter((id) => shown.has(id!))).toEqual([]);
    expect(shown.size).toBe(3_998);
    expect(look(viewport)).toBeUndefined();
    placeMany(5_100);
    expect(look(viewport)!.clusters).not.toBeNull();
  });

  it('[VIEW2] drivers right outside the view are in no cluster', () => {
    placeMany(1_010);
    for (let i = 0; i < 30; i += 1) place(`beyond${i}`, 41.81 + i * 0.006, 12.6001 + i * 1e-5);
    const { clusters, total } = new FleetViewport(ROME, 13).reset(view.grid, 0);
    expect(total).toBe(1_010);
    expect(clusters!.reduce((sum, { count }) => sum + count, 0)).toBe(1_010);
    expect(clusters!.filter((cluster) => !lies(ROME, cluster))).toEqual([]);
  });

  it('[VIEW2] in any view the counts are those of the drivers in it, and every cluster lies in it', () => {
    const random = seededRandom(41);
    for (const box of randomBoxes(random)) {
      view = new FleetView({ delayedAfterMs: 1e6, staleAfterMs: 2e6, lostAfterMs: 3e6 });
      const width = box.west <= box.east ? box.east - box.west : 360 - box.west + box.east;
      let inView = 0;
      for (let i = 0; i < 1_400; i += 1) {
        // Half of them near its sides, where a cover is wider than the box.
        const spread = random() < 0.5 ? 1 : 1.2;
        const lat = box.south + (box.north - box.south) * (0.5 + (random() - 0.5) * spread);
        const lng = box.west + width * (0.5 + (random() - 0.5) * spread);
        const at = { lat: Math.min(90, Math.max(-90, lat)), lng: wrapLongitude(lng) };
        place(`d${i}`, at.lat, at.lng);
        if (lies(box, at)) inView += 1;
      }
      const zoom = Math.floor(random() * 25);
      const { clusters, total, drivers } = new FleetViewport(box, zoom).reset(view.grid, 0);
      const about = JSON.stringify({ box, zoom, clusters });
      expect(total, about).toBe(inView);
      if (inView <= 1_000) {
        expect(drivers.length, about).toBe(inView);
        continue;
      }
      expect(
        clusters!.reduce((sum, { count }) => sum + count, 0),
        about,
      ).toBe(inView);
      expect(clusters!.length, about).toBeLessThanOrEqual(1_024);
      expect(
        clusters!.filter((cluster) => !lies(box, cluster)),
        about,
      ).toEqual([]);
    }
  });

  it('[VIEW1] a driver on the antimeridian is in every view that touches it', () => {
    place('there', 10, wrapLongitude(180));
    for (const [west, east] of [
      [170, 180],
      [-180, -170],
      [170, -170],
      [-180, 180],
      [180, 180],
      [-190, -170],
      [100, 460],
    ]) {
      const { bbox } = AdminViewportSetDto.parse({ bbox: [west, 0, east, 20], zoom: 5 });
      expect([west, east, new FleetViewport(bbox, 5).reset(view.grid, 0).total]).toEqual([
        west,
        east,
        1,
      ]);
    }
    const { bbox } = AdminViewportSetDto.parse({ bbox: [-170, 0, 170, 20], zoom: 5 });
    expect(new FleetViewport(bbox, 5).reset(view.grid, 0).total).toBe(0);
  });

  it('[VIEW2] clusters are counted anew once a second, and drivers are shown singly again when few are left', () => {
    placeMany(1_500);
    view.takeChanges(0);
    const viewport = new FleetViewport(ROME, 11);
    expect(viewport.reset(view.grid, 0).clusters).not.toBeNull();
    place('m0', 50, 50);
    expect(look(viewport, 500)).toBeUndefined();
    place('m1', 50, 50);
    expect(look(viewport, 1_000)).toMatchObject({ total: 1_498, clusters: expect.any(Array) });
    for (let i = 0; i < 800; i += 1) place(`m${i}`, 50, 50);
    const back = look(viewport, 2_000);
    expect(back).toMatchObject({ total: 700, clusters: null });
    expect(back!.ids).toHaveLength(700);
  });

  it('[VIEW1] however near the view, each driver is in it once and counted once', () => {
    place('here', 41.9, 12.5);
    for (let i = 0; i < 200; i += 1) place(`far${i}`, 40 - i * 0.1, 12.5);
    for (const reach of [0.2, 0.05, 0.02, 0.01, 0.003, 0.0005]) {
      const box = {
        west: 12.5 - reach,
        south: 41.9 - reach,
        east: 12.5 + reach,
        north: 41.9 + reach,
      };
      const { total, drivers } = new FleetViewport(box, 15).reset(view.grid, 0);
      expect([total, drivers.map(({ record }) => record.id)]).toEqual([1, ['here']]);
      const cells = [...view.grid.touching(box)].map(({ cell }) => cell);
      expect(new Set(cells).size).toBe(cells.length);
    }
  });

  it('[VIEW1] an empty place costs nothing and shows nothing', () => {
    placeMany(2_000);
    expect(new FleetViewport(NOWHERE, 10).reset(view.grid, 0)).toMatchObject({
      total: 0,
      drivers: [],
      clusters: null,
    });
    expect([...view.grid.touching(NOWHERE)]).toEqual([]);
  });
});
