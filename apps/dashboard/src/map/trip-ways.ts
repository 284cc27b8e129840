import { metersBetween, type CityPoint } from '#libs/city/browser';
import { type TripView } from '#libs/contracts/browser';

export type Way = readonly CityPoint[];

/** The fastest way along the streets from place to place; null where there is none, or it is not known. */
type FindWay = (places: readonly CityPoint[]) => Promise<Way | null>;

/** Of a trip, along the streets; null where that is not known. */
export interface TripWays {
  /** From the pickup to the dropoff. */
  whole: Way | null;
  /** From where the car is to where it drives. */
  ahead: Way | null;
}

export const NO_WAYS: TripWays = { whole: null, ahead: null };

/** So many lines are all that an eye can follow; the others are straight. */
const MOST_TRIPS = 150;
/** A car that is farther from its way has taken another one. */
const OFF_WAY_METERS = 80;
/** A place is on each stretch that is as near as this, beside the nearest. */
const SAME_PLACE_METERS = 8;
/** How far ahead a car is looked for on its way. */
const LOOKED_METERS = 500;
const ASK_AGAIN_MS = 5_000;
/** What was not found, or could not be read. */
const RETRY_MS = 60_000;

interface KnownWay {
  /** What it was asked for. */
  key: string;
  askedAt: number;
  way: Way | null;
}

interface KnownTrip {
  drawnIn: number;
  whole?: KnownWay;
  ahead?: KnownWay;
}

type Part = 'whole' | 'ahead';

/**
 * The ways of the trips that are drawn. Each drawing says which it needs; they are searched one at a
 * time, the first that is needed first, and the next drawing has what was found.
 */
export class WaysOfTrips {
  private readonly known = new Map<string, KnownTrip>();
  private drawing = 0;
  private isAsking = false;

  /**
   * @param found told when another way is known
   * @param now ms, of any clock
   */
  constructor(
    private readonly find: FindWay,
    private readonly found: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A drawing begins: trips that the last one did not need make room. */
  begin(): void {
    this.drawing += 1;
    if (this.known.size < MOST_TRIPS) return;
    for (const [id, { drawnIn }] of this.known)
      if (drawnIn < this.drawing - 1) this.known.delete(id);
  }

  /** @param isSelected whether it is one of those that are never too many */
  of(trip: TripView, car: CityPoint | null, isSelected = false): TripWays {
    const known = this.known.get(trip.id) ?? { drawnIn: 0 };
    if (!this.known.has(trip.id)) {
      if (!isSelected && this.known.size >= MOST_TRIPS) return NO_WAYS;
      this.known.set(trip.id, known);
    }
    known.drawnIn = this.drawing;
    const { pickup, stops, status } = trip;
    const isRiding = status === 'in_progress';
    const isComing = status === 'accepted' || status === 'arriving';
    const ahead = car && (isRiding || isComing);
    return {
      ahead: ahead ? this.ahead(known, car, isRiding ? stops : [pickup]) : null,
      whole: ahead && isRiding ? null : this.whole(known, [pickup, ...stops]),
    };
  }

  private whole(known: KnownTrip, places: readonly CityPoint[]): Way | null {
    const key = keyOf(places);
    if (this.isDue(known.whole, key)) this.ask(known, 'whole', key, places);
    return known.whole?.key === key ? known.whole.way : null;
  }

  private ahead(known: KnownTrip, car: CityPoint, targets: readonly CityPoint[]): Way | null {
    const key = keyOf(targets);
    if (this.isDue(known.ahead, key)) this.ask(known, 'ahead', key, [car, ...targets]);
    const { ahead } = known;
    if (ahead?.key !== key || !ahead.way) return null;
    const { stretch, meters } = placeOn(ahead.way, car);
    // The search of the next frame begins where the car is now.
    if (stretch > 0) ahead.way = ahead.way.slice(stretch);
    if (meters > OFF_WAY_METERS && this.now() - ahead.askedAt > ASK_AGAIN_MS)
      this.ask(known, 'ahead', key, [car, ...targets]);
    return [car, ...ahead.way.slice(1)];
  }

  private isDue(known: KnownWay | undefined, key: string): boolean {
    if (known?.key !== key) return true;
    return known.way === null && this.now() - known.askedAt > RETRY_MS;
  }

  private ask(known: KnownTrip, part: Part, key: string, places: readonly CityPoint[]): void {
    if (this.isAsking) return;
    this.isAsking = true;
    const plain = places.map(({ lat, lng }) => ({ lat, lng }));
    const note = (way: Way | null): void => {
      this.isAsking = false;
      known[part] = { key, askedAt: this.now(), way };
      this.found();
    };
    // One search that fails must not be the last.
    this.find(plain).then(note, () => note(null));
  }
}

function keyOf(places: readonly CityPoint[]): string {
  return places.map(({ lat, lng }) => `${lat},${lng}`).join(' ');
}

/**
 * The stretch of a way on which a place is, by its first point: the last one where several are as near,
 * so that a car does not turn back to the junction that the search began at.
 */
export function placeOn(way: Way, place: CityPoint): { stretch: number; meters: number } {
  const distances: number[] = [];
  let driven = 0;
  for (let i = 0; i + 1 < way.length && driven <= LOOKED_METERS; i += 1) {
    distances.push(metersToStretch(place, way[i]!, way[i + 1]!));
    // Somewhere on the first stretch it is.
    if (i > 0) driven += metersBetween(way[i]!, way[i + 1]!);
  }
  const meters = Math.min(...distances);
  const stretch = distances.findLastIndex((each) => each <= meters + SAME_PLACE_METERS);
  return { stretch: Math.max(0, stretch), meters };
}

/** As on a plane: a stretch of a street is short. */
function metersToStretch(place: CityPoint, from: CityPoint, to: CityPoint): number {
  const perEast = Math.cos((from.lat * Math.PI) / 180);
  const [east, north] = [(to.lng - from.lng) * perEast, to.lat - from.lat];
  const [placeEast, placeNorth] = [(place.lng - from.lng) * perEast, place.lat - from.lat];
  const length = east ** 2 + north ** 2;
  const along = length === 0 ? 0 : (placeEast * east + placeNorth * north) / length;
  const share = Math.min(1, Math.max(0, along));
  return metersBetween(place, {
    lat: from.lat + (to.lat - from.lat) * share,
    lng: from.lng + (to.lng - from.lng) * share,
  });
}
