import { type Ack, type ExceptionEvent } from '../ack.js';
import { type AuthRefreshDto } from '../dto/auth-refresh.dto.js';
import { type ErrorCode } from '../error-codes.js';
import { type Namespace } from '../namespaces.js';
import {
  type NotificationClientToServer,
  type NotificationServerToClient,
} from './notification.events.js';

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
  /** More of it, where the code says so. */
  details?: unknown;
}

/** What is shown tick by tick: a client that reads too slowly is sent no frames of it. */
export const FrameKind = {
  fleet: 'fleet',
  nearbyCars: 'nearby_cars',
  tripDriver: 'trip_driver',
  people: 'people',
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** Frames were left out because the client read too slowly; what is true now comes right behind. */
export interface FramesMissed {
  of: FrameKind;
  /** Ticks without a frame; in some of them there may have been nothing new. */
  ticks: number;
  /** For how long. */
  forMs: number;
}

export interface SessionClientToServer extends NotificationClientToServer {
  'auth:refresh': (request: AuthRefreshDto, ack: (answer: Ack<AuthRefreshed>) => void) => void;
}

export interface SessionServerToClient extends NotificationServerToClient {
  hello: (hello: Hello) => void;
  'auth:expiring': (notice: AuthExpiring) => void;
  'auth:session_revoked': (notice: SessionRevoked) => void;
  'auth:logged_in': (notice: LoggedIn) => void;
  'auth:session_refreshed': (notice: SessionRefreshed) => void;
  'connection:closing': (notice: ConnectionClosing) => void;
  'frames:missed': (notice: FramesMissed) => void;
  exception: (exception: ExceptionEvent) => void;
}

/** Why a session ended before its time; sent in `auth:session_revoked`. */
export const SessionEndReason = {
  userLogout: 'user_logout',
  /** The user ended it from another device. */
  revokedByUser: 'revoked_by_user',
  revokedByAdmin: 'revoked_by_admin',
  accountSuspended: 'account_suspended',
  accountBanned: 'account_banned',
  /** An old refresh token came back: somebody else holds a copy. */
  tokenReuseDetected: 'token_reuse_detected',
  /** The user opened more sessions than allowed; this was the oldest. */
  sessionLimit: 'session_limit',
  /** Its refresh lifetime ended without a refresh. */
  sessionExpired: 'session_expired',
  /** It ended while its socket was being let in; why is not known there. */
  endedMeanwhile: 'revoked',
} as const;
export type SessionEndReason = (typeof SessionEndReason)[keyof typeof SessionEndReason];
