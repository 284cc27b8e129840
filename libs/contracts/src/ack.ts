import { type ErrorBody } from './error-codes.js';

/** The one shape in which every request with an ack is answered (ACK1). */
export type Ack<T = undefined> = AckOk<T> | AckError;

export interface AckOk<T> {
  ok: true;
  data?: T;
}

export interface AckError {
  ok: false;
  error: ErrorBody;
}

/** The legacy `exception` event: sent beside a refused ack, never with the payload in it. */
export interface ExceptionEvent {
  status: 'error';
  message: string;
  code: ErrorBody['code'];
  retryable: boolean;
  retryAfterMs?: number;
  cause: { pattern: string };
}
