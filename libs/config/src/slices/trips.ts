import { slice } from '../slice.js';

export const tripsConfig = slice('trips', (env) => ({
  /** The longest ride, straight from place to place. */
  maxRideKm: env.TRIP_MAX_RIDE_KM,
  stuckAfterMs: env.TRIP_STUCK_AFTER,
  archiveAfterMs: env.TRIP_ARCHIVE_AFTER,
  requestKeyTtlMs: env.TRIP_REQUEST_KEY_TTL,
  requestLimit: { requests: env.TRIP_REQUESTS, windowMs: env.TRIP_REQUESTS_WINDOW },
  timerIntervalMs: env.TRIP_TIMER_INTERVAL,
  odometerMs: env.TRIP_ODOMETER_INTERVAL,
  lostCheckMs: env.TRIP_LOST_CHECK_INTERVAL,
  followTickMs: env.TRIP_FOLLOW_TICK,
}));

/** Links by which a passenger lets others follow a trip. */
export const sharesConfig = slice('shares', (env) => ({
  ttlMs: env.SHARE_TTL,
  afterTripMs: env.SHARE_AFTER_TRIP,
  perTrip: env.SHARES_PER_TRIP,
  /** Of one link on one instance. */
  viewers: env.SHARE_VIEWERS,
  attempts: env.SHARE_ATTEMPTS,
  attemptsWindowMs: env.SHARE_ATTEMPTS_WINDOW,
}));

/** How a driver is looked for. */
export const dispatchConfig = slice('dispatch', (env) => ({
  radiiMeters: env.DISPATCH_RADII_METERS,
  batchSize: env.DISPATCH_BATCH_SIZE,
  maxOffers: env.DISPATCH_MAX_OFFERS,
  offerTtlMs: env.DISPATCH_OFFER_TTL,
  /** Null: apps need not confirm that an offer has come. */
  deliveryMs: env.DISPATCH_DELIVERY_ACK === 'optional' ? null : env.DISPATCH_DELIVERY_TIMEOUT,
  /** Whether a device that has never acknowledged an offer need not do so. */
  isDeliveryLearned: env.DISPATCH_DELIVERY_ACK === 'learned',
  searchMs: env.DISPATCH_SEARCH_TIME,
  retryIntervalMs: env.DISPATCH_RETRY_INTERVAL,
  maxPositionAgeMs: env.DISPATCH_MAX_POSITION_AGE,
  stalenessMps: env.DISPATCH_STALENESS_MPS,
}));

/** What estimates of distance and time assume. */
export const travelConfig = slice('travel', (env) => ({
  detourPercent: env.TRIP_DETOUR_PERCENT,
  assumedSpeedKmh: env.TRIP_ASSUMED_SPEED_KMH,
}));

export const faresConfig = slice('fares', (env) => ({
  policy: {
    currency: env.FARE_CURRENCY,
    base: env.FARE_BASE,
    perKm: env.FARE_PER_KM,
    perMinute: env.FARE_PER_MINUTE,
    minimum: env.FARE_MINIMUM,
    waitingFreeMs: env.FARE_WAITING_FREE,
    waitingPerMinute: env.FARE_WAITING_PER_MINUTE,
  },
  maxSurgeBasisPoints: env.FARE_MAX_SURGE_BASIS_POINTS,
  maxExtraFees: env.FARE_MAX_EXTRA_FEES,
}));
