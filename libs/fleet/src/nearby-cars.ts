import { randomBytes } from 'node:crypto';
import { type NearbyCar } from '#libs/contracts';
import { type FreeCar } from './free-cars.service.js';

/** What a viewer has to get: all cars (`nearby:snapshot`), or changes (`nearby:update`). */
export type NearbyChange =
  { reset: true; cars: NearbyCar[] } | { reset: false; changed: NearbyCar[]; left: string[] };

const ID_BYTES = 9;

/**
 * What one viewer is shown, and under which ids. They are random and forgotten with the car: nobody
 * can compute them from a driver, or compare them between viewers (NEAR2).
 */
export class NearbyCars {
  private shown = new Map<string, NearbyCar>();
  private needsReset = true;
  private rotatesAt = 0;

  /** @param idRotationMs after so long every car gets a new id */
  constructor(private readonly idRotationMs: number) {}

  /** The next change is a reset; cars that are still shown keep their ids. */
  startOver(): void {
    this.needsReset = true;
  }

  /**
   * Undefined when the viewer knows it all.
   * @param cars all that are to be shown now, nearest first
   * @param now epoch ms
   */
  show(cars: readonly FreeCar[], now: number): NearbyChange | undefined {
    if (now >= this.rotatesAt) {
      this.rotatesAt = now + this.idRotationMs;
      this.shown.clear();
      this.needsReset = true;
    }
    const before = this.shown;
    const shown = new Map<string, NearbyCar>();
    const changed: NearbyCar[] = [];
    for (const car of cars) {
      const known = before.get(car.driverId);
      if (known && isSame(known, car)) {
        shown.set(car.driverId, known);
        continue;
      }
      const told = toNearbyCar(known?.id ?? newId(), car);
      shown.set(car.driverId, told);
      changed.push(told);
    }
    this.shown = shown;
    if (this.needsReset) {
      this.needsReset = false;
      return { reset: true, cars: [...shown.values()] };
    }
    const left = [...before].flatMap(([driverId, { id }]) => (shown.has(driverId) ? [] : [id]));
    return changed.length === 0 && left.length === 0 ? undefined : { reset: false, changed, left };
  }
}

function isSame(known: NearbyCar, { lat, lng, heading }: FreeCar): boolean {
  return known.lat === lat && known.lng === lng && known.heading === heading;
}

function toNearbyCar(id: string, { lat, lng, heading }: FreeCar): NearbyCar {
  return heading === undefined ? { id, lat, lng } : { id, lat, lng, heading };
}

function newId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}
