import { describe, expect, it } from 'vitest';
import { MAX_STOPS } from '#libs/contracts/browser';
import { type Place } from '../places/place.js';
import { moved, readStops, withOneMore, without, writeStops, type Stops } from './stops.js';

const place = (lat: number, address: string | null = null): Place => ({ lat, lng: -56, address });
const reread = (stops: Stops): Stops => {
  const { to, via } = writeStops(stops);
  return readStops(to, via);
};

describe('the stops of a booking', () => {
  it('[PAGE31] are the same after a reload, also those that are not chosen yet', () => {
    const [first, last] = [place(-34.9, 'Av. Italia 1234, esq. Dalmiro'), place(-34.91)];
    for (const stops of [
      [undefined],
      [last],
      [first, last],
      [undefined, undefined],
      [first, undefined, last],
      [undefined, first, undefined],
    ])
      expect(reread(stops)).toEqual(stops);
  });

  it('[PAGE31] are never more than a trip may have, whatever the address says', () => {
    const many = Array.from({ length: 40 }, (_, i) => `-34.9,-56.${i + 10}`).join('|');
    expect(readStops('-34,-56', many)).toHaveLength(MAX_STOPS);
    let stops: Stops = [place(1)];
    for (let i = 0; i < 40; i += 1) stops = withOneMore(stops);
    expect(stops).toHaveLength(MAX_STOPS);
    expect(stops.at(-1)).toEqual(place(1));
  });

  it('[PAGE31] are moved and taken out; one always stays', () => {
    const [a, b, c] = [place(1), place(2), place(3)];
    expect(moved([a, b, c], 2, -1)).toEqual([a, c, b]);
    expect(moved([a, b, c], 0, 1)).toEqual([b, a, c]);
    expect(moved([a, b, c], 2, 1)).toEqual([a, b, c]);
    expect(moved([a, b, c], 0, -1)).toEqual([a, b, c]);
    expect(without([a, b, c], 1)).toEqual([a, c]);
    expect(without([a], 0)).toEqual([undefined]);
  });

  it('[PAGE31] an address with the sign that parts them does not part them', () => {
    const named = reread([place(1, 'Calle A|Calle B'), place(2)]);
    expect(named).toEqual([place(1, 'Calle A/Calle B'), place(2)]);
  });
});
