import { type StreetGraph } from '#libs/city';
import { type Point } from '../drives/geography.js';
import { Habits } from './habits.js';

const PICKUP_METERS = 250;
const RIDE_METERS = 700;

/** Passengers who stand and get off at streets, and rides that keep to them. */
export class StreetHabits extends Habits {
  constructor(
    private readonly graph: StreetGraph,
    private readonly chance: () => number = Math.random,
  ) {
    super(chance);
  }

  override pickupNear(car: Point): Point {
    return this.driveFrom(car, PICKUP_METERS);
  }

  override dropoffFrom(pickup: Point): Point {
    return this.driveFrom(pickup, RIDE_METERS);
  }

  /** Where a car that turns as it likes is after so many metres, at a junction. */
  private driveFrom(place: Point, meters: number): Point {
    const { graph } = this;
    let junction = graph.nearestJunction(place);
    let before = -1;
    for (let driven = 0; driven < meters;) {
      const ways = graph.streetsFrom(junction);
      const ahead = ways.filter(({ to }) => to !== before);
      const street = (ahead.length > 0 ? ahead : ways)[
        Math.floor(this.chance() * (ahead.length || ways.length))
      ]!;
      before = junction;
      junction = street.to;
      driven += street.meters;
    }
    const { lat, lng } = graph.junctions[junction]!;
    return { lat, lng };
  }
}
