import { expect, it } from 'vitest';
import { readPoint } from './point.js';

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
