import { describe, expect, it } from 'vitest';
import { readPlace, writePlace } from './place.js';

describe('a place in the address of the page', () => {
  it('[PAGE31] a place is the same after a reload, with its address and without', () => {
    const corner = { lat: -34.90123, lng: -56.1645, address: 'Av. Italia 1234, esq. Dalmiro' };
    expect(readPlace(writePlace(corner))).toEqual(corner);
    const point = { lat: 1.5, lng: 0, address: null };
    expect(readPlace(writePlace(point))).toEqual(point);
    expect(writePlace(undefined)).toBe('');
  });

  it('[PAGE31] what is no place is none', () => {
    for (const text of [null, '', 'here', '91,0', '1,181', '1', ',', '1;2', '1e3,2'])
      expect([text, readPlace(text)]).toEqual([text, undefined]);
  });
});
