import { type Ack } from '#libs/contracts';
import { type RateBudget } from './rate-budget.js';

/** A request that waits for its turn or is being handled; answered once, whoever is first to do it. */
export class PendingRequest {
  private answered = false;

  constructor(
    readonly event: string,
    private payload: unknown,
    /** Absent when the client asked for no ack. */
    private readonly ack: ((answer: unknown) => void) | undefined,
    /** Epoch milliseconds. */
    readonly startedAt: number,
  ) {}

  /** Forgets it as well: while a request waits for Redis, its payload would be memory for nothing. */
  takePayload(): unknown {
    const { payload } = this;
    this.payload = undefined;
    return payload;
  }

  get isAnswered(): boolean {
    return this.answered;
  }

  /** @throws Error for an answer that cannot be encoded; the request then still waits for one. */
  answer(answer: Ack<unknown>): void {
    if (this.answered) return;
    this.ack?.(answer);
    this.answered = true;
  }
}

/** What the server keeps of one client in one namespace. */
export class ConnectionState {
  /** False until the gateway has welcomed the client: requests wait until then. */
  opened = false;
  /** While the gateways welcome the client. */
  welcoming: Promise<void> | undefined;
  /** True once the instance is about to move the client elsewhere: only what was taken is finished. */
  draining = false;
  /** True once it is being closed by the server: nothing is handled from then on. */
  closed = false;
  /** On /drivers: the epoch that orders this connection's fixes; 0 before the welcome. */
  epoch = 0;
  /** On /drivers: the trip that the device shows its driver on, as far as it was told. */
  shownTripId: string | null = null;
  /** True once `auth:expiring` was sent for the present token. */
  expiryNoticed = false;
  /** Since when the client has had too much unread, epoch ms; 0 while it keeps up. */
  slowSince = 0;
  readonly waiting: PendingRequest[] = [];
  running: PendingRequest | undefined;

  constructor(readonly budget: RateBudget) {}

  get isBusy(): boolean {
    return this.running !== undefined || this.waiting.length > 0;
  }

  /** Takes back what was not finished, so that somebody answers for it. */
  takeUnfinished(): PendingRequest[] {
    const unfinished = this.waiting.splice(0);
    if (this.running) unfinished.unshift(this.running);
    this.running = undefined;
    return unfinished;
  }
}
