import { type ErrorCode } from '#libs/contracts/browser';

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

export function refusal(code: ClientCode, message = ''): Refusal {
  return {
    code,
    message: message || `${code}: see @ridewire/client.`,
    retryable: code !== 'CLOSED' && code !== 'ABORTED',
  };
}

export function failure(error: Refusal): { ok: false; error: Refusal } {
  return { ok: false, error };
}

/** More waits than a client may let wait. */
export function queueFull(most: number): { ok: false; error: Refusal } {
  return failure({ code: 'QUEUE_FULL', message: `${most} wait already.`, retryable: true });
}

/** What the server, or whoever answers in its place, says of a failure. */
export function readRefusal(raw: unknown, otherwise: Refusal): Refusal {
  return typeof (raw as Refusal | null | undefined)?.code === 'string'
    ? (raw as Refusal)
    : otherwise;
}
