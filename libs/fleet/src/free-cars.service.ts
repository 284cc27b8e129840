import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, type ConfigType } from '#libs/config';
import { wrapLongitude } from '#libs/contracts';
import { AvailabilityService, isMatchable } from '#libs/drivers';
import { ageMs, LocationService, type StoredPosition } from '#libs/location';
import { CarTurns } from './car-turns.js';
import { type NearbyTiles } from './nearby-tiles.js';

/** A car that may be offered trips, as exactly as passengers may know it. */
export interface FreeCar {
  /** Tells cars apart in here; never sent to a passenger. */
  driverId: string;
  lat: number;
  lng: number;
  heading?: number;
}

export type FreeCarsByTile = ReadonlyMap<number, readonly FreeCar[]>;

const HEADING_STEP_DEGREES = 10;

/** The cars that may be offered trips and are shown now, in all tiles that somebody looks at: each is read once. */
@Injectable()
export class FreeCarsService {
  constructor(
    @Inject(qualityConfig.KEY) private readonly settings: ConfigType<typeof qualityConfig>,
    private readonly locations: LocationService,
    private readonly availability: AvailabilityService,
    private readonly turns: CarTurns,
  ) {}

  /**
   * Positions are rounded here, before anything is decided by them: moving the circle about shows no
   * more of a car than what is shown of it.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async find(tiles: NearbyTiles, wanted: Iterable<number>): Promise<FreeCarsByTile> {
    const now = Date.now();
    await this.turns.begin(now);
    const ranges = [...wanted].map((tile) => tiles.rangeOf(tile));
    const fresh = (await this.locations.within(ranges)).filter(({ position }) =>
      this.isFresh(position, now),
    );
    const states = await this.availability.states(fresh.map(({ driverId }) => driverId));
    const free = new Map<number, FreeCar[]>();
    fresh.forEach(({ driverId, position }, i) => {
      const state = states[i];
      if (!state || !isMatchable(state)) return;
      const car = toFreeCar(driverId, position);
      const tile = tiles.tileOf(car);
      const cars = free.get(tile);
      if (cars) cars.push(car);
      else free.set(tile, [car]);
    });
    const shown = new Map<number, readonly FreeCar[]>();
    for (const [tile, cars] of free) shown.set(tile, this.turns.shownOf(cars));
    return shown;
  }

  private isFresh({ timestamp }: StoredPosition, now: number): boolean {
    return ageMs(timestamp, now) < this.settings.staleAfterMs;
  }
}

function toFreeCar(driverId: string, { lat, lng, heading }: StoredPosition): FreeCar {
  const car: FreeCar = { driverId, lat: roundPlace(lat), lng: wrapLongitude(roundPlace(lng)) };
  if (heading !== undefined) {
    car.heading = (Math.round(heading / HEADING_STEP_DEGREES) * HEADING_STEP_DEGREES) % 360;
  }
  return car;
}

/** To 0.0001 degrees, 11 m at most. */
function roundPlace(degrees: number): number {
  return Math.round(degrees * 1e4) / 1e4;
}
