import { type Drive } from './drive.js';
import { type FixSource, type MeasuredFix } from './fix-source.js';
import { distanceMeters, towards, type Point } from './geography.js';

const INTERVAL_MS = 2_000;
/** A car that was away drives faster than its free drive, or it would never reach it again. */
const RETURN_SPEED_MPS = 20;

/**
 * A drive that can be interrupted: sent somewhere, the car goes straight there and waits; let go, it
 * drives to where its free drive is by then and follows that again. It never jumps.
 */
export class Detour implements Drive {
  private pending: MeasuredFix;
  private freeAt: Point;
  private place: Point;
  private timestamp = 0;
  private errand: { target: Point; speedMps: number } | undefined;
  private isFree = true;

  constructor(private readonly free: FixSource) {
    this.pending = free.next();
    this.freeAt = this.pending;
    this.place = this.pending;
  }

  get isAway(): boolean {
    return !this.isFree;
  }

  next(): MeasuredFix {
    if (this.isFree) return this.followFree();
    this.timestamp += INTERVAL_MS;
    if (this.errand) return this.step(this.errand.target, this.errand.speedMps);
    while (this.pending.timestamp <= this.timestamp) this.advanceFree();
    const fix = this.step(this.freeAt, RETURN_SPEED_MPS);
    this.isFree = distanceMeters(this.place, this.freeAt) === 0;
    return fix;
  }

  driveTo(target: Point, speedMps: number, now: number, from?: Point): number {
    if (this.isFree && from) this.place = from;
    this.isFree = false;
    this.timestamp = now;
    this.errand = { target, speedMps };
    const stepMeters = (speedMps * INTERVAL_MS) / 1_000;
    return Math.ceil(distanceMeters(this.place, target) / stepMeters) * INTERVAL_MS;
  }

  letGo(now: number): void {
    this.errand = undefined;
    this.timestamp = now;
  }

  private followFree(): MeasuredFix {
    const fix = this.pending;
    this.advanceFree();
    this.place = { lat: fix.lat, lng: fix.lng };
    return fix;
  }

  private advanceFree(): void {
    this.freeAt = { lat: this.pending.lat, lng: this.pending.lng };
    this.pending = this.free.next();
  }

  private step(target: Point, speedMps: number): MeasuredFix {
    this.place = towards(this.place, target, (speedMps * INTERVAL_MS) / 1_000);
    return { timestamp: this.timestamp, ...this.place };
  }
}
