import { type RateBudget } from './rate-budget.js';

/** A request that waits for its turn or is being handled. */
export interface PendingRequest {
  event: string;
  payload: unknown;
  /** Absent when the client asked for no ack. */
  ack: ((answer: unknown) => void) | undefined;
  startedAt: number;
  answered: boolean;
}

/** Why a connection handles nothing any more; undefined while it is open. */
export class ConnectionState {
  /** False until the gateway has welcomed the client: requests wait until then. */
  opened = false;
  /** True once it is being closed by the server: nothing is handled from then on. */
  closed = false;
  /** On /drivers: the epoch that orders this connection's fixes; 0 before the welcome. */
  epoch = 0;
  /** True once `auth:expiring` was sent for the present token. */
  expiryNoticed = false;
  /** Since when the client has had too much unread, epoch ms; 0 while it keeps up. */
  slowSince = 0;
  readonly waiting: PendingRequest[] = [];
  running: PendingRequest | undefined;

  constructor(readonly budget: RateBudget) {}
}
