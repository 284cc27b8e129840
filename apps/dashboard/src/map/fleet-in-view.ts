import {
  AvailabilityStatus,
  type ViewportCluster,
  type ViewportDriver,
  type ViewportFrame,
} from '#libs/contracts/browser';
import { mercator } from './projection.js';

/** How a car is coloured. */
export const CarLook = { available: 0, busy: 1, onTrip: 2, stale: 3 } as const;
export type CarLook = (typeof CarLook)[keyof typeof CarLook];

/** A car on the map, on its way from where it was shown to its newest fix. */
export interface Car {
  driverId: string;
  driver: ViewportDriver;
  look: CarLook;
  fromLat: number;
  fromLng: number;
  /** The same in Web Mercator, for whoever draws thousands of them: from where, and how far. */
  fromX: number;
  fromY: number;
  wayX: number;
  wayY: number;
  heading: number;
  /** When the movement began and when it ends, by the clock of this page, ms. */
  movesFrom: number;
  movesUntil: number;
}

/** A car is never shown further than its newest fix, and reaches that within this time. */
const LONGEST_MOVE_MS = 4_000;
/** Further than a car drives between two fixes: it is put there and not moved. */
const JUMP_DEGREES = 0.01;

/** The cars in view: newest fixes from the server, places in between for the eye. */
export class FleetInView {
  readonly cars = new Map<string, Car>();
  clusters: ViewportCluster[] = [];
  total = 0;
  /** When the newest frame came, by the clock of this page; 0 before the first. */
  heardAt = 0;
  /** What is known is too old to be shown as if it were new: the server has said nothing for a while. */
  isOld = false;
  private movesUntil = 0;
  /** Shown before a reset whose other parts are on their way: they stay until all of them are here. */
  private readonly unconfirmed = new Set<string>();

  /** @param isStill whether cars are put to their newest fix at once */
  constructor(private readonly isStill: () => boolean = () => false) {}

  /** @param now by the clock of this page, ms */
  apply(frame: ViewportFrame, now: number): void {
    if (frame.reset) for (const driverId of this.cars.keys()) this.unconfirmed.add(driverId);
    for (const driverId of frame.left) this.remove(driverId);
    for (const driver of frame.drivers) {
      this.unconfirmed.delete(driver.driverId);
      this.put(driver, now);
    }
    const isWhole = this.cars.size - this.unconfirmed.size >= frame.total;
    if (isWhole) for (const driverId of this.unconfirmed) this.remove(driverId);
    this.clusters = frame.clusters ?? [];
    if (frame.clusters) {
      this.cars.clear();
      this.unconfirmed.clear();
    }
    this.total = frame.total;
    this.heardAt = now;
  }

  /** Whether a picture of now differs from one of a moment ago. */
  isMoving(now: number): boolean {
    return now < this.movesUntil;
  }

  /** The car nearest to a place, within so many degrees. */
  nearest(lat: number, lng: number, withinDegrees: number, now: number): Car | undefined {
    let nearest: Car | undefined;
    let least = withinDegrees;
    for (const car of this.cars.values()) {
      const place = placeOf(car, now);
      const distance = Math.hypot(place.lat - lat, place.lng - lng);
      if (distance < least) [nearest, least] = [car, distance];
    }
    return nearest;
  }

  private remove(driverId: string): void {
    this.cars.delete(driverId);
    this.unconfirmed.delete(driverId);
  }

  private put(driver: ViewportDriver, now: number): void {
    const known = this.cars.get(driver.driverId);
    const isNewer = known && driver.timestamp > known.driver.timestamp;
    if (known && !isNewer) {
      known.driver = { ...driver };
      known.look = lookOf(driver);
      return;
    }
    const shown = known ? placeOf(known, now) : driver;
    const isJump =
      Math.abs(shown.lat - driver.lat) > JUMP_DEGREES ||
      Math.abs(shown.lng - driver.lng) > JUMP_DEGREES;
    const sinceLast = known ? driver.timestamp - known.driver.timestamp : 0;
    const moveMs = isJump || this.isStill() ? 0 : Math.min(LONGEST_MOVE_MS, Math.max(0, sinceLast));
    this.movesUntil = Math.max(this.movesUntil, now + moveMs);
    const from = isJump ? driver : shown;
    const [fromX, fromY] = mercator(from.lng, from.lat);
    const [toX, toY] = mercator(driver.lng, driver.lat);
    this.cars.set(driver.driverId, {
      driverId: driver.driverId,
      driver,
      look: lookOf(driver),
      fromLat: from.lat,
      fromLng: from.lng,
      fromX,
      fromY,
      wayX: toX - fromX,
      wayY: toY - fromY,
      heading: driver.heading ?? known?.heading ?? 0,
      movesFrom: now,
      movesUntil: now + moveMs,
    });
  }
}

/** Where a car is shown: on the straight line between two places where it has been. */
export function placeOf(car: Car, now: number): { lat: number; lng: number } {
  const { driver, fromLat, fromLng } = car;
  const share = shareOf(car, now);
  if (share === 1) return driver;
  return {
    lat: fromLat + (driver.lat - fromLat) * share,
    lng: fromLng + (driver.lng - fromLng) * share,
  };
}

/** How much of its way a car has gone, from 0 to 1. */
export function shareOf({ movesFrom, movesUntil }: Car, now: number): number {
  return now >= movesUntil ? 1 : (now - movesFrom) / (movesUntil - movesFrom);
}

function lookOf({ quality, currentTripId, availabilityStatus }: ViewportDriver): CarLook {
  if (quality !== 'live' && quality !== 'delayed') return CarLook.stale;
  if (currentTripId) return CarLook.onTrip;
  return availabilityStatus === AvailabilityStatus.available ? CarLook.available : CarLook.busy;
}
