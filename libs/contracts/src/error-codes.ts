/** What a client may do about a refusal, and the HTTP status it has over REST. */
interface ErrorDefinition {
  readonly status: number;
  readonly retryable: boolean;
  /** What happened and what to do next, for the person who reads the log. */
  readonly message: string;
}

/** Every code a client can meet, on acks, `exception`, `connect_error`, `connection:closing` and REST. */
export const errorCatalogue = {
  AUTH_REQUIRED: {
    status: 401,
    retryable: false,
    message:
      'No access token was sent. Log in, then send it: over Socket.IO as auth: { token }, over REST ' +
      'as Authorization: Bearer <token>. It is not read from the address.',
  },
  TOKEN_INVALID: {
    status: 401,
    retryable: false,
    message: 'The token cannot be verified. Log in again.',
  },
  TOKEN_EXPIRED: {
    status: 401,
    retryable: true,
    message: 'The access token has expired. Refresh it, then connect with the new one.',
  },
  SESSION_REVOKED: {
    status: 401,
    retryable: false,
    message: 'This session has been ended or was never opened. Log in again.',
  },
  REFRESH_REUSED: {
    status: 401,
    retryable: false,
    message: 'This refresh token was used before; its session is revoked. Log in again.',
  },
  INVALID_CREDENTIALS: {
    status: 401,
    retryable: false,
    message: 'The account or the password is wrong.',
  },
  ACCOUNT_SUSPENDED: {
    status: 403,
    retryable: false,
    message: 'The account is suspended. Contact support.',
  },
  ACCOUNT_BANNED: {
    status: 403,
    retryable: false,
    message: 'The account is banned. Contact support.',
  },
  LOGIN_DISABLED: {
    status: 403,
    retryable: false,
    message: 'Logins are served by the identity service of the company.',
  },
  IDENTITY_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message:
      'The keys of the identity service cannot be fetched now. Send it again after retryAfterMs.',
  },
  AUDIENCE_MISMATCH: {
    status: 403,
    retryable: false,
    message: 'This account may not use that app. Use the app of its user type.',
  },
  FORBIDDEN: { status: 403, retryable: false, message: 'The account may not do this.' },
  NAMESPACE_FORBIDDEN: {
    status: 403,
    retryable: false,
    message: 'This user type may not connect here. Connect to the namespace of the user type.',
  },
  NAMESPACE_CLOSED: {
    status: 403,
    retryable: false,
    message:
      'The default namespace is closed. Connect to /drivers, /passengers, /admin, /chat, /tracking or /visitors.',
  },
  NAMESPACE_UNKNOWN: {
    status: 404,
    retryable: false,
    message:
      'There is no such namespace. Connect to /drivers, /passengers, /admin, /chat, /tracking or /visitors.',
  },
  ALREADY_CONNECTED: {
    status: 409,
    retryable: false,
    message: 'This connection is in the namespace already. Use the socket it has.',
  },
  TOO_MANY_CONNECTIONS: {
    status: 429,
    retryable: true,
    message: 'The user has too many connections. Close one, then connect again.',
  },
  REPLACED: {
    status: 409,
    retryable: false,
    message: 'Another connection of the user took over. Close that one, then connect again.',
  },
  TOO_MANY_ROOMS: {
    status: 429,
    retryable: false,
    message: 'This socket follows as much as it may. Leave something first.',
  },
  ORIGIN_FORBIDDEN: {
    status: 403,
    retryable: false,
    message: 'The origin is not allowed. Add it to WS_CORS_ORIGIN.',
  },
  SERVER_FULL: {
    status: 503,
    retryable: true,
    message: 'This instance takes no more connections now. Connect again later.',
  },
  SERVER_DRAINING: {
    status: 503,
    retryable: true,
    message: 'This instance is shutting down. Connect again after retryAfterMs.',
  },
  RATE_LIMITED: {
    status: 429,
    retryable: true,
    message: 'Too many requests. Wait retryAfterMs, then send again.',
  },
  SUPERSEDED: {
    status: 409,
    retryable: false,
    message: 'A newer request of the same kind took its place. There is nothing to do.',
  },
  QUEUE_FULL: {
    status: 429,
    retryable: true,
    message: 'Too many unanswered requests. Wait for acks before sending more.',
  },
  DEADLINE_EXCEEDED: {
    status: 504,
    retryable: true,
    message: 'The request was not finished in time; it may still take effect. Send it again.',
  },
  SLOW_CONSUMER: {
    status: 503,
    retryable: true,
    message: 'The client read too slowly. Connect again; a snapshot follows.',
  },
  VALIDATION_FAILED: {
    status: 400,
    retryable: false,
    message: 'The payload is not of the documented shape; see details.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    retryable: false,
    message: 'The body is too large. Send less than 64 kB.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    retryable: false,
    message:
      'The body is of a type that is not read. Send JSON with Content-Type: application/json.',
  },
  UNKNOWN_EVENT: {
    status: 404,
    retryable: false,
    message: 'This namespace has no such request; see PROTOCOL.md.',
  },
  NOT_FOUND: { status: 404, retryable: false, message: 'There is no such thing.' },
  CONFLICT: { status: 409, retryable: false, message: 'The state changed or the name is taken.' },
  DRIVER_ON_TRIP: {
    status: 409,
    retryable: false,
    message:
      'Cannot change availability while ON_TRIP. Finish or cancel the trip first, or clear it if driver:trip:set set it.',
  },
  TRIP_ACTIVE: {
    status: 409,
    retryable: false,
    message: 'The passenger has a trip already; details name it. Cancel or finish it first.',
  },
  TRIP_STATUS_CONFLICT: {
    status: 409,
    retryable: false,
    message: 'The trip is in a status that does not allow this. Read it again.',
  },
  ASSIGNMENT_NOT_FOUND: {
    status: 404,
    retryable: false,
    message: 'This driver has no such offer.',
  },
  ASSIGNMENT_EXPIRED: {
    status: 410,
    retryable: false,
    message: 'The time to answer this offer is over. Wait for the next one.',
  },
  ASSIGNMENT_STATE_CHANGED: {
    status: 409,
    retryable: false,
    message: 'The offer was taken back: another driver was faster, or the trip ended.',
  },
  ASSIGNMENT_ALREADY_RESPONDED: {
    status: 409,
    retryable: false,
    message: 'This offer has been answered already. Read the trip again.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    retryable: false,
    message: 'This Idempotency-Key belongs to another request. Choose a new key.',
  },
  FIX_REFUSED: {
    status: 422,
    retryable: false,
    message: 'Every fix of the ping was refused: details say why and what to do about it.',
  },
  CHAT_MUTED: {
    status: 403,
    retryable: false,
    message: 'You may not write for now: details say until when. You can read on.',
  },
  CHAT_CLOSED: {
    status: 409,
    retryable: false,
    message: 'This conversation is closed. It can be read, and takes nothing new.',
  },
  SHARE_INVALID: {
    status: 404,
    retryable: false,
    message: 'This link opens no trip, or does no more. Ask the passenger for another one.',
  },
  SHARE_ENDED: {
    status: 410,
    retryable: false,
    message: 'The trip is over, or its passenger shares it no more.',
  },
  REDIS_UNAVAILABLE: {
    status: 503,
    retryable: true,
    message: 'The store is away, nothing was changed for sure. Send it again after retryAfterMs.',
  },
  INTERNAL: {
    status: 500,
    retryable: true,
    message: 'Something failed here. Send it again later.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;

export interface ErrorBody {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  details?: unknown;
}

export interface RequestErrorOptions {
  message?: string;
  /** How long a client should wait before it tries again. */
  retryAfterMs?: number;
  /** Facts for the caller. Never tokens, payload echoes or positions. */
  details?: unknown;
  cause?: unknown;
}

/** The one error that services throw to refuse something; anything else reaches clients as INTERNAL. */
export class RequestError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly details: unknown;

  constructor(code: ErrorCode, options: RequestErrorOptions = {}) {
    const definition = errorCatalogue[code];
    super(options.message ?? definition.message, { cause: options.cause });
    this.name = 'RequestError';
    this.code = code;
    this.retryable = definition.retryable;
    this.status = definition.status;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}
