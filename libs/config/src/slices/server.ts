import { redisServersOf } from '../redis-servers.js';
import { slice } from '../slice.js';

export const logConfig = slice('log', (env) => ({ level: env.LOG_LEVEL }));

export const httpConfig = slice('http', (env) => ({
  port: env.PORT,
  host: env.HOST,
  corsOrigins: env.CORS_ORIGINS,
  trustProxyHops: env.TRUST_PROXY_HOPS,
  keepAliveMs: env.HTTP_KEEP_ALIVE_TIMEOUT,
  internalHost: env.INTERNAL_HOST,
  internalPort: env.INTERNAL_PORT,
}));

export const restConfig = slice('rest', (env) => ({
  ofUser: { ratePerSecond: env.REST_RATE_PER_SECOND, rateBurst: env.REST_RATE_BURST },
  ofAddress: {
    ratePerSecond: env.REST_RATE_PER_SECOND_PER_ADDRESS,
    rateBurst: env.REST_RATE_BURST_PER_ADDRESS,
  },
}));

export const metricsConfig = slice('metrics', (env) => ({
  /** Undefined: metrics are not served. */
  port: env.METRICS_PORT,
  host: env.METRICS_HOST,
}));

export const tracingConfig = slice('tracing', (env) => ({
  /** Undefined: nothing is traced. */
  endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
  headers: env.OTEL_EXPORTER_OTLP_HEADERS ?? {},
  serviceName: env.OTEL_SERVICE_NAME,
  ratio: env.OTEL_TRACES_SAMPLER_ARG,
  /** Whether clients and proxies decide what is kept of the traces that they begin. */
  isParentTrusted: env.OTEL_TRACES_TRUST_PARENT,
  intervalMs: env.OTEL_EXPORT_INTERVAL,
}));

export const pagesConfig = slice('pages', (env) => ({ directory: env.DASHBOARD_DIR }));

/** The map of the dispatcher's page. */
export const mapConfig = slice('map', (env) => {
  const { DASHBOARD_STYLE_URL: styleUrl, DASHBOARD_STYLE_ORIGINS: styleOrigins } = env;
  return {
    /** Null for the bundled map. */
    styleUrl: styleUrl ?? null,
    /** Whom the page asks for the map, beside its own server. */
    origins: styleUrl ? [...new Set([new URL(styleUrl).origin, ...styleOrigins])] : [],
    view: env.DASHBOARD_VIEW,
  };
});

export const redisConfig = slice('redis', (env) => ({
  servers: redisServersOf(env),
  keyPrefix: env.REDIS_KEY_PREFIX,
  commandTimeoutMs: env.REDIS_COMMAND_TIMEOUT,
  /** 0: what Redis answers counts at once. */
  replicasToWaitFor: env.REDIS_REPLICAS_TO_WAIT_FOR,
  replicationTimeoutMs: env.REDIS_REPLICATION_TIMEOUT,
}));

export const socketsConfig = slice('sockets', (env) => ({
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
  maxGuestsPerAddress: env.WS_MAX_GUESTS_PER_ADDRESS,
  maxRoomsPerSocket: env.WS_MAX_ROOMS_PER_SOCKET,
  connectsPerSecond: env.WS_CONNECTS_PER_SECOND,
  connectsPerSecondPerAddress: env.WS_CONNECTS_PER_SECOND_PER_ADDRESS,
  pressureDelayMs: env.PRESSURE_EVENT_LOOP_DELAY,
  /** Undefined: by the limit of the container, if it has one. */
  pressureMemoryBytes: env.PRESSURE_MEMORY_BYTES,
  requestDeadlineMs: env.WS_REQUEST_DEADLINE,
  queueLength: env.WS_QUEUE_LENGTH,
  ratePerSecond: env.WS_RATE_PER_SECOND,
  rateBurst: env.WS_RATE_BURST,
  /** How many times the budget of one socket all of a user, and all of an address, may cost. */
  rateFactorPerUser: env.WS_RATE_FACTOR_PER_USER,
  rateFactorPerAddress: env.WS_RATE_FACTOR_PER_ADDRESS,
  volatileRatePerSecond: env.WS_VOLATILE_RATE_PER_SECOND,
  volatileRateBurst: env.WS_VOLATILE_RATE_BURST,
  maxBufferedBytes: env.WS_MAX_BUFFERED_BYTES,
  authExpiringNoticeMs: env.AUTH_EXPIRING_NOTICE,
  drainPeriodMs: env.DRAIN_PERIOD,
}));
