import { isSupportedCountry } from 'libphonenumber-js';
import { z } from 'zod';
import { countCharacters, emailContact, LONGEST_CHAT_TEXT } from '#libs/contracts';
import {
  durationMs,
  durationsByName,
  fraction,
  flag,
  headerList,
  list,
  mapStyleUrl,
  mapView,
  oneOf,
  optionalWholeNumber,
  origins,
  UNIT_MS,
  wholeNumber,
  wholeNumbers,
} from './environment.parsers.js';
import { pemFile, redisUrlRule } from './redis-variables.js';
import { webhookSecrets, webhookUrls } from './webhook-variables.js';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
/** Minor units. Enough for the smallest currency; a fare of such amounts is still an exact number. */
const MAX_AMOUNT = 1_000_000_000;

const password = z
  .string()
  .refine((text) => countCharacters(text) >= 8, 'must have at least 8 characters')
  .refine((text) => countCharacters(text) <= 100, 'must have at most 100 characters')
  .optional();
const secret = z.string().min(32, 'must have at least 32 characters').optional();
/** PEM with real line breaks or with \n written out, as secret stores hand it over. */
const pem = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n'))
  .refine((text) => text.includes('-----BEGIN'), 'must be a PEM block')
  .optional();

/** Every variable that Ridewire reads, with its default. Durations are milliseconds after parsing. */
export const environmentSchema = z.object({
  /** Read before the others: a file of variables that count where the environment has none. */
  ENV_FILE: z.string().optional(),
  NODE_ENV: oneOf('production', 'development', 'test').default('production'),
  PORT: wholeNumber(3000, 0, 65_535),
  HOST: z.string().default('0.0.0.0'),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').default('info'),
  /** How many proxies in front may be believed about the client address. */
  TRUST_PROXY_HOPS: wholeNumber(0, 0, 10),
  /** Metrics are served there, and nowhere when it is absent. */
  METRICS_PORT: optionalWholeNumber(0, 65_535),
  METRICS_HOST: z.string().default('0.0.0.0'),
  /** Where traces are sent by OTLP over HTTP; nothing is traced when it is absent. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http URL' })
    .optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headerList(),
  OTEL_SERVICE_NAME: z.string().min(1).default('ridewire'),
  /** The part of all traces that is kept. */
  OTEL_TRACES_SAMPLER_ARG: fraction('0.01'),
  /** Whether what a `traceparent` says of sampling counts, which any client may write. */
  OTEL_TRACES_TRUST_PARENT: flag(false),
  OTEL_EXPORT_INTERVAL: durationMs('5s', 10, UNIT_MS.m),
  /** Longer than load balancers keep an idle connection. */
  HTTP_KEEP_ALIVE_TIMEOUT: durationMs('65s', 100, UNIT_MS.h),
  /** The built page of dispatchers, below the working directory; empty for none. */
  DASHBOARD_DIR: z.string().default('apps/dashboard/dist'),
  REST_RATE_PER_SECOND: wholeNumber(20, 1, 1_000_000),
  REST_RATE_BURST: wholeNumber(100, 1, 1_000_000),
  REST_RATE_PER_SECOND_PER_ADDRESS: wholeNumber(500, 1, 1_000_000),
  REST_RATE_BURST_PER_ADDRESS: wholeNumber(2_000, 1, 1_000_000),
  /** A MapLibre style instead of the bundled map; `{theme}` in it becomes light or dark. */
  DASHBOARD_STYLE_URL: mapStyleUrl().optional(),
  /** Where the style has its tiles, letters and pictures, beside its own origin. */
  DASHBOARD_STYLE_ORIGINS: origins('', { mayHaveWildcards: true }),
  /** What the map shows first: latitude, longitude, zoom. */
  DASHBOARD_VIEW: mapView('-34.885,-56.17,12'),
  CORS_ORIGINS: origins('*'),
  WS_CORS_ORIGIN: origins('*'),
  /** Where the other instances reach this one. */
  INTERNAL_HOST: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]+$/, 'must be an address or a name, without a port')
    .optional(),
  INTERNAL_PORT: wholeNumber(0, 0, 65_535),

  /** One address; with REDIS_MODE cluster or sentinel several, with commas between. */
  REDIS_URL: z
    .string({ error: 'is required, e.g. redis://127.0.0.1:6379' })
    .refine(...redisUrlRule),
  REDIS_MODE: oneOf('single', 'sentinel', 'cluster').default('single'),
  REDIS_USERNAME: z.string().optional(),
  REDIS_PASSWORD: z.string().optional(),
  REDIS_SENTINEL_MASTER: z.string().optional(),
  REDIS_SENTINEL_USERNAME: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_TLS_CA_FILE: pemFile,
  REDIS_TLS_CERT_FILE: pemFile,
  REDIS_TLS_KEY_FILE: pemFile,
  REDIS_TLS_SERVER_NAME: z.string().optional(),
  REDIS_KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9_:.-]{0,64}$/, 'may have letters, digits, _ : . - only')
    .default('rw:'),
  REDIS_COMMAND_TIMEOUT: durationMs('2s', 50, 60_000),
  REDIS_REPLICAS_TO_WAIT_FOR: wholeNumber(0, 0, 10),
  REDIS_REPLICATION_TIMEOUT: durationMs('1s', 10, 10_000),

  JWT_MODE: oneOf('own', 'external').default('own'),
  JWT_ALGORITHM: oneOf('HS256', 'RS256', 'ES256').default('HS256'),
  JWT_ACCESS_SECRET: secret,
  JWT_REFRESH_SECRET: secret,
  JWT_PRIVATE_KEY: pem,
  JWT_PUBLIC_KEY: pem,
  /** The other key while keys are changed: accepted, and nothing is signed with it. */
  JWT_ACCESS_SECRET_ACCEPTED: secret,
  JWT_REFRESH_SECRET_ACCEPTED: secret,
  JWT_PUBLIC_KEY_ACCEPTED: pem,
  JWT_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
  JWT_ISSUER: z.string().min(1).default('ridewire'),
  JWT_AUDIENCE: list('driver_app,passenger_app,admin_panel,api_client'),
  JWT_ACCESS_EXPIRES_IN: durationMs('15m', 1_000, 7 * UNIT_MS.d),
  JWT_REFRESH_EXPIRES_IN: durationMs('7d', 2_000),
  COOKIE_SECURE: flag(true),
  COOKIE_SAME_SITE: oneOf('lax', 'strict', 'none').default('lax'),
  COOKIE_DOMAIN: z.string().optional(),

  /** Of phone numbers that are written without a country code. */
  PHONE_DEFAULT_COUNTRY: z
    .string()
    .transform((text) => text.trim().toUpperCase())
    .refine(isSupportedCountry, 'must be an ISO 3166 country like DE')
    .optional(),
  FIRST_ADMIN_EMAIL: z
    .string()
    .refine((text) => emailContact(text) !== undefined, 'must be an e-mail address')
    .optional(),
  FIRST_ADMIN_PASSWORD: password,
  /** Read by `npm run admin:create` only, instead of standard input. */
  ADMIN_PASSWORD: password,
  ADMIN_API_KEY: secret,
  ADMIN_API_KEY_ACCEPTED: secret,
  PHOTO_ORIGINS: origins(''),
  MAX_SESSIONS_PER_USER: wholeNumber(10, 1, 1_000),
  REVOCATIONS_KEPT: wholeNumber(10_000, 100, 1_000_000),
  LOGIN_ATTEMPTS_PER_ACCOUNT: wholeNumber(10, 1, 1_000_000),
  LOGIN_ATTEMPTS_PER_ADDRESS: wholeNumber(100, 1, 1_000_000),
  PASSENGER_REGISTRATION: flag(false),
  REGISTRATIONS_PER_ADDRESS: wholeNumber(20, 1, 1_000_000),
  LOGIN_ATTEMPTS_WINDOW: durationMs('15m', 1_000),
  AUTH_EXPIRING_NOTICE: durationMs('60s'),

  WS_PATH: z.string().regex(/^\/.+/, 'must start with /').default('/socket.io'),
  WS_TRANSPORTS: list('polling,websocket').refine(
    (names) =>
      names.length > 0 && names.every((name) => name === 'websocket' || name === 'polling'),
    'may name websocket and polling only',
  ),
  WS_PING_INTERVAL: durationMs('25s', 100),
  WS_PING_TIMEOUT: durationMs('20s', 100),
  WS_CONNECT_TIMEOUT: durationMs('10s', 100),
  WS_MAX_PAYLOAD_BYTES: wholeNumber(65_536, 1_024, 10_485_760),
  WS_MAX_CONNECTIONS: wholeNumber(15_000, 1, 1_000_000),
  WS_MAX_CONNECTIONS_PER_USER: wholeNumber(10, 1, 10_000),
  WS_MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(10_000, 1, 1_000_000),
  WS_MAX_GUESTS_PER_ADDRESS: wholeNumber(100, 1, 1_000_000),
  WS_MAX_ROOMS_PER_SOCKET: wholeNumber(64, 8, 100_000),
  WS_CONNECTS_PER_SECOND: wholeNumber(1_000, 1, 1_000_000),
  WS_CONNECTS_PER_SECOND_PER_ADDRESS: wholeNumber(200, 1, 1_000_000),
  /** Beyond these an instance lets nobody in until it has recovered. 0ms: not watched. */
  PRESSURE_EVENT_LOOP_DELAY: durationMs('500ms', 0, 60_000),
  PRESSURE_MEMORY_BYTES: optionalWholeNumber(1_048_576, 1_099_511_627_776),
  WS_REQUEST_DEADLINE: durationMs('5s', 50),
  WS_QUEUE_LENGTH: wholeNumber(32, 1, 10_000),
  WS_RATE_PER_SECOND: wholeNumber(20, 1, 1_000_000),
  WS_RATE_BURST: wholeNumber(60, 1, 1_000_000),
  WS_RATE_FACTOR_PER_USER: wholeNumber(5, 1, 1_000_000),
  WS_RATE_FACTOR_PER_ADDRESS: wholeNumber(1_000, 1, 1_000_000),
  WS_VOLATILE_RATE_PER_SECOND: wholeNumber(40, 1, 1_000_000),
  WS_VOLATILE_RATE_BURST: wholeNumber(80, 1, 1_000_000),
  WS_MAX_BUFFERED_BYTES: wholeNumber(1_048_576, 16_384, 1_073_741_824),
  DRAIN_PERIOD: durationMs('10s', 0),

  DRIVER_LEASE: durationMs('60s', 500),
  DRIVER_GRACE: durationMs('15s', 100),
  DRIVER_RESUME_WINDOW: durationMs('15m', 0),
  REAPER_INTERVAL: durationMs('2s', 50),
  VISITORS_TICK: durationMs('250ms', 50, UNIT_MS.m),
  PRESENCE_LEASE: durationMs('15s', 200, UNIT_MS.h),
  PRESENCE_GRACE: durationMs('5s', 0, UNIT_MS.h),
  PRESENCE_MAX_SUBSCRIPTIONS: wholeNumber(100, 1, 1_000),
  PRESENCE_LAST_SEEN_KEPT: durationMs('30d', 1_000),

  LOCATION_SHARDS: wholeNumber(4, 1, 1_024),
  LOCATION_WRITE_INTERVAL: durationMs('20ms', 0, 1_000),
  LOCATION_MAX_ACCURACY_METERS: wholeNumber(1_000, 1, 1_000_000),
  LOCATION_MAX_SPEED_MPS: wholeNumber(70, 1, 100_000),
  LOCATION_JUMP_SLACK_METERS: wholeNumber(300, 0, 100_000_000),
  LOCATION_MAX_FUTURE: durationMs('30s', 0),
  LOCATION_MAX_AGE: durationMs('1d', 1_000),
  LOCATION_HISTORY_LENGTH: wholeNumber(500, 1, 100_000),
  LOCATION_HISTORY_TTL: durationMs('6h', 1_000),
  LOCATION_TRACK_OFFLINE: flag(false),

  QUALITY_DELAYED_AFTER: durationMs('20s'),
  QUALITY_STALE_AFTER: durationMs('45s'),
  QUALITY_LOST_AFTER: durationMs('90s'),
  FLEET_TICK: durationMs('75ms', 10, 10_000),
  NEARBY_MAX_RADIUS_METERS: wholeNumber(20_000, 1, 200_000),

  FARE_CURRENCY: z
    .string()
    .default('EUR')
    .refine((code) => CURRENCIES.has(code), 'must be an ISO 4217 code like EUR'),
  FARE_BASE: wholeNumber(250, 0, MAX_AMOUNT),
  FARE_PER_KM: wholeNumber(120, 0, MAX_AMOUNT),
  FARE_PER_MINUTE: wholeNumber(30, 0, MAX_AMOUNT),
  FARE_MINIMUM: wholeNumber(500, 0, MAX_AMOUNT),
  FARE_WAITING_FREE: durationMs('3m', 0, UNIT_MS.d),
  FARE_WAITING_PER_MINUTE: wholeNumber(30, 0, MAX_AMOUNT),
  FARE_MAX_SURGE_BASIS_POINTS: wholeNumber(30_000, 10_000, 100_000),
  FARE_MAX_EXTRA_FEES: wholeNumber(5_000, 0, MAX_AMOUNT),

  TRIP_DETOUR_PERCENT: wholeNumber(130, 100, 500),
  TRIP_MAX_RIDE_KM: wholeNumber(500, 1, 20_000),
  TRIP_ASSUMED_SPEED_KMH: wholeNumber(28, 1, 200),
  DISPATCH_RADII_METERS: wholeNumbers('1000,2000,3500,5000', 1, 200_000).refine(
    (radii) => radii.length > 0 && radii.every((radius, i) => i === 0 || radius > radii[i - 1]!),
    'must grow from one to the next',
  ),
  DISPATCH_BATCH_SIZE: wholeNumber(1, 1, 20),
  DISPATCH_MAX_OFFERS: wholeNumber(10, 1, 50),
  DISPATCH_OFFER_TTL: durationMs('20s', 100, UNIT_MS.h),
  DISPATCH_DELIVERY_ACK: oneOf('learned', 'required', 'optional').default('learned'),
  DISPATCH_DELIVERY_TIMEOUT: durationMs('3s', 50, UNIT_MS.m),
  DISPATCH_SEARCH_TIME: durationMs('60s', 100, UNIT_MS.d),
  DISPATCH_RETRY_INTERVAL: durationMs('3s', 50, UNIT_MS.h),
  DISPATCH_MAX_POSITION_AGE: durationMs('90s', 100),
  DISPATCH_STALENESS_MPS: wholeNumber(8, 0, 1_000),
  TRIP_STUCK_AFTER: durationsByName(
    'pending=2m,assigning=3m,accepted=10m,arriving=20m,in_progress=3h',
    ['pending', 'assigning', 'accepted', 'arriving', 'in_progress'],
  ),
  TRIP_ARCHIVE_AFTER: durationMs('1d', 100),
  TRIP_REQUEST_KEY_TTL: durationMs('1h', 50),
  TRIP_REQUESTS: wholeNumber(30, 1, 100_000),
  TRIP_REQUESTS_WINDOW: durationMs('10m', 100, 30 * UNIT_MS.d),
  TRIP_TIMER_INTERVAL: durationMs('1s', 10, 10_000),
  TRIP_ODOMETER_INTERVAL: durationMs('1m', 100, UNIT_MS.h),
  TRIP_LOST_CHECK_INTERVAL: durationMs('5s', 50, UNIT_MS.h),
  TRIP_FOLLOW_TICK: durationMs('1s', 50, UNIT_MS.m),
  SHARE_TTL: durationMs('12h', 1_000, 7 * UNIT_MS.d),
  SHARE_AFTER_TRIP: durationMs('5m', 0, UNIT_MS.d),
  SHARES_PER_TRIP: wholeNumber(5, 1, 50),
  SHARE_VIEWERS: wholeNumber(20, 1, 1_000),
  SHARE_ATTEMPTS: wholeNumber(20, 1, 10_000),
  SHARE_ATTEMPTS_WINDOW: durationMs('10m', 1_000, UNIT_MS.d),
  NEARBY_CARS_MAX: wholeNumber(8, 1, 100),
  NEARBY_CARS_RADIUS_METERS: wholeNumber(3_000, 100, 20_000),
  NEARBY_CARS_TICK: durationMs('2s', 50, 60_000),
  NEARBY_CARS_ID_ROTATION: durationMs('10m', 100, UNIT_MS.d),
  NEARBY_CARS_TURN: durationMs('1m', 100, UNIT_MS.h),
  NEARBY_CARS_TURNS_FROM: wholeNumber(8, 2, 1_000_000),

  NOTIFICATIONS_KEPT: wholeNumber(200, 1, 1_000),
  NOTIFICATION_TTL: durationMs('7d', 1_000),
  CHAT_MAX_TEXT: wholeNumber(2_000, 1, LONGEST_CHAT_TEXT),
  CHAT_HISTORY_LENGTH: wholeNumber(10_000, 10, 1_000_000),
  CHAT_HISTORY_AGE: durationMs('30d', 100),
  CHAT_REPLAY_LENGTH: wholeNumber(500, 1, 5_000),
  CHAT_MESSAGES: wholeNumber(30, 1, 1_000_000),
  CHAT_MESSAGES_WINDOW: durationMs('10s', 100, UNIT_MS.d),
  CHAT_ROOMS: wholeNumber(100, 1, 1_000_000),
  CHAT_ROOMS_WINDOW: durationMs('1h', 100, 30 * UNIT_MS.d),
  CHAT_MAX_MEMBERS: wholeNumber(10_000, 2, 1_000_000),
  CHAT_MAX_CONVERSATIONS: wholeNumber(200, 1, 10_000),
  CHAT_OPEN_ROOMS: flag(true),
  CHAT_TRIP_AFTER_END: durationMs('30m', 0, 30 * UNIT_MS.d),
  CHAT_EDIT_WINDOW: durationMs('15m', 0),
  CHAT_MASK_CONTACTS: flag(true),
  CHAT_EXPORT: flag(false),
  CHAT_EXPORT_INTERVAL: durationMs('1s', 20, UNIT_MS.h),
  /** host or host:port, in lower case as URLs have it. */
  CHAT_ATTACHMENT_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .refine(
      (hosts) => hosts.every((host) => /^[a-z0-9.-]+(?::\d{1,5})?$/.test(host)),
      'must be hosts like files.example.com with commas between',
    )
    .optional(),
  CHAT_ATTACHMENT_MAX_BYTES: wholeNumber(20_971_520, 0, 10_737_418_240),

  EXPORT_STREAM_MAX_LENGTH: wholeNumber(1_000_000, 1, 1_000_000_000),
  EXPORT_STREAM_KEEP: wholeNumber(1_000, 0, 1_000_000_000),
  EXPORT_STREAM_KEEP_BYTES: wholeNumber(4_194_304, 0, 1_099_511_627_776),
  EXPORT_TRIM_INTERVAL: durationMs('5s', 20, UNIT_MS.h),
  WEBHOOK_URL: webhookUrls,
  WEBHOOK_SECRET: webhookSecrets,
  /** Names in WEBHOOK_URL that may lead to private addresses. */
  WEBHOOK_INSIDE_HOSTS: list('').transform((hosts) => hosts.map((host) => host.toLowerCase())),
  WEBHOOK_TIMEOUT: durationMs('5s', 50, 60_000),
  WEBHOOK_CONCURRENCY: wholeNumber(8, 1, 1_000),
  WEBHOOK_MAX_ATTEMPTS: wholeNumber(8, 1, 1_000),
  WEBHOOK_RETRY_DELAY: durationMs('5s', 1, UNIT_MS.d),
  WEBHOOK_RETRY_MAX_DELAY: durationMs('1h', 1, 7 * UNIT_MS.d),
  WEBHOOK_DEAD_LETTERS_KEPT: wholeNumber(100_000, 1, 10_000_000),
});

export type Environment = z.output<typeof environmentSchema>;
