import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { AdminViewportSetDto, NearbySubscribeDto } from './dto/map.dto.js';
import { TripRequestDto } from './dto/trip-request.dto.js';
import { RequestError } from './error-codes.js';
import { isLatitude, isLongitude, wrapLongitude, readPoint } from './point.js';

const NO_LONGITUDES = [541, -541, Number.NaN, Infinity, 'x', '', null, undefined, [12], {}, true];

/** What a gateway does with a payload that it has read. */
function assertRight(dto: object): void {
  const [error] = validateSync(dto);
  if (error) throw new Error(Object.values(error.constraints ?? {}).join());
}

describe('degrees', () => {
  it('[VIEW3] a meridian has one longitude, however many turns away it is named', () => {
    for (const [named, is] of [
      [180, -180],
      [-180, -180],
      [190, -170],
      [-190, 170],
      [360, 0],
      [-360, 0],
      [540, -180],
      [179.9999, 179.9999],
      [-0, 0],
    ]) {
      expect([named, wrapLongitude(named!)]).toEqual([named, is]);
    }
    for (let lng = -179.987; lng < 180; lng += 0.3457) {
      expect(wrapLongitude(lng)).toBe(lng);
      expect(wrapLongitude(wrapLongitude(lng + 360))).toBeCloseTo(lng, 9);
      expect(wrapLongitude(lng - 360)).toBeCloseTo(lng, 9);
    }
  });

  it('[VIEW3] what is no number of degrees is neither latitude nor longitude', () => {
    for (const value of NO_LONGITUDES) expect([value, isLongitude(value)]).toEqual([value, false]);
    for (const value of [90.1, -91, Number.NaN, '12', null, [1]])
      expect([value, isLatitude(value)]).toEqual([value, false]);
  });

  it('[VIEW3] every request that takes a place wraps its longitude, and refuses what is none', () => {
    const nearby = (lng: unknown) =>
      plainToInstance(NearbySubscribeDto, NearbySubscribeDto.normalize({ lat: -0, lng }));
    const trip = (lng: unknown) =>
      TripRequestDto.parse({
        paymentMode: 'cash',
        pickupPoint: { lat: 1, lng },
        stops: [{ point: { latitude: 2, longitude: lng } }],
      });
    expect(nearby(190)).toEqual({ lat: 0, lng: -170 });
    expect(validateSync(nearby(190))).toEqual([]);
    expect(trip(-190)).toMatchObject({ pickup: { lng: 170 }, stops: [{ lng: 170 }] });
    expect(trip(180)).toMatchObject({ pickup: { lng: -180 }, stops: [{ lng: -180 }] });
    for (const lng of NO_LONGITUDES) {
      expect(() => assertRight(nearby(lng)), String(lng)).toThrow(/lng|shape/);
      expect(() => trip(lng)).toThrow(RequestError);
    }
  });

  it('[VIEW3] a box keeps what it holds when it is wrapped', () => {
    const sides = (west: number, east: number) => {
      const { bbox } = AdminViewportSetDto.parse({ bbox: [west, -10, east, 10], zoom: 3 });
      return [bbox.west, bbox.east];
    };
    expect(sides(9, 10)).toEqual([9, 10]);
    expect(sides(170, 190)).toEqual([170, -170]);
    expect(sides(-190, -170)).toEqual([170, -170]);
    expect(sides(190, 200)).toEqual([-170, -160]);
    expect(sides(350, 10)).toEqual([-10, 10]);
    expect(sides(170, 180)).toEqual([170, 180]);
    expect(sides(-180, -170)).toEqual([-180, -170]);
    expect(sides(180, -170)).toEqual([-180, -170]);
    expect(sides(-180, 180)).toEqual([-180, 180]);
    expect(sides(-200, 200)).toEqual([-180, 180]);
    expect(sides(0, 360)).toEqual([-180, 180]);
    for (const bbox of [
      null,
      'world',
      [],
      [1, 2, 3],
      [Number.NaN, 0, 1, 1],
      ['1', '2', '3', '4x'],
      [[1], 0, 2, 1],
      [0, -91, 1, 1],
      [0, 5, 1, 4],
      [0, 0, 1e6, 1],
    ]) {
      expect(() => AdminViewportSetDto.parse({ bbox, zoom: 3 })).toThrow(RequestError);
    }
  });
});

const ROME = { lat: 41.9, lng: 12.5 };

it.each([
  [{ lat: 41.9, lng: 12.5 }],
  [{ lat: '41.9', lng: ' 12.5 ' }],
  [{ latitude: 41.9, longitude: '12.5' }],
  [{ lat: 41.9, longitude: 12.5 }],
  [{ coords: { latitude: 41.9, longitude: 12.5, accuracy: 5 } }],
  [{ location: { lat: 41.9, lng: 12.5 } }],
  [{ lastLocation: { type: 'Point', coordinates: [12.5, 41.9] } }],
  [{ type: 'Point', coordinates: [12.5, 41.9, 20] }],
  [{ lat: 41.9, lng: 12.5, latitude: '41.90', longitude: null }],
  [{ lat: 41.9, lng: 12.5, coords: { lat: 41.9, lng: 12.5 } }],
])('[LOC3] %j is a point', (raw) => {
  expect(readPoint(raw)).toEqual(ROME);
});

it.each([
  ['contradiction', { lat: 41.9, lng: 12.5, latitude: 42 }],
  ['contradiction', { lat: 41.9, lng: 12.5, latitude: 'N' }],
  ['contradiction', { lat: 41.9, lng: 12.5, coords: { lat: 41.9, lng: 12.6 } }],
  ['missing', { lat: 41.9, lng: 12.5, coords: { latitude: 41.9 } }],
  ['missing', { lat: 41.9 }],
  ['missing', { lat: '40,7', lng: '12,5' }],
  ['missing', { lat: '', lng: 12.5 }],
  ['missing', { lat: 'NaN', lng: 12.5 }],
  ['missing', { lat: '0x29', lng: 12.5 }],
  ['missing', { lat: null, lng: null }],
  ['missing', { lat: true, lng: false }],
  ['missing', { lat: [41.9], lng: [12.5] }],
  ['missing', { coordinates: [] }],
  ['missing', { coords: [] }],
  ['missing', {}],
  ['missing', null],
  ['missing', 'POINT(12.5 41.9)'],
  ['missing', [41.9, 12.5]],
])('[LOC3] no point but "%s": %j', (fault, raw) => {
  expect(readPoint(raw)).toBe(fault);
});
