import { type CityPoint } from '#libs/city/browser';
import { type TripPlace, type TripView } from '#libs/contracts/browser';
import { placeOf, type FleetInView } from './fleet-in-view.js';
import { type Drawing, type Pen } from './map-overlay.js';
import { NO_WAYS, type TripWays, type WaysOfTrips } from './trip-ways.js';

export interface TripsShown {
  /** Drawn thin. */
  all: Iterable<TripView>;
  /** Drawn above them and thick. */
  selected: TripView | null;
  /** Where the driver of the selected one is, when the car is not in view. */
  driverPlace: CityPoint | null;
}

const PICK_PIXELS = 12;
/** Of what is driven only after what is driven now. */
const LATER_ALPHA = 0.55;

/**
 * Each trip with a ring where the passenger gets in and a square where the ride ends, along the streets
 * as soon as they are known; a dashed straight line: the way is not known.
 */
export function tripsDrawing(
  fleet: FleetInView,
  ways: WaysOfTrips,
  shown: () => TripsShown,
): Drawing {
  return (pen) => {
    const { all, selected, driverPlace } = shown();
    ways.begin();
    const chosenCar = selected && (carOf(selected, fleet) ?? driverPlace);
    // Its ways are searched before those of others.
    const chosenWays = selected && ways.of(selected, chosenCar, true);
    for (const trip of all) {
      if (trip.id === selected?.id) continue;
      const car = carOf(trip, fleet);
      drawTrip(pen, trip, car, isInView(pen, trip, car) ? ways.of(trip, car) : NO_WAYS, false);
    }
    if (selected) drawTrip(pen, selected, chosenCar, chosenWays!, true);
  };
}

/** Whether a part of the trip may be in view. */
function isInView({ project, width, height }: Pen, trip: TripView, car: CityPoint | null): boolean {
  const places = [trip.pickup, ...trip.stops, ...(car ? [car] : [])];
  const [xs, ys] = [0, 1].map((axis) => places.map(({ lng, lat }) => project(lng, lat)[axis]!));
  const [left, right] = [Math.min(...xs!), Math.max(...xs!)];
  const [top, bottom] = [Math.min(...ys!), Math.max(...ys!)];
  return right > 0 && left < width && bottom > 0 && top < height;
}

/** The trip whose pickup or dropoff is there, pixels of CSS. */
export function tripAt(
  trips: Iterable<TripView>,
  x: number,
  y: number,
  project: Pen['project'],
): TripView | undefined {
  let nearest: TripView | undefined;
  let least = PICK_PIXELS;
  for (const trip of trips) {
    for (const { lat, lng } of [trip.pickup, ...trip.stops]) {
      const [left, top] = project(lng, lat);
      const distance = Math.hypot(left - x, top - y);
      if (distance < least) [nearest, least] = [trip, distance];
    }
  }
  return nearest;
}

function carOf({ driverId }: TripView, fleet: FleetInView): CityPoint | null {
  const car = driverId ? fleet.cars.get(driverId) : undefined;
  return car ? placeOf(car, performance.now()) : null;
}

function drawTrip(
  { context, project, color }: Pen,
  trip: TripView,
  car: CityPoint | null,
  { whole, ahead }: TripWays,
  isSelected: boolean,
): void {
  const isWaiting = trip.status === 'pending' || trip.status === 'assigning';
  const isRiding = trip.status === 'in_progress';
  const isComing = trip.status === 'accepted' || trip.status === 'arriving';
  const ink = color(isWaiting ? '--trip-waiting' : '--car-on-trip');
  const at = ({ lng, lat }: Pick<TripPlace, 'lat' | 'lng'>) => project(lng, lat);
  const stops = trip.stops.map(at);
  const pickup = at(trip.pickup);
  const line = (points: readonly [number, number][], isAlongStreets: boolean): void => {
    context.beginPath();
    points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    context.setLineDash([]);
    if (isSelected) {
      context.lineWidth = 7;
      context.strokeStyle = color('--surface');
      context.stroke();
    }
    context.setLineDash(isAlongStreets ? [] : isSelected ? [8, 6] : [4, 5]);
    context.lineWidth = isSelected ? 3.5 : 1.5;
    context.strokeStyle = ink;
    context.stroke();
  };
  const now = isSelected ? 1 : 0.75;
  context.lineCap = isSelected ? 'round' : 'butt';
  context.lineJoin = 'round';
  if (!isRiding || !car) {
    context.globalAlpha = isComing && car ? now * LATER_ALPHA : now;
    line(whole ? whole.map(at) : [pickup, ...stops], whole !== null);
  }
  if ((isRiding || isComing) && car) {
    context.globalAlpha = now;
    const straight = isRiding ? [at(car), ...stops] : [at(car), pickup];
    line(ahead ? ahead.map(at) : straight, ahead !== null);
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
  const size = isSelected ? 6.5 : 4;
  context.lineWidth = isSelected ? 3.5 : 2;
  context.strokeStyle = ink;
  context.fillStyle = color('--surface');
  if (!isRiding || isSelected) {
    context.beginPath();
    context.arc(...pickup, size, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
  stops.forEach(([x, y], i) => {
    const side = i === stops.length - 1 ? size : size * 0.7;
    context.fillStyle = ink;
    context.fillRect(x - side, y - side, 2 * side, 2 * side);
    context.lineWidth = 1.5;
    context.strokeStyle = color('--surface');
    context.strokeRect(x - side, y - side, 2 * side, 2 * side);
  });
}
