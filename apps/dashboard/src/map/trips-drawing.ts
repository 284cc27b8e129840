import { type TripPlace, type TripView } from '#libs/contracts/browser';
import { placeOf, type FleetInView } from './fleet-in-view.js';
import { type Drawing, type Pen } from './map-overlay.js';

export interface TripsShown {
  /** Drawn thin. */
  all: Iterable<TripView>;
  /** Drawn above them and thick. */
  selected: TripView | null;
  /** Where the driver of the selected one is, when the car is not in view. */
  driverPlace: { lat: number; lng: number } | null;
}

const PICK_PIXELS = 12;

/**
 * Each trip as the straight line from pickup to dropoff, dashed, with a ring where the passenger gets
 * in and a square where the ride ends; from the car to where it drives the line is solid.
 */
export function tripsDrawing(fleet: FleetInView, shown: () => TripsShown): Drawing {
  return (pen) => {
    const { all, selected, driverPlace } = shown();
    for (const trip of all) {
      if (trip.id !== selected?.id) drawTrip(pen, trip, carOf(trip, fleet), false);
    }
    if (selected) drawTrip(pen, selected, carOf(selected, fleet) ?? driverPlace, true);
  };
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

function carOf({ driverId }: TripView, fleet: FleetInView): { lat: number; lng: number } | null {
  const car = driverId ? fleet.cars.get(driverId) : undefined;
  return car ? placeOf(car, performance.now()) : null;
}

function drawTrip(
  { context, project, color }: Pen,
  trip: TripView,
  car: { lat: number; lng: number } | null,
  isSelected: boolean,
): void {
  const isWaiting = trip.status === 'pending' || trip.status === 'assigning';
  const isRiding = trip.status === 'in_progress';
  const ink = color(isWaiting ? '--trip-waiting' : '--car-on-trip');
  const at = ({ lng, lat }: Pick<TripPlace, 'lat' | 'lng'>) => project(lng, lat);
  const stops = trip.stops.map(at);
  const pickup = at(trip.pickup);
  const planned = isRiding && car ? [at(car), ...stops] : [pickup, ...stops];
  const line = (points: readonly [number, number][], isSolid: boolean): void => {
    context.beginPath();
    points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
    context.setLineDash([]);
    if (isSelected) {
      context.lineWidth = 7;
      context.strokeStyle = color('--surface');
      context.stroke();
    }
    context.setLineDash(isSolid ? [] : isSelected ? [8, 6] : [4, 5]);
    context.lineWidth = isSelected ? 3.5 : 1.5;
    context.strokeStyle = ink;
    context.stroke();
  };
  context.globalAlpha = isSelected ? 1 : 0.75;
  context.lineCap = isSelected ? 'round' : 'butt';
  line(planned, isRiding && car !== null);
  if (!isRiding && !isWaiting && car) line([at(car), pickup], true);
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
