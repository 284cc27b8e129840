import { type FixSource, type MeasuredFix } from './fix-source.js';
import {
  bearingDegrees,
  distanceMeters,
  moved,
  turnDegrees,
  wrapDegrees,
  type Point,
} from './geography.js';

export const FIX_INTERVAL_MS = 3_000;
const ROME: Point = { lat: 41.9028, lng: 12.4964 };
const CITY_RADIUS_METERS = 5_000;
const STEP_SECONDS = 1;
const ACCELERATION = 1.5;
const BRAKING = 2.5;
const CORNER_SPEED = 4;
const MAX_TURN_PER_STEP = 25;
const STOP_CHANCE = 0.35;

/** A car without a map: straight legs at city speed, corners, stops at lights. */
export class GeneratedDriver implements FixSource {
  private place: Point;
  private heading: number;
  private wantedHeading: number;
  private speed = 0;
  private cruisingSpeed: number;
  private legMeters: number;
  private waitSeconds = 0;
  private timestamp: number;

  /** @param random 0 to 1, as Math.random; tests give their own */
  constructor(
    startAt: number,
    private readonly random: () => number = Math.random,
  ) {
    this.place = moved(ROME, random() * 360, Math.sqrt(random()) * CITY_RADIUS_METERS);
    this.heading = Math.floor(random() * 4) * 90 + this.between(-15, 15);
    this.wantedHeading = this.heading;
    this.cruisingSpeed = this.between(8, 14);
    this.legMeters = this.between(50, 500);
    this.timestamp = Math.round(startAt + random() * FIX_INTERVAL_MS) - FIX_INTERVAL_MS;
  }

  next(): MeasuredFix {
    this.timestamp += FIX_INTERVAL_MS;
    for (let passedMs = 0; passedMs < FIX_INTERVAL_MS; passedMs += STEP_SECONDS * 1_000)
      this.step();
    const accuracy = this.between(3, 10);
    const measured = moved(this.place, this.random() * 360, (this.random() * accuracy) / 3);
    return {
      timestamp: this.timestamp,
      lat: rounded(measured.lat, 7),
      lng: rounded(measured.lng, 7),
      accuracy: rounded(accuracy, 1),
      heading: rounded(wrapDegrees(this.heading), 1),
      speed: rounded(this.speed, 1),
    };
  }

  private step(): void {
    if (this.waitSeconds > 0) {
      this.speed = 0;
      this.waitSeconds -= STEP_SECONDS;
      return;
    }
    const turn = turnDegrees(this.heading, this.wantedHeading);
    // A car turns by rolling, so it turns no more than its speed allows.
    const maxTurn = Math.min(MAX_TURN_PER_STEP, this.speed * 6);
    this.heading = wrapDegrees(this.heading + Math.max(-maxTurn, Math.min(maxTurn, turn)));
    const wantedSpeed = this.wantedSpeed(turn);
    this.speed =
      wantedSpeed > this.speed
        ? Math.min(wantedSpeed, this.speed + ACCELERATION * STEP_SECONDS)
        : Math.max(wantedSpeed, this.speed - BRAKING * STEP_SECONDS);
    const meters = this.speed * STEP_SECONDS;
    this.place = moved(this.place, this.heading, meters);
    this.legMeters -= meters;
    if (this.legMeters <= 0) this.beginLeg();
  }

  private wantedSpeed(turn: number): number {
    if (Math.abs(turn) > 10) return CORNER_SPEED;
    const beforeCorner = Math.sqrt(CORNER_SPEED ** 2 + 2 * BRAKING * Math.max(0, this.legMeters));
    return Math.min(this.cruisingSpeed, beforeCorner);
  }

  private beginLeg(): void {
    this.legMeters = this.between(120, 700);
    this.cruisingSpeed = this.between(8, 14);
    if (this.random() < STOP_CHANCE) this.waitSeconds = Math.round(this.between(4, 25));
    if (distanceMeters(ROME, this.place) > CITY_RADIUS_METERS) {
      this.wantedHeading = wrapDegrees(bearingDegrees(this.place, ROME) + this.between(-30, 30));
      return;
    }
    const choice = this.random();
    const corner = choice < 0.35 ? -90 : choice < 0.7 ? 90 : 0;
    this.wantedHeading = wrapDegrees(this.heading + corner + this.between(-12, 12));
  }

  private between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
