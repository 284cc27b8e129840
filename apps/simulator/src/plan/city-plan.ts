import { type FixSource } from '../drives/fix-source.js';
import { type CityClock } from './day.js';
import { DriverPlan, type Troubles } from './driver-plan.js';
import { PassengerPlan } from './passenger-plan.js';
import { type TripPlaces } from './trip-places.js';

/** What a run is planned from: the same gives the same plan. */
export interface PlanOptions {
  seed: number;
  drivers: number;
  passengers: number;
  clock: CityClock;
  places: TripPlaces;
  troubles: Troubles;
}

/** Something that somebody means to do. */
export interface PlannedEvent {
  /** Since the begin of the run, ms. */
  atMs: number;
  who: string;
  does: string;
  details?: object;
}

/** A place of each car is in the plan this often. */
const SHOWN_PLACE_MS = 30_000;

/**
 * What the people of a city mean to do, by a seed and nothing else: it asks no server and looks at
 * no clock. What becomes of it depends on others, e.g. a driver on a trip takes its break later.
 */
export class CityPlan {
  constructor(readonly options: PlanOptions) {}

  driver(index: number): DriverPlan {
    const { seed, clock, troubles } = this.options;
    return new DriverPlan(seed, index, clock, troubles);
  }

  passenger(index: number): PassengerPlan {
    const { seed, clock, places } = this.options;
    return new PassengerPlan(seed, index, clock, places);
  }

  /**
   * The plan of everybody up to a time, in its order.
   * @param driveOf how a driver drives from the begin of the run, 0 ms, while nobody asks for it
   */
  events(untilMs: number, driveOf: (plan: DriverPlan) => FixSource): PlannedEvent[] {
    const { drivers, passengers } = this.options;
    const events: PlannedEvent[] = [];
    for (let i = 0; i < drivers; i += 1) {
      const plan = this.driver(i);
      events.push(...driverEvents(plan, untilMs), ...placesOf(plan, driveOf(plan), untilMs));
    }
    for (let i = 0; i < passengers; i += 1)
      events.push(...passengerEvents(this.passenger(i), untilMs));
    return events.toSorted((a, b) => a.atMs - b.atMs);
  }
}

function* driverEvents(plan: DriverPlan, untilMs: number): Generator<PlannedEvent> {
  const who = `driver ${plan.index}`;
  yield { atMs: 0, who, does: 'has a phone', details: plan.phone };
  for (const { atMs, isOnDuty } of plan.shifts()) {
    if (atMs > untilMs) break;
    yield { atMs, who, does: isOnDuty ? 'works' : 'takes a break' };
  }
  for (const { atMs, kind, durationMs } of plan.troubles()) {
    if (atMs > untilMs) break;
    yield { atMs, who, does: `has trouble: ${kind}`, details: { durationMs } };
  }
  yield { atMs: 0, who, does: 'answers its first offer', details: plan.offer(0) };
  yield { atMs: 0, who, does: 'drives its first trip', details: plan.ride(0) };
}

function* placesOf(plan: DriverPlan, drive: FixSource, untilMs: number): Generator<PlannedEvent> {
  for (let shownMs = 0; shownMs <= untilMs; shownMs += SHOWN_PLACE_MS) {
    let fix = drive.next();
    while (fix.timestamp < shownMs) fix = drive.next();
    const { timestamp: atMs, lat, lng, isCovered = false } = fix;
    const does = isCovered ? 'is in a tunnel' : 'is there';
    if (atMs <= untilMs) yield { atMs, who: `driver ${plan.index}`, does, details: { lat, lng } };
  }
}

function* passengerEvents(plan: PassengerPlan, untilMs: number): Generator<PlannedEvent> {
  for (const { atMs, ...details } of plan.requests()) {
    if (atMs > untilMs) break;
    yield { atMs, who: `passenger ${plan.index}`, does: 'requests a trip', details };
  }
}
