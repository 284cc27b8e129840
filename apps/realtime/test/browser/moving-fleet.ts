import { setTimeout as sleep } from 'node:timers/promises';
import { type TestingModule } from '@nestjs/testing';
import { type Environment } from '#libs/config';
import { AvailabilityModule, AvailabilityService } from '#libs/drivers';
import { LocationModule, LocationService } from '#libs/location';
import { seededRandom, startModules } from '#libs/testing';

/** Within the first view of the map, clear of its edges. */
const CENTER = { lat: -34.885, lng: -56.17 };
const REACH = { lat: 0.045, lng: 0.09 };
/** About 40 km/h. */
const STEP_DEGREES_PER_SECOND = 0.0001;
const AT_ONCE = 500;

interface Car {
  driverId: string;
  lat: number;
  lng: number;
  radians: number;
}

/** Drivers who are written into Redis as instances write them, each with a fix every so often. */
export class MovingFleet {
  private readonly cars: Car[];
  private readonly random = seededRandom(11);
  private isStopped = false;
  private driving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly modules: TestingModule,
    count: number,
    private readonly intervalMs: number,
  ) {
    this.cars = Array.from({ length: count }, (_, i) => ({
      driverId: `car-${String(i).padStart(5, '0')}-of-the-measured-fleet`,
      lat: CENTER.lat + (this.random() * 2 - 1) * REACH.lat,
      lng: CENTER.lng + (this.random() * 2 - 1) * REACH.lng,
      radians: this.random() * 2 * Math.PI,
    }));
  }

  /** All are online, and drive until `stop`. */
  static async start(environment: Environment, count: number, intervalMs: number) {
    const modules = await startModules(environment, [AvailabilityModule, LocationModule]);
    const fleet = new MovingFleet(modules, count, intervalMs);
    const availability = modules.get(AvailabilityService);
    await fleet.forAll(async ({ driverId }) => {
      await availability.connect(driverId);
      await availability.updateStatus(driverId, { isOnline: true, isAvailableForTrips: true });
    });
    fleet.driving = fleet.drive();
    return fleet;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.driving;
    await this.modules.close();
  }

  private async forAll(act: (car: Car) => Promise<unknown>): Promise<void> {
    for (let i = 0; i < this.cars.length; i += AT_ONCE)
      await Promise.all(this.cars.slice(i, i + AT_ONCE).map(act));
  }

  /** A slice of the fleet at a time, so that fixes come evenly. */
  private async drive(): Promise<void> {
    const locations = this.modules.get(LocationService);
    const slices = Math.ceil(this.intervalMs / 100);
    for (let turn = 0; !this.isStopped; turn += 1) {
      const began = performance.now();
      const moved = this.cars.filter((_, i) => i % slices === turn % slices);
      await Promise.all(moved.map((car) => this.move(car, locations)));
      await sleep(Math.max(0, 100 - (performance.now() - began)));
    }
  }

  private move(car: Car, locations: LocationService): Promise<unknown> {
    const way = (STEP_DEGREES_PER_SECOND * this.intervalMs) / 1_000;
    car.radians += (this.random() - 0.5) * 0.8;
    const isOutside =
      Math.abs(car.lat - CENTER.lat) > REACH.lat || Math.abs(car.lng - CENTER.lng) > REACH.lng;
    if (isOutside) car.radians = Math.atan2(CENTER.lng - car.lng, CENTER.lat - car.lat);
    car.lat += Math.cos(car.radians) * way;
    car.lng += (Math.sin(car.radians) * way) / Math.cos((car.lat * Math.PI) / 180);
    const fix = {
      lat: Number(car.lat.toFixed(6)),
      lng: Number(car.lng.toFixed(6)),
      accuracy: 5,
      speed: 11,
      heading: Math.round(((car.radians * 180) / Math.PI + 360) % 360),
      timestamp: Date.now(),
    };
    return locations.record(car.driverId, [fix], 0);
  }
}
