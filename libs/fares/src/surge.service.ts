import { Inject, Injectable } from '@nestjs/common';
import { faresConfig, type ConfigType } from '#libs/config';
import { NO_SURGE_BASIS_POINTS, RequestError } from '#libs/contracts';
import { CELL_BITS, cellOf, centerOfCell, type Point } from '#libs/location';
import { SurgeStore, type StoredSurge } from './surge.store.js';

/**
 * Surge holds for whole cells of 360 / 2^15 degrees: 1.22 km from south to north, and that times
 * the cosine of the latitude from west to east (0.91 km in Rome).
 */
const SURGE_CELL_LEVEL = 15;
export const SURGE_CELL_DEGREES = 360 / 2 ** SURGE_CELL_LEVEL;

/** The number of the cell around a position. The poles are one place each, whatever their longitude. */
export function surgeCellOf({ lat, lng }: Point): number {
  return cellOf(lat, Math.abs(lat) === 90 ? 0 : lng) >>> (CELL_BITS - 2 * SURGE_CELL_LEVEL);
}

export function centerOfSurgeCell(cell: number): Point {
  return centerOfCell(cell, SURGE_CELL_LEVEL);
}

/** A city of 2,000 km²; a list of all is still read in one go. */
const MAX_SURGE_CELLS = 2_000;

/** The surge of one cell, named by its centre. */
export interface Surge extends Point {
  surgeBasisPoints: number;
  /** Epoch milliseconds. */
  endsAt: number;
}

/** The rules of surge: how high, how long and where. */
@Injectable()
export class SurgeService {
  private readonly maxSurgeBasisPoints: number;

  constructor(
    @Inject(faresConfig.KEY) settings: ConfigType<typeof faresConfig>,
    private readonly store: SurgeStore,
  ) {
    this.maxSurgeBasisPoints = settings.maxSurgeBasisPoints;
  }

  /** The multiplier for a ride that is requested there now; 10000 where there is no surge. */
  async surgeAt(point: Point): Promise<number> {
    return this.bounded((await this.store.read(surgeCellOf(point))) ?? NO_SURGE_BASIS_POINTS);
  }

  /**
   * Sets the surge of the cell around a point, in place of one that it has.
   * @throws RequestError VALIDATION_FAILED above FARE_MAX_SURGE_BASIS_POINTS, CONFLICT when too many cells have one
   */
  async set(point: Point, surgeBasisPoints: number, ttlMs: number): Promise<Surge> {
    if (surgeBasisPoints > this.maxSurgeBasisPoints) {
      throw new RequestError('VALIDATION_FAILED', {
        details: [`surgeBasisPoints must not be greater than ${this.maxSurgeBasisPoints}`],
      });
    }
    const cell = surgeCellOf(point);
    const endsAt = await this.store.set(cell, surgeBasisPoints, ttlMs, MAX_SURGE_CELLS);
    if (endsAt === null) {
      throw new RequestError('CONFLICT', {
        message: `${MAX_SURGE_CELLS} other cells have a surge. Take it from some of them first.`,
      });
    }
    return this.toSurge({ cell, surgeBasisPoints, endsAt });
  }

  /** Those that hold now, the first to end first. */
  async list(): Promise<Surge[]> {
    return (await this.store.list()).map((stored) => this.toSurge(stored));
  }

  /** @throws RequestError NOT_FOUND when the cell around the point has no surge */
  async clear(point: Point): Promise<void> {
    if (await this.store.clear(surgeCellOf(point))) return;
    throw new RequestError('NOT_FOUND', { message: 'The cell around this point has no surge.' });
  }

  private toSurge({ cell, surgeBasisPoints, endsAt }: StoredSurge): Surge {
    return {
      ...centerOfSurgeCell(cell),
      surgeBasisPoints: this.bounded(surgeBasisPoints),
      endsAt,
    };
  }

  /** The operator may have lowered the bound since the surge was set. */
  private bounded(surgeBasisPoints: number): number {
    return Math.min(surgeBasisPoints, this.maxSurgeBasisPoints);
  }
}
