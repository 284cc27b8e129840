import addressesUrl from 'city-files/addresses.json?url';
import { foldForSearch } from '#libs/contracts/browser';

/** A house, or a street when no number was asked for. Degrees, WGS84. */
export interface Address {
  label: string;
  lat: number;
  lng: number;
  hasNumber: boolean;
}

/** As the launcher writes it: places are millionths of a degree, each relative to the one before. */
interface StoredStreet {
  street: string;
  numbers: string[];
  places: number[];
}

interface Street {
  name: string;
  folded: string;
  numbers: string[];
  lats: Float64Array;
  lngs: Float64Array;
}

const MOST_FOUND = 8;
const MILLIONTHS = 1e6;
/** Farther away a place is not at an address. */
const NEAR_METERS = 120;
/** About two blocks, where numbers count metres. */
const FAR_NUMBERS = 200;
/** So much less a street fits that has no house near the number; not every house is known. */
const FAR_RANKS = 1.5;
const METERS_PER_DEGREE = 111_320;

let streets: Promise<Street[]> | undefined;

/** Streets and house numbers of the city, the best match first. */
export async function findAddresses(text: string): Promise<Address[]> {
  const [, street = text, number] = /^(.*?)[\s,]+(\d+\w*)$/.exec(text.trim()) ?? [];
  const wanted = foldForSearch(street.trim()).replaceAll(/[\s,]+/g, ' ');
  if (wanted === '') return [];
  const ranked = (await readStreets()).flatMap((each) => {
    const rank = rankOf(each.folded, wanted);
    return rank < 0 ? [] : [{ each, rank }];
  });
  return ranked
    .map(({ each, rank }) => {
      const at = number ? nearestNumber(each.numbers, number) : each.numbers.length >> 1;
      const isFar = number !== undefined && isFarNumber(each.numbers[at], number);
      return { each, at, rank: isFar ? rank + FAR_RANKS : rank };
    })
    .toSorted((a, b) => a.rank - b.rank || b.each.numbers.length - a.each.numbers.length)
    .slice(0, MOST_FOUND)
    .map(({ each, at }) => placeAt(each, at, number !== undefined));
}

/** The house that is nearest to a place; undefined where none is near. */
export async function addressNear(lat: number, lng: number): Promise<string | undefined> {
  const perDegreeEast = METERS_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  let least = NEAR_METERS;
  let nearest: string | undefined;
  for (const { name, numbers, lats, lngs } of await readStreets()) {
    for (let i = 0; i < lats.length; i += 1) {
      const north = (lats[i]! - lat) * METERS_PER_DEGREE;
      if (Math.abs(north) > least) continue;
      const distance = Math.hypot(north, (lngs[i]! - lng) * perDegreeEast);
      if (distance < least) [least, nearest] = [distance, labelOf(name, numbers[i])];
    }
  }
  return nearest;
}

async function readStreets(): Promise<Street[]> {
  streets ??= fetch(addressesUrl)
    .then((response) => response.json() as Promise<StoredStreet[]>)
    .then((stored) => stored.map(unpacked))
    .catch((error: unknown) => {
      streets = undefined;
      throw error;
    });
  return streets;
}

function unpacked({ street, numbers, places }: StoredStreet): Street {
  const lats = new Float64Array(places.length / 2);
  const lngs = new Float64Array(places.length / 2);
  let [lat, lng] = [0, 0];
  for (let i = 0; i < lats.length; i += 1) {
    lats[i] = (lat += places[2 * i]!) / MILLIONTHS;
    lngs[i] = (lng += places[2 * i + 1]!) / MILLIONTHS;
  }
  return { name: street, folded: foldForSearch(street), numbers, lats, lngs };
}

/** 0 for the name itself, then names that begin so, words that begin so, those with all words; else -1. */
function rankOf(name: string, wanted: string): number {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (name.includes(` ${wanted}`)) return 2;
  return wanted.split(' ').every((word) => name.includes(word)) ? 3 : -1;
}

function nearestNumber(numbers: readonly string[], wanted: string): number {
  const target = parseInt(wanted, 10);
  let best = 0;
  for (let i = 1; i < numbers.length; i += 1) {
    const distance = (at: number) => Math.abs(parseInt(numbers[at]!, 10) - target);
    if (distance(i) < distance(best)) best = i;
  }
  return best;
}

/** The street does not go as far, as far as is known: another one may be meant. */
function isFarNumber(nearest: string | undefined, wanted: string): boolean {
  return !(Math.abs(parseInt(nearest ?? '', 10) - parseInt(wanted, 10)) <= FAR_NUMBERS);
}

function placeAt({ name, numbers, lats, lngs }: Street, at: number, hasNumber: boolean): Address {
  return {
    lat: lats[at]!,
    lng: lngs[at]!,
    label: hasNumber ? labelOf(name, numbers[at]) : name,
    hasNumber,
  };
}

/** A house with several numbers is named by its first. */
function labelOf(street: string, number: string | undefined): string {
  return number ? `${street} ${number.split(',')[0]}` : street;
}
