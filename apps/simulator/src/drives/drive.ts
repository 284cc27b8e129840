import { type FixSource } from './fix-source.js';
import { type Point } from './geography.js';

/** A drive that can be interrupted: the car is sent somewhere, waits there, and is let go again. */
export interface Drive extends FixSource {
  /** Whether it is somewhere else than on its free drive. */
  readonly isAway: boolean;
  /**
   * From now on to a place; the next fix belongs to that.
   * @param from where the server believes the car to be; else where this drive has brought it
   * @param now epoch ms
   * @returns how long it takes, ms
   */
  driveTo(target: Point, speedMps: number, now: number, from?: Point): number;
  /** Back to the free drive; the next fix belongs to the way there. */
  letGo(now: number): void;
}
