import { type ErrorBody, type Namespace } from '#libs/contracts';
import { BareSocket, type RequestName } from '#libs/testing';
import { type TestUser } from '../cluster.js';
import { type Deed, type Heard } from './history/stream-history.js';
import { type SessionSign } from './history/check-sessions.js';

/** How long an app waits for an answer before it asks again. */
const ANSWER_MS = 8_000;
const RECONNECT_MS = 100;
/** After these nobody knows whether it was done: the app asks again. All others are for good. */
const UNKNOWN = new Set(['REDIS_UNAVAILABLE', 'DEADLINE_EXCEEDED', 'SERVER_DRAINING', 'INTERNAL']);

interface NumberedFact {
  tripId?: string;
  conversationId?: string;
  version?: number;
}

export interface Doing {
  /** Absent where only the answer tells, e.g. the id of a new trip. */
  stream?: string;
  key: string;
  event: RequestName;
  payload: unknown;
  /** Gives up then, and nobody knows what became of it. */
  giveUpAfterMs?: number;
}

/**
 * An app as people have it: connects wherever it can, names what it saw, asks again what was not
 * answered, and writes down what it was promised and told. It does by hand what the client for apps does
 * by itself: each refusal, each loss and each event that comes twice is to be seen.
 */
export class FaultApp {
  client: BareSocket | undefined;
  /** Of each trip or conversation, over all connections. */
  readonly heard = new Map<string, Heard[]>();
  readonly deeds: Deed[] = [];
  readonly signs: SessionSign[] = [];
  /** Times that it connected. */
  connections = 0;
  /** Of requests that were answered at once with a code: how often each came. */
  readonly refusals = new Map<string, number>();
  private isClosed = false;
  private turn = 0;

  constructor(
    readonly user: TestUser,
    private readonly namespace: Namespace,
    /** Where it connects, one after the other; undefined while nothing listens there. */
    private readonly addresses: readonly (() => string | undefined)[],
    /** What it says beside the token. */
    private readonly auth: () => Record<string, unknown> = () => ({}),
    private readonly listen: (client: BareSocket) => void = () => undefined,
  ) {}

  get isConnected(): boolean {
    return this.client?.socket.connected === true && this.client.payloads('hello').length > 0;
  }

  /** The number of the newest event of a trip or conversation that it knows. */
  newestOf(stream: string): number {
    return Math.max(0, ...(this.heard.get(stream) ?? []).map(({ version }) => version));
  }

  async connect(): Promise<void> {
    while (!this.isClosed) {
      const url = this.addresses[this.turn % this.addresses.length]!();
      this.turn += 1;
      if (url !== undefined && (await this.tryAt(url))) return;
      await pause(RECONNECT_MS * (0.5 + Math.random()));
    }
  }

  close(): void {
    this.isClosed = true;
    this.client?.close();
  }

  note(stream: string, heard: Heard): void {
    const known = this.heard.get(stream);
    if (known) known.push(heard);
    else this.heard.set(stream, [heard]);
  }

  /**
   * Asks until it is acknowledged or refused for good, and writes down which.
   * @returns the data, or the refusal; undefined when it was given up
   */
  async do<T extends object>({
    stream,
    key,
    event,
    payload,
    giveUpAfterMs = 240_000,
  }: Doing): Promise<{ data: T } | { error: ErrorBody } | undefined> {
    const startedAt = performance.now();
    const deed = { key, startedAt };
    while (performance.now() - startedAt < giveUpAfterMs && !this.isClosed) {
      const sentAt = performance.now();
      const answer = this.isConnected
        ? await this.client!.socket.timeout(ANSWER_MS)
            .emitWithAck(event, payload)
            .catch(() => undefined)
        : undefined;
      const endedAt = performance.now();
      if (answer?.ok) {
        this.signs.push({ sid: this.user.sid, at: sentAt, what: event });
        const data = answer.data as T & NumberedFact;
        const where = stream ?? data.tripId ?? key;
        const version = data.conversationId === undefined ? {} : { version: data.version! };
        this.deeds.push({ ...deed, stream: where, endedAt, outcome: 'acknowledged', ...version });
        return { data };
      }
      if (answer && !UNKNOWN.has(answer.error.code) && !answer.error.retryable) {
        this.deeds.push({ ...deed, stream: stream ?? key, endedAt, outcome: 'refused' });
        return { error: answer.error as ErrorBody };
      }
      if (answer) this.count(answer.error.code);
      await pause(answer ? 200 : 50);
    }
    const endedAt = performance.now();
    this.deeds.push({ ...deed, stream: stream ?? key, endedAt, outcome: 'unknown' });
    return undefined;
  }

  private count(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  private async tryAt(url: string): Promise<boolean> {
    const client = BareSocket.open(url, this.namespace, { token: this.user.token, ...this.auth() });
    const { socket } = client;
    socket.onAny((event: string, fact: NumberedFact | undefined) => this.hear(event, fact));
    this.listen(client);
    return new Promise((resolve) => {
      const fail = (): void => {
        clearTimeout(timeout);
        client.close();
        resolve(false);
      };
      const timeout = setTimeout(fail, ANSWER_MS);
      socket.once('connect_error', fail);
      socket.once('hello', () => {
        clearTimeout(timeout);
        this.client = client;
        this.connections += 1;
        resolve(true);
      });
      socket.once('disconnect', () => {
        if (this.client !== client) return fail();
        void this.connect();
      });
    });
  }

  private hear(event: string, fact: NumberedFact | undefined): void {
    if (event !== 'connection:closing' && event !== 'auth:session_revoked' && event !== 'exception')
      this.signs.push({ sid: this.user.sid, at: performance.now(), what: event });
    const stream = fact?.tripId ?? fact?.conversationId;
    if (stream === undefined || fact?.version === undefined) return;
    if (event === 'trip:snapshot' || event === 'chat:snapshot')
      this.note(stream, { version: fact.version });
    else this.note(stream, { version: fact.version, event });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
