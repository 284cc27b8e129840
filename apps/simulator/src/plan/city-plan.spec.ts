import { expect, test } from 'vitest';
import { metersBetween, RouteSearch, StreetGraph, type Street } from '#libs/city';
import { type Point } from '../drives/geography.js';
import { StreetDrive } from '../drives/street-drive.js';
import { chanceOf } from './chance.js';
import { CityPlan, type PlannedEvent } from './city-plan.js';
import { busyAt, hourAt, type CityClock } from './day.js';
import { Hotspots } from './hotspots.js';
import { TroubleKind } from './phone-troubles.js';
import { cityTrips, shortStreetTrips } from './trip-places.js';

const SIZE = 30;
const MINUTES = 30;

/** A grid of two-way streets, about 200 m apart. */
const graph = ((): StreetGraph => {
  const junctions: Point[] = [];
  for (let y = 0; y < SIZE; y += 1)
    for (let x = 0; x < SIZE; x += 1)
      junctions.push({ lat: -34.9 + y * 0.002, lng: -56.2 + x * 0.002 });
  const streets: Street[] = [];
  const join = (from: number, to: number): void => {
    const shape = [junctions[from]!, junctions[to]!];
    const meters = metersBetween(shape[0]!, shape[1]!);
    const street = { meters, seconds: meters / 12, name: 0, isTunnel: false };
    streets.push({ ...street, from, to, shape });
    streets.push({ ...street, from: to, to: from, shape: shape.toReversed() });
  };
  for (let j = 0; j < junctions.length; j += 1) {
    if (j % SIZE < SIZE - 1) join(j, j + 1);
    if (j + SIZE < junctions.length) join(j, j + SIZE);
  }
  return new StreetGraph(junctions, streets, ['']);
})();
const search = new RouteSearch(graph);

/** A whole run as it is planned, made from nothing but its seed. */
function plannedRun(seed: number, clock: CityClock = { startHour: 8, rate: 1 }): PlannedEvent[] {
  const hotspots = new Hotspots(graph, chanceOf(seed, 'hotspots'));
  const city = { graph, search, hotspots, hourAt: (at: number) => hourAt(clock, at) };
  const plan = new CityPlan({
    seed,
    drivers: 40,
    passengers: 12,
    clock,
    places: cityTrips(graph, hotspots),
    troubles: 'on',
  });
  return plan.events(
    MINUTES * 60_000,
    (driver) => new StreetDrive(city, 0, driver.chance('drive')),
  );
}

const doing = (events: PlannedEvent[], what: RegExp) =>
  events.filter(({ does }) => what.test(does));

test('the same seed plans the same run, to the last event, and another seed another one', () => {
  const [first, second] = [plannedRun(7), plannedRun(7)];
  expect(second).toEqual(first);
  expect(JSON.stringify(plannedRun(8))).not.toBe(JSON.stringify(first));
  expect(doing(first, /is there/).length).toBeGreaterThan(40 * MINUTES);
  expect(doing(first, /requests/).length).toBeGreaterThan(12);
  const times = first.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

test('what one person does is planned alike, however many others there are', () => {
  const planOf = (drivers: number) =>
    new CityPlan({
      seed: 3,
      drivers,
      passengers: 5,
      clock: { startHour: 18, rate: 1 },
      places: shortStreetTrips(graph),
      troubles: 'on',
    });
  expect(planOf(10).driver(4).offer(3)).toEqual(planOf(2_000).driver(4).offer(3));
  const requests = (drivers: number) => {
    const all = planOf(drivers).passenger(2).requests();
    return Array.from({ length: 20 }, () => all.next().value);
  };
  expect(requests(10)).toEqual(requests(2_000));
});

test('every trouble of phones happens, and some clocks are wrong both ways', () => {
  const events = plannedRun(7, { startHour: 18, rate: 1 });
  const kinds = new Set(doing(events, /trouble/).map(({ does }) => does.split(': ')[1]));
  expect(kinds).toEqual(new Set(Object.values(TroubleKind)));
  const ahead = Array.from(
    { length: 400 },
    (_, i) =>
      new CityPlan({
        seed: 7,
        drivers: 400,
        passengers: 0,
        clock: { startHour: 18, rate: 1 },
        places: shortStreetTrips(graph),
        troubles: 'on',
      }).driver(i).phone.clockAheadMs,
  );
  expect(Math.max(...ahead)).toBeGreaterThan(4_000);
  expect(Math.max(...ahead)).toBeLessThan(30_000);
  expect(Math.min(...ahead)).toBeLessThan(-60_000);
  expect(ahead.filter((each) => each === 0).length).toBeGreaterThan(340);
});

test('drivers have shifts: most work when the city is busy, few at night, and everybody has breaks', () => {
  const workingAt = (startHour: number) => {
    const starts = plannedRun(7, { startHour, rate: 1 }).filter(({ atMs }) => atMs === 0);
    return doing(starts, /^works$/).length;
  };
  expect(busyAt(18)).toBe(1);
  expect(workingAt(18)).toBeGreaterThan(28);
  expect(workingAt(3)).toBeLessThan(20);
  // A day in 24 minutes.
  const day = plannedRun(7, { startHour: 6, rate: 60 });
  for (let i = 0; i < 40; i += 1) {
    const own = day.filter(({ who }) => who === `driver ${i}`);
    expect(doing(own, /takes a break/).length).toBeGreaterThan(1);
  }
});

test('people go to work in the morning and come home in the evening', () => {
  const middles = (seed: number, hour: number, direction: 'from' | 'to') => {
    const hotspots = new Hotspots(graph, chanceOf(seed, 'hotspots'));
    const chance = chanceOf(seed, 'people');
    const chosen = Array.from({ length: 2_000 }, () => hotspots.choose(chance, direction, hour));
    return new Set(chosen).size;
  };
  const spread = (hour: number, direction: 'from' | 'to') => middles(5, hour, direction);
  // Few parts of a city are for work, more are for living.
  expect(spread(8, 'to')).toBeLessThan(spread(8, 'from'));
  expect(spread(18, 'from')).toBeLessThan(spread(18, 'to'));
});

test('without troubles everybody works all the time with a good phone', () => {
  const plan = new CityPlan({
    seed: 7,
    drivers: 50,
    passengers: 0,
    clock: { startHour: 3, rate: 60 },
    places: shortStreetTrips(graph),
    troubles: 'off',
  });
  for (let i = 0; i < 50; i += 1) {
    expect([...plan.driver(i).shifts()]).toEqual([{ atMs: 0, isOnDuty: true }]);
    expect([...plan.driver(i).troubles()]).toEqual([]);
    expect(plan.driver(i).phone).toEqual({ hasPoorReception: false, clockAheadMs: 0 });
  }
});
