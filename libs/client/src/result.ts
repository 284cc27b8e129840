import { type AckError, type ErrorCode } from '#libs/contracts/browser';

/** What the client itself has to say; everything else is a code of the server. */
export type ClientCode =
  /** There is no connection, and there was none until the deadline. It is tried again all the time. */
  | 'OFFLINE'
  /** The connection broke before the answer came: the request may have taken effect. */
  | 'CONNECTION_LOST'
  /** No answer came in time: the request may have taken effect. */
  | 'NO_ANSWER'
  /** The server did not greet the client in time. */
  | 'NO_GREETING'
  /** `getToken` failed or took too long. */
  | 'TOKEN_UNAVAILABLE'
  /** The app closed the client. */
  | 'CLOSED'
  /** The signal of the request was aborted. */
  | 'ABORTED';

/** Why something failed. Decide by `code` and `retryable`, never by `message`. */
export interface Refusal {
  code: ErrorCode | ClientCode;
  message: string;
  retryable: boolean;
  /** How long to wait at least before another try, milliseconds. */
  retryAfterMs?: number;
  details?: unknown;
}

/** What became of a request; no request ever throws. */
export type Result<T> = { ok: true; data: T } | { ok: false; error: Refusal };

const messages: Record<ClientCode, string> = {
  OFFLINE: 'There is no connection. It is tried again by itself.',
  CONNECTION_LOST: 'The connection broke before the answer came. Send it again.',
  NO_ANSWER: 'No answer came in time; the request may still take effect. Send it again.',
  NO_GREETING: 'The server did not greet this client in time. It is tried again by itself.',
  TOKEN_UNAVAILABLE: 'getToken gave no token. It is asked again by itself.',
  CLOSED: 'This client is closed. Call connect().',
  ABORTED: 'The request was given up.',
};

export function refusal(code: ClientCode, message = messages[code]): Refusal {
  return { code, message, retryable: code !== 'CLOSED' && code !== 'ABORTED' };
}

export function failure(error: Refusal): { ok: false; error: Refusal } {
  return { ok: false, error };
}

/** Reads what a server, or whoever answers in its place, says of a failure. */
export function readRefusal(raw: unknown, otherwise: Refusal): Refusal {
  const { code, message, retryable, retryAfterMs, details } = (raw ?? {}) as Partial<
    AckError['error']
  >;
  if (typeof code !== 'string') return otherwise;
  return {
    code,
    message: message ?? code,
    retryable: retryable === true,
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    ...(details === undefined ? {} : { details }),
  };
}
