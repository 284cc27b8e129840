import { type Environment } from './environment.schema.js';

/** The typed settings that the rest of the code is given; durations are milliseconds. */
export function toConfiguration(env: Environment) {
  return {
    production: env.NODE_ENV === 'production',
    logLevel: env.LOG_LEVEL,
    http: {
      port: env.PORT,
      host: env.HOST,
      corsOrigins: env.CORS_ORIGINS,
      trustProxyHops: env.TRUST_PROXY_HOPS,
    },
    redis: {
      url: env.REDIS_URL,
      keyPrefix: env.REDIS_KEY_PREFIX,
      commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT,
    },
    tokens: {
      mode: env.JWT_MODE,
      algorithm: env.JWT_ALGORITHM,
      accessSecret: env.JWT_ACCESS_SECRET,
      refreshSecret: env.JWT_REFRESH_SECRET,
      privateKey: env.JWT_PRIVATE_KEY,
      publicKey: env.JWT_PUBLIC_KEY,
      jwksUrl: env.JWT_JWKS_URL,
      issuer: env.JWT_ISSUER,
      audiences: env.JWT_AUDIENCE,
      accessTtlMs: env.JWT_ACCESS_EXPIRES_IN,
      refreshTtlMs: env.JWT_REFRESH_EXPIRES_IN,
    },
    cookies: {
      secure: env.COOKIE_SECURE,
      sameSite: env.COOKIE_SAME_SITE,
      domain: env.COOKIE_DOMAIN,
    },
    accounts: {
      firstAdmin:
        env.FIRST_ADMIN_EMAIL !== undefined && env.FIRST_ADMIN_PASSWORD !== undefined
          ? { email: env.FIRST_ADMIN_EMAIL, password: env.FIRST_ADMIN_PASSWORD }
          : undefined,
      newAdminPassword: env.ADMIN_PASSWORD,
      adminApiKey: env.ADMIN_API_KEY,
      maxSessionsPerUser: env.MAX_SESSIONS_PER_USER,
      loginAttemptsPerAccount: env.LOGIN_ATTEMPTS_PER_ACCOUNT,
      loginAttemptsPerAddress: env.LOGIN_ATTEMPTS_PER_ADDRESS,
      loginAttemptsWindowMs: env.LOGIN_ATTEMPTS_WINDOW,
    },
    sockets: {
      path: env.WS_PATH,
      origins: env.WS_CORS_ORIGIN,
      transports: env.WS_TRANSPORTS as ('websocket' | 'polling')[],
      pingIntervalMs: env.WS_PING_INTERVAL,
      pingTimeoutMs: env.WS_PING_TIMEOUT,
      connectTimeoutMs: env.WS_CONNECT_TIMEOUT,
      maxPayloadBytes: env.WS_MAX_PAYLOAD_BYTES,
      maxConnections: env.WS_MAX_CONNECTIONS,
      maxConnectionsPerUser: env.WS_MAX_CONNECTIONS_PER_USER,
      maxConnectionsPerAddress: env.WS_MAX_CONNECTIONS_PER_ADDRESS,
      maxRoomsPerSocket: env.WS_MAX_ROOMS_PER_SOCKET,
      connectsPerSecond: env.WS_CONNECTS_PER_SECOND,
      requestDeadlineMs: env.WS_REQUEST_DEADLINE,
      queueLength: env.WS_QUEUE_LENGTH,
      ratePerSecond: env.WS_RATE_PER_SECOND,
      rateBurst: env.WS_RATE_BURST,
      maxBufferedBytes: env.WS_MAX_BUFFERED_BYTES,
      authExpiringNoticeMs: env.AUTH_EXPIRING_NOTICE,
      drainPeriodMs: env.DRAIN_PERIOD,
    },
    drivers: {
      leaseTtlMs: env.DRIVER_LEASE,
      graceMs: env.DRIVER_GRACE,
      resumeWindowMs: env.DRIVER_RESUME_WINDOW,
      reaperIntervalMs: env.REAPER_INTERVAL,
    },
    location: {
      shards: env.LOCATION_SHARDS,
      writeIntervalMs: env.LOCATION_WRITE_INTERVAL,
      maxAccuracyMeters: env.LOCATION_MAX_ACCURACY_METERS,
      maxSpeedMps: env.LOCATION_MAX_SPEED_MPS,
      jumpSlackMeters: env.LOCATION_JUMP_SLACK_METERS,
      maxFutureMs: env.LOCATION_MAX_FUTURE,
      maxAgeMs: env.LOCATION_MAX_AGE,
      historyLength: env.LOCATION_HISTORY_LENGTH,
      historyTtlMs: env.LOCATION_HISTORY_TTL,
      nearbyMaxRadiusMeters: env.NEARBY_MAX_RADIUS_METERS,
    },
    quality: {
      delayedAfterMs: env.QUALITY_DELAYED_AFTER,
      staleAfterMs: env.QUALITY_STALE_AFTER,
      lostAfterMs: env.QUALITY_LOST_AFTER,
    },
    fleet: { tickMs: env.FLEET_TICK },
    fares: {
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
    },
    travel: {
      detourPercent: env.TRIP_DETOUR_PERCENT,
      assumedSpeedKmh: env.TRIP_ASSUMED_SPEED_KMH,
    },
    dispatch: {
      radiiMeters: env.DISPATCH_RADII_METERS,
      batchSize: env.DISPATCH_BATCH_SIZE,
      maxOffers: env.DISPATCH_MAX_OFFERS,
      offerTtlMs: env.DISPATCH_OFFER_TTL,
      /** Null: apps need not confirm that an offer has come. */
      deliveryMs: env.DISPATCH_DELIVERY_ACK === 'required' ? env.DISPATCH_DELIVERY_TIMEOUT : null,
      searchMs: env.DISPATCH_SEARCH_TIME,
      retryIntervalMs: env.DISPATCH_RETRY_INTERVAL,
      maxPositionAgeMs: env.DISPATCH_MAX_POSITION_AGE,
      stalenessMps: env.DISPATCH_STALENESS_MPS,
    },
    trips: {
      stuckAfterMs: env.TRIP_STUCK_AFTER,
      archiveAfterMs: env.TRIP_ARCHIVE_AFTER,
      requestKeyTtlMs: env.TRIP_REQUEST_KEY_TTL,
      requestLimit: { requests: env.TRIP_REQUESTS, windowMs: env.TRIP_REQUESTS_WINDOW },
      timerIntervalMs: env.TRIP_TIMER_INTERVAL,
      odometerMs: env.TRIP_ODOMETER_INTERVAL,
      lostCheckMs: env.TRIP_LOST_CHECK_INTERVAL,
      followTickMs: env.TRIP_FOLLOW_TICK,
    },
    nearbyCars: {
      limit: env.NEARBY_CARS_MAX,
      radiusMeters: env.NEARBY_CARS_RADIUS_METERS,
      tickMs: env.NEARBY_CARS_TICK,
      idRotationMs: env.NEARBY_CARS_ID_ROTATION,
    },
    exports: {
      streamMaxLength: env.EXPORT_STREAM_MAX_LENGTH,
      streamKeep: env.EXPORT_STREAM_KEEP,
      trimIntervalMs: env.EXPORT_TRIM_INTERVAL,
    },
    webhooks: {
      urls: env.WEBHOOK_URL ?? [],
      secrets: env.WEBHOOK_SECRET ?? [],
      timeoutMs: env.WEBHOOK_TIMEOUT,
      concurrency: env.WEBHOOK_CONCURRENCY,
      maxAttempts: env.WEBHOOK_MAX_ATTEMPTS,
      retryDelayMs: env.WEBHOOK_RETRY_DELAY,
      retryMaxDelayMs: env.WEBHOOK_RETRY_MAX_DELAY,
      deadLettersKept: env.WEBHOOK_DEAD_LETTERS_KEPT,
    },
  };
}

/** Injected by class, so that constructors name it as any other dependency. */
export abstract class Configuration implements ConfigurationValues {
  abstract production: ConfigurationValues['production'];
  abstract logLevel: ConfigurationValues['logLevel'];
  abstract http: ConfigurationValues['http'];
  abstract redis: ConfigurationValues['redis'];
  abstract tokens: ConfigurationValues['tokens'];
  abstract cookies: ConfigurationValues['cookies'];
  abstract accounts: ConfigurationValues['accounts'];
  abstract sockets: ConfigurationValues['sockets'];
  abstract drivers: ConfigurationValues['drivers'];
  abstract location: ConfigurationValues['location'];
  abstract quality: ConfigurationValues['quality'];
  abstract fleet: ConfigurationValues['fleet'];
  abstract fares: ConfigurationValues['fares'];
  abstract travel: ConfigurationValues['travel'];
  abstract dispatch: ConfigurationValues['dispatch'];
  abstract trips: ConfigurationValues['trips'];
  abstract nearbyCars: ConfigurationValues['nearbyCars'];
  abstract exports: ConfigurationValues['exports'];
  abstract webhooks: ConfigurationValues['webhooks'];
}

type ConfigurationValues = ReturnType<typeof toConfiguration>;
