import addressesUrl from 'city-files/addresses.json?url';

/** As the launcher writes it: places are millionths of a degree, each relative to the one before. */
interface StreetAddresses {
  street: string;
  numbers: string[];
  places: number[];
}

/** A house, or a street when no number was asked for. Degrees. */
export interface Address {
  label: string;
  lat: number;
  lng: number;
  hasNumber: boolean;
}

const MOST_FOUND = 5;
const MILLIONTHS = 1e6;
/** Nobody takes a house that is farther away for the address of a place. */
const NEAR_METERS = 150;
const METERS_PER_DEGREE = 111_195;

let addresses: Promise<StreetAddresses[]> | undefined;

/** Streets by words of their name, at the house number that the text ends with, or the nearest one. */
export async function findAddresses(text: string): Promise<Address[]> {
  const [, street = text, number] = /^(.*?)[\s,]+(\d+\w*)$/.exec(text.trim()) ?? [];
  const wanted = folded(street).split(/[\s,]+/);
  const matching = (await all()).filter(({ street: name }) => {
    const known = folded(name);
    return wanted.every((word) => known.includes(word));
  });
  return matching.slice(0, MOST_FOUND).map((each) => {
    const at = number ? nearestNumber(each.numbers, number) : 0;
    const [lat, lng] = placesOf(each)[at]!;
    const label = number ? houseIn(each, at) : each.street;
    return { label, lat, lng, hasNumber: number !== undefined };
  });
}

/** The house that is nearest to a place; undefined where none is near. */
export async function addressNear(lat: number, lng: number): Promise<string | undefined> {
  const shrink = Math.cos((lat * Math.PI) / 180);
  let label: string | undefined;
  let least = NEAR_METERS / METERS_PER_DEGREE;
  for (const each of await all()) {
    for (const [i, [houseLat, houseLng]] of placesOf(each).entries()) {
      const distance = Math.hypot(houseLat - lat, (houseLng - lng) * shrink);
      if (distance < least) [label, least] = [houseIn(each, i), distance];
    }
  }
  return label;
}

/** Read once; a failure is tried again with the next question. */
function all(): Promise<StreetAddresses[]> {
  addresses ??= read().catch((error: unknown) => {
    addresses = undefined;
    throw error;
  });
  return addresses;
}

async function read(): Promise<StreetAddresses[]> {
  return (await (await fetch(addressesUrl)).json()) as StreetAddresses[];
}

/** Some houses have several numbers: the first will do. */
function houseIn({ street, numbers }: StreetAddresses, at: number): string {
  return `${street} ${numbers[at]!.split(',')[0]}`;
}

/** Without accents and in one case, as people type. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
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

function placesOf({ places }: StreetAddresses): [number, number][] {
  const found: [number, number][] = [];
  let lat = 0;
  let lng = 0;
  for (let i = 0; i < places.length; i += 2) {
    lat += places[i]!;
    lng += places[i + 1]!;
    found.push([lat / MILLIONTHS, lng / MILLIONTHS]);
  }
  return found;
}
