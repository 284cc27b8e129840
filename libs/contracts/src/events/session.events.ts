import { type Ack, type ExceptionEvent } from '../ack.js';
import { type ErrorCode } from '../error-codes.js';
import { type Namespace } from '../namespaces.js';
import { type AuthRefreshDto } from '../dto/auth-refresh.dto.js';

/** Requests that every namespace serves. */
export const SessionRequest = {
  authRefresh: 'auth:refresh',
} as const;

/** A part of `auth` that could not be read: the client was let in without it. */
export interface IgnoredOption {
  /** `viewport`, `feed`, `trips` or `trips.<tripId>`. */
  field: string;
  reason: string;
}

export interface Hello {
  ok: true;
  nsp: Namespace;
  sid: string;
  userId: string;
  /** When the access token ends, epoch milliseconds. */
  expiresAt: number;
  /** The server's clock, epoch milliseconds. */
  serverTime: number;
  /** On /drivers: the epoch to send with `sequence`. */
  epoch?: number;
  /** What was odd in `auth`; absent when nothing was. */
  ignored?: readonly IgnoredOption[];
}

export interface AuthExpiring {
  expiresAt: number;
  inMs: number;
}

export interface AuthRefreshed {
  /** When the new access token ends, epoch milliseconds. */
  expiresAt: number;
}

export interface SessionRevoked {
  sid: string;
  reason: string;
  at: string;
}

/** Another device has logged in as the same user. */
export interface LoggedIn {
  sid: string;
  /** ISO 8601. */
  at: string;
}

/** A session has got a new pair of tokens. Its id stays the same, so that both are equal. */
export interface SessionRefreshed {
  oldSid: string;
  newSid: string;
  /** ISO 8601. */
  at: string;
}

/** Sent right before the server closes a connection: why, and whether to come back. */
export interface ConnectionClosing {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
}

export interface SessionClientToServer {
  'auth:refresh': (request: AuthRefreshDto, ack: (answer: Ack<AuthRefreshed>) => void) => void;
}

export interface SessionServerToClient {
  hello: (hello: Hello) => void;
  'auth:expiring': (notice: AuthExpiring) => void;
  'auth:session_revoked': (notice: SessionRevoked) => void;
  'auth:logged_in': (notice: LoggedIn) => void;
  'auth:session_refreshed': (notice: SessionRefreshed) => void;
  'connection:closing': (notice: ConnectionClosing) => void;
  exception: (exception: ExceptionEvent) => void;
}
