import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, travelConfig, type ConfigType } from '#libs/config';
import { type AvailabilitySnapshot, type FramedPosition } from '#libs/contracts';
import {
  AvailabilityService,
  isMatchable,
  toAvailabilitySnapshot,
  type DriverState,
} from '#libs/drivers';
import { estimateEtaMs, LocationService, type NearbyPosition, type Point } from '#libs/location';
import { toFramedPosition } from './fleet-payloads.js';

export interface NearbyQuery {
  center: Point;
  radiusMeters: number;
  limit: number;
  /** Also drivers that are live but may not be offered trips. Default false. */
  includeUnavailable?: boolean;
  /** Leave out positions older than this. Default: none is left out. */
  maxAgeMs?: number;
}

export interface NearbyDriver extends AvailabilitySnapshot {
  distanceMeters: number;
  /** That the driver would need to the point: the straight distance at TRIP_ASSUMED_SPEED_KMH. */
  etaMs: number;
  /** With its age and quality, for callers that weigh distance by freshness. */
  position: FramedPosition;
}

/** Drivers are asked for in steps of this many, nearest first, until enough are found. */
const STEP = 500;

/** Who is near: positions from the location store, joined with who is live and free. */
@Injectable()
export class NearbyDriversService {
  constructor(
    @Inject(qualityConfig.KEY) private readonly settings: ConfigType<typeof qualityConfig>,
    @Inject(travelConfig.KEY) private readonly travel: ConfigType<typeof travelConfig>,
    private readonly locations: LocationService,
    private readonly availability: AvailabilityService,
  ) {}

  /** Nearest first. */
  async find(query: NearbyQuery): Promise<NearbyDriver[]> {
    const now = Date.now();
    const maxAgeMs = query.maxAgeMs ?? Number.POSITIVE_INFINITY;
    const near = (await this.locations.near(query.center, query.radiusMeters)).filter(
      ({ position }) => now - position.timestamp <= maxAgeMs,
    );
    const found: NearbyDriver[] = [];
    for (let first = 0; first < near.length && found.length < query.limit; first += STEP) {
      const step = near.slice(first, first + STEP);
      const states = await this.availability.states(step.map(({ driverId }) => driverId));
      step.forEach((entry, i) => {
        const state = states[i];
        if (!state?.live || found.length >= query.limit) return;
        if (query.includeUnavailable || isMatchable(state))
          found.push(this.toNearbyDriver(entry, state, now));
      });
    }
    return found;
  }

  private toNearbyDriver(entry: NearbyPosition, state: DriverState, now: number): NearbyDriver {
    return {
      ...toAvailabilitySnapshot(state, entry.position),
      distanceMeters: Math.round(entry.distanceMeters),
      etaMs: estimateEtaMs(entry.distanceMeters, this.travel.assumedSpeedKmh),
      position: toFramedPosition(entry.driverId, entry.position, now, this.settings),
    };
  }
}
