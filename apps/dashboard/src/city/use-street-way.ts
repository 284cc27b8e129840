import streetsUrl from 'city-files/streets.json?url';
import { useEffect, useState } from 'react';
import { type CityPoint } from '#libs/city/browser';
import { type WayAnswer, type WayQuestion } from './way-worker.js';

export type StreetWay = readonly CityPoint[];

/** About a metre: what is nearer has the same way. */
const DECIMALS = 5;

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, (way: StreetWay | null) => void>();

/**
 * The fastest way along the streets of the bundled city, through all places; null for places outside
 * of it. A worker reads the streets and searches: the map goes on moving meanwhile.
 */
export function findWay(places: readonly CityPoint[]): Promise<StreetWay | null> {
  if (!worker) {
    worker = new Worker(new URL('./way-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<WayAnswer>) => {
      waiting.get(data.number)?.(data.way);
      waiting.delete(data.number);
    });
    worker.addEventListener('error', () => {
      // It could not be loaded; whoever asks next tries it again.
      worker = undefined;
      for (const answer of waiting.values()) answer(null);
      waiting.clear();
    });
  }
  const number = (asked += 1);
  const question: WayQuestion = {
    number,
    places,
    streetsUrl: new URL(streetsUrl, location.href).href,
  };
  return new Promise((resolve) => {
    waiting.set(number, resolve);
    worker!.postMessage(question, []);
  });
}

/**
 * The fastest way from place to place along the streets of the bundled city; null while it is searched,
 * and for places outside of the city. The last one stays while the way from a near place is searched.
 */
export function useStreetWay(places: readonly CityPoint[]): StreetWay | null {
  const [way, setWay] = useState<StreetWay | null>(null);
  const rounded = places.map(({ lat, lng }) => [lat.toFixed(DECIMALS), lng.toFixed(DECIMALS)]);
  const key = JSON.stringify(rounded);
  const end = places.length < 2 ? '' : JSON.stringify(rounded.slice(1));
  useEffect(() => setWay(null), [end]);
  useEffect(() => {
    const points = (JSON.parse(key) as [string, string][]).map(([lat, lng]) => ({
      lat: Number(lat),
      lng: Number(lng),
    }));
    if (points.length < 2) return undefined;
    let isWanted = true;
    void findWay(points).then((found) => isWanted && setWay(found));
    return () => {
      isWanted = false;
    };
  }, [key]);
  return end === '' ? null : way;
}
