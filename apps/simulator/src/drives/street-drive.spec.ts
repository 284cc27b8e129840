import { expect, test } from 'vitest';
import { metersBetween, RouteSearch, StreetGraph, type Street } from '#libs/city';
import { seededRandom } from '#libs/testing';
import { type PlaceOnTheWay } from './fix-source.js';
import { distanceMeters, type Point } from './geography.js';
import { Hotspots } from '../plan/hotspots.js';
import { StreetDrive, type City } from './street-drive.js';

const SIZE = 12;
const STEP = 0.002;
const SPEED_MPS = 12.5;

/** A grid of two-way streets, about 200 m apart. */
function gridCity(): City {
  const junctions: Point[] = [];
  for (let y = 0; y < SIZE; y += 1)
    for (let x = 0; x < SIZE; x += 1)
      junctions.push({ lat: -34.9 + y * STEP, lng: -56.2 + x * STEP });
  const streets: Street[] = [];
  const join = (a: number, b: number): void => {
    const shape = [junctions[a]!, junctions[b]!];
    const meters = metersBetween(shape[0]!, shape[1]!);
    // The streets of one row lie below a hill.
    const isTunnel = isTunnelRow(shape[0]!) && isTunnelRow(shape[1]!);
    const street = { meters, seconds: meters / SPEED_MPS, name: 0, isTunnel };
    streets.push({ ...street, from: a, to: b, shape });
    streets.push({ ...street, from: b, to: a, shape: shape.toReversed() });
  };
  for (let j = 0; j < junctions.length; j += 1) {
    if (j % SIZE < SIZE - 1) join(j, j + 1);
    if (j + SIZE < junctions.length) join(j, j + SIZE);
  }
  const graph = new StreetGraph(junctions, streets, ['']);
  return {
    graph,
    search: new RouteSearch(graph),
    hotspots: new Hotspots(graph, seededRandom(3)),
    hourAt: () => 18,
  };
}

const TUNNEL_ROW = 6;

function isTunnelRow({ lat }: Point): boolean {
  return Math.abs((lat + 34.9) / STEP - TUNNEL_ROW) < 0.01;
}

function take(drive: StreetDrive, count: number): PlaceOnTheWay[] {
  return Array.from({ length: count }, () => drive.next());
}

/** Metres to the nearest junction of a row. */
function offColumn({ lat, lng }: Point): number {
  const columns = (lng + 56.2) / STEP;
  return Math.abs(columns - Math.round(columns)) * STEP * 111_195 * Math.cos((lat * Math.PI) / 180);
}

/** Metres from a place to the nearest line of the grid. */
function metersOffStreet({ lat, lng }: Point): number {
  const off = (value: number) => Math.abs(value - Math.round(value)) * STEP;
  const north = off((lat + 34.9) / STEP) * 111_195;
  const east = off((lng + 56.2) / STEP) * 111_195 * Math.cos((lat * Math.PI) / 180);
  return Math.min(north, east);
}

test('a car keeps to the streets and to their speed', () => {
  const fixes = take(new StreetDrive(gridCity(), 0, seededRandom(1)), 500);
  let meters = 0;
  for (const [i, fix] of fixes.entries()) {
    expect(metersOffStreet(fix)).toBeLessThan(1);
    if (i === 0) continue;
    const before = fixes[i - 1]!;
    const seconds = (fix.timestamp - before.timestamp) / 1_000;
    expect(distanceMeters(before, fix)).toBeLessThan(seconds * SPEED_MPS + 10);
    meters += distanceMeters(before, fix);
  }
  expect(meters).toBeGreaterThan(3_000);
});

test('satellites are lost in tunnels, which are places, and come back at the exit', () => {
  const fixes = take(new StreetDrive(gridCity(), 0, seededRandom(1)), 2_000);
  const covered = fixes.filter(({ isCovered }) => isCovered);
  expect(covered.length).toBeGreaterThan(20);
  for (const fix of covered) expect(isTunnelRow(fix)).toBe(true);
  // Where it does not stand at the end of one.
  const open = fixes.filter(({ isCovered, speed }) => !isCovered && speed! > 0);
  for (const fix of open) expect(isTunnelRow(fix) && offColumn(fix) > 1).toBe(false);
});

test('the same seed gives the same drive', () => {
  const drive = () => take(new StreetDrive(gridCity(), 0, seededRandom(7)), 100);
  expect(drive()).toEqual(drive());
});

test('a car that is sent somewhere is there when it said, waits, and goes on without a jump', () => {
  const drive = new StreetDrive(gridCity(), 0, seededRandom(2));
  const before = take(drive, 20);
  const now = before.at(-1)!.timestamp + 1_000;
  const target = { lat: -34.9 + 5 * STEP, lng: -56.2 + 4 * STEP };
  const durationMs = drive.driveTo(target, 15, now, before.at(-1));
  expect(drive.isAway).toBe(true);
  const fixes = take(drive, Math.ceil(durationMs / 3_000) + 3);
  const arrived = fixes.find(({ timestamp }) => timestamp >= now + durationMs)!;
  expect(distanceMeters(arrived, target)).toBeLessThan(5);
  expect(distanceMeters(fixes.at(-1)!, target)).toBeLessThan(5);
  drive.letGo(fixes.at(-1)!.timestamp);
  expect(drive.isAway).toBe(false);
  const all = [before.at(-1)!, ...fixes, ...take(drive, 30)];
  for (const [i, fix] of all.entries()) {
    if (i === 0) continue;
    const seconds = (fix.timestamp - all[i - 1]!.timestamp) / 1_000;
    expect(distanceMeters(all[i - 1]!, fix)).toBeLessThan(seconds * 15 + 10);
  }
});
