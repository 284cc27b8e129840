import { slice } from '../slice.js';

/** How long a driver who is not heard stays on the map. */
export const driversConfig = slice('drivers', (env) => ({
  leaseTtlMs: env.DRIVER_LEASE,
  graceMs: env.DRIVER_GRACE,
  resumeWindowMs: env.DRIVER_RESUME_WINDOW,
  reaperIntervalMs: env.REAPER_INTERVAL,
}));

export const locationConfig = slice('location', (env) => ({
  shards: env.LOCATION_SHARDS,
  writeIntervalMs: env.LOCATION_WRITE_INTERVAL,
  maxAccuracyMeters: env.LOCATION_MAX_ACCURACY_METERS,
  maxSpeedMps: env.LOCATION_MAX_SPEED_MPS,
  jumpSlackMeters: env.LOCATION_JUMP_SLACK_METERS,
  maxFutureMs: env.LOCATION_MAX_FUTURE,
  maxAgeMs: env.LOCATION_MAX_AGE,
  historyLength: env.LOCATION_HISTORY_LENGTH,
  historyTtlMs: env.LOCATION_HISTORY_TTL,
  tracksOffline: env.LOCATION_TRACK_OFFLINE,
  nearbyMaxRadiusMeters: env.NEARBY_MAX_RADIUS_METERS,
}));

/** The age from which a position is called delayed, stale or lost. */
export const qualityConfig = slice('quality', (env) => ({
  delayedAfterMs: env.QUALITY_DELAYED_AFTER,
  staleAfterMs: env.QUALITY_STALE_AFTER,
  lostAfterMs: env.QUALITY_LOST_AFTER,
}));

export const fleetConfig = slice('fleet', (env) => ({ tickMs: env.FLEET_TICK }));

/** What a passenger is shown of the cars around. */
export const nearbyCarsConfig = slice('nearbyCars', (env) => ({
  limit: env.NEARBY_CARS_MAX,
  radiusMeters: env.NEARBY_CARS_RADIUS_METERS,
  tickMs: env.NEARBY_CARS_TICK,
  idRotationMs: env.NEARBY_CARS_ID_ROTATION,
  turnMs: env.NEARBY_CARS_TURN,
  turnsFromCars: env.NEARBY_CARS_TURNS_FROM,
}));
