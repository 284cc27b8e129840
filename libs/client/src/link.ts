import { type Socket } from 'socket.io-client';
import {
  type Ack,
  type AuthExpiring,
  type AuthRefreshed,
  type ClientToServer,
  type FactName,
  type FactPayload,
  type Hello,
} from '#libs/contracts/browser';
import { ClockOfDevice } from './clock-of-device.js';
import { type Connection, type ConnectionMember } from './connection/connection.js';
import {
  failure,
  queueFull,
  readRefusal,
  refusal,
  type ClientCode,
  type Refusal,
  type Result,
} from './result.js';
import { guarded } from './store.js';
import { backoffMs, pause } from './waiting.js';

/** The namespaces that a client can join. */
export type ClientNamespace = keyof ClientToServer;
/** What may be asked for in a namespace. */
export type RequestName<N extends ClientNamespace> = keyof ClientToServer[N] & string;
type Parts<N extends ClientNamespace, E extends RequestName<N>> = ClientToServer[N][E] extends (
  request: infer Payload,
  ack: (answer: Ack<infer Data>) => void,
) => void
  ? { payload: Payload; data: Data }
  : never;
export type RequestPayload<N extends ClientNamespace, E extends RequestName<N>> = Parts<
  N,
  E
>['payload'];
export type RequestData<N extends ClientNamespace, E extends RequestName<N>> = Parts<N, E>['data'];

export interface RequestOptions {
  /** Until when it is tried, milliseconds from now; Infinity for ever. Default 10 s. */
  deadlineMs?: number;
  /**
   * What becomes of it once a try to connect has failed: it waits for the next one, as by default, or is
   * refused at once, with what became of it so far if it was sent. For what somebody has pressed.
   */
  whileOffline?: 'wait' | 'refuse';
  /** Gives it up. */
  signal?: AbortSignal;
}

export interface LinkOptions {
  /** What to say beside the token, e.g. `{ feed: 'frames' }` on `/admin`; asked at each connection. */
  auth?: () => Record<string, unknown>;
}

/** Something that the server does for this client until it leaves: asked for again after each return. */
export interface StandingRequest<Payload, Data> {
  /** What became of the last time it was asked for. */
  readonly answer: Promise<Result<Data>>;
  /** Asks for something else in its place. */
  change(payload: Payload): void;
  /** Does not ask again. */
  stop(): void;
}

interface Standing extends StandingRequest<unknown, unknown> {
  event: string;
  payload: unknown;
  answer: Promise<Result<unknown>>;
}

/** What takes part in the return of a namespace. */
export interface LinkPart {
  /** What it says of itself when the namespace connects. */
  auth?(): Record<string, unknown>;
  receive?(event: string, payload: unknown): void;
  /** The server has greeted; `ask` reaches it, and everything that was missed comes before its answers. */
  resume?(ask: Ask): Promise<void>;
  /** Everything is up to date. */
  ready?(): void;
  /** A request was answered. */
  learn?(data: unknown): void;
}

export type Ask = (
  event: string,
  payload: unknown,
  options?: RequestOptions,
) => Promise<Result<unknown>>;

type Listener = (payload: unknown) => void;

const DEADLINE_MS = 10_000;
/** Longer than the server takes to say that it takes too long. */
const ANSWER_TIMEOUT_MS = 8_000;
/** Requests of a namespace that are not answered; one more is refused at once. */
const MAX_REQUESTS = 100;

/** One namespace: what it tells, and what can be asked of it. */
export class Link<N extends ClientNamespace = ClientNamespace> implements ConnectionMember {
  /** What the server greeted with last. */
  hello: Hello | null = null;
  isReady = false;
  /** The clock of this device against the server's. */
  readonly clock = new ClockOfDevice();
  #socket: Socket | undefined;
  #requests = 0;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #standing = new Set<Standing>();
  readonly #parts = new Set<LinkPart>();
  /** Aborted when the namespace is ready, and when the state of the connection changes. */
  #turn = new AbortController();
  readonly #connection: Connection;
  readonly #options: LinkOptions;

  constructor(
    readonly namespace: N,
    connection: Connection,
    options: LinkOptions = {},
  ) {
    this.#connection = connection;
    this.#options = options;
    connection.state.subscribe(() => this.#wakeWaiters());
  }

  /**
   * Listens to a fact. An offer of a trip is confirmed once everybody who listens has heard it.
   * @returns what ends it
   */
  on<E extends FactName<N>>(event: E, listener: (payload: FactPayload<N, E>) => void): () => void {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener as Listener));
    return () => void all.delete(listener as Listener);
  }

  /**
   * Asks until there is an answer that another try would not change: waits for the connection, sends
   * again what was not answered or has to wait, until the deadline.
   */
  request<E extends RequestName<N>>(
    event: E,
    payload: RequestPayload<N, E>,
    options?: RequestOptions,
  ): Promise<Result<RequestData<N, E>>> {
    return this.requestAny(event, payload, options) as Promise<Result<RequestData<N, E>>>;
  }

  /** As `request`, for an event that no contract has, e.g. of a company's own gateway. */
  async requestAny(
    event: string,
    payload: unknown,
    options: RequestOptions = {},
  ): Promise<Result<unknown>> {
    if (this.#requests >= MAX_REQUESTS) return queueFull(MAX_REQUESTS);
    this.#requests += 1;
    try {
      const result = await this.#askInTime(event, payload, options);
      if (result.ok) for (const part of this.#parts) part.learn?.(result.data);
      return result;
    } finally {
      this.#requests -= 1;
    }
  }

  /** Asks once, if it can be asked now: for what is outdated by the time of another try. */
  async tryNow<E extends RequestName<N>>(
    event: E,
    payload: RequestPayload<N, E>,
  ): Promise<Result<RequestData<N, E>>> {
    if (!this.isReady) return this.#notNow();
    return (await this.#ask(event, payload)) as Result<RequestData<N, E>>;
  }

  /** Sends without an answer what the next one replaces, e.g. a pointer. @returns whether it was sent */
  send<E extends RequestName<N>>(event: E, payload: RequestPayload<N, E>): boolean {
    if (this.isReady) this.#socket?.volatile.emit(event, payload);
    return this.isReady;
  }

  /** Asks now and after each return, e.g. `nearby:subscribe`. */
  keep<E extends RequestName<N>>(
    event: E,
    payload: RequestPayload<N, E>,
  ): StandingRequest<RequestPayload<N, E>, RequestData<N, E>> {
    const begin = (): void => {
      // One that is not connected asks when it is.
      if (this.isReady) standing.answer = this.requestAny(event, standing.payload);
    };
    const standing: Standing = {
      event,
      payload,
      answer: Promise.resolve(this.#notNow()),
      change: (next) => {
        standing.payload = next;
        begin();
      },
      stop: () => void this.#standing.delete(standing),
    };
    this.#standing.add(standing);
    begin();
    return standing as StandingRequest<RequestPayload<N, E>, RequestData<N, E>>;
  }

  /** @returns what takes it out again */
  join(part: LinkPart): () => void {
    this.#parts.add(part);
    return () => void this.#parts.delete(part);
  }

  auth(): Record<string, unknown> {
    // What the app says goes before what this client knows: it may have kept more.
    return Object.assign(
      {},
      ...[...this.#parts].map((part) => part.auth?.()),
      this.#options.auth?.(),
    ) as Record<string, unknown>;
  }

  attach(socket: Socket): void {
    this.#socket = socket;
    socket.onAny((event: string, ...args: unknown[]) => this.#receive(socket, event, args));
  }

  detach(): void {
    this.#socket = undefined;
    this.isReady = false;
  }

  async renew(token: string): Promise<Refusal | undefined> {
    if (!this.hello || !this.#socket?.connected) return undefined;
    const result = await this.#ask('auth:refresh', { token });
    if (!result.ok) return result.error;
    this.#connection.tokens.learnEnd((result.data as AuthRefreshed).expiresAt);
    return undefined;
  }

  #receive(socket: Socket, event: string, args: unknown[]): void {
    const [payload] = args;
    if (event === 'hello') this.#greet(socket, payload as Hello);
    if (event === 'auth:expiring') this.#connection.renewSoon(payload as AuthExpiring);
    for (const part of this.#parts) part.receive?.(event, payload);
    const listeners = [...(this.#listeners.get(event) ?? [])];
    for (const listener of listeners) guarded(() => listener(payload));
    const confirm = args.at(-1);
    if (typeof confirm === 'function' && listeners[0]) confirm();
  }

  #greet(socket: Socket, hello: Hello): void {
    this.hello = hello;
    this.clock.note(hello.serverTime);
    this.#connection.tokens.greeted(hello);
    void this.#catchUp(socket);
  }

  /** Everything that has to be asked for again, then the server is asked for what is new. */
  async #catchUp(socket: Socket): Promise<void> {
    const isCurrent = (): boolean => socket === this.#socket;
    const askUntilDone: Ask = async (event, payload) => {
      for (let failures = 0; ; failures += 1) {
        const result = await this.#ask(event, payload);
        if (result.ok || !result.error.retryable || !isCurrent()) return result;
        await pause(backoffMs(failures, result.error.retryAfterMs));
        if (!isCurrent()) return result;
      }
    };
    const asked: unknown[] = [];
    for (const standing of this.#standing)
      asked.push((standing.answer = askUntilDone(standing.event, standing.payload)));
    for (const part of this.#parts) asked.push(part.resume?.(askUntilDone));
    await Promise.all(asked);
    if (!isCurrent()) return;
    this.isReady = true;
    this.#connection.noteReady();
    for (const part of this.#parts) part.ready?.();
    this.#wakeWaiters();
  }

  async #askInTime(
    event: string,
    payload: unknown,
    { deadlineMs = DEADLINE_MS, whileOffline, signal }: RequestOptions,
  ): Promise<Result<unknown>> {
    const end = Date.now() + deadlineMs;
    let result: Result<unknown> | undefined;
    for (let failures = 0; ; failures += 1) {
      // Until the namespace is ready, at the end, or when the client is closed.
      const hasToWait = (): boolean =>
        !this.isReady &&
        !this.#closed &&
        !signal?.aborted &&
        !(whileOffline === 'refuse' && this.#isOffline);
      let isOver = false;
      while (!isOver && hasToWait())
        isOver = await pause(end - Date.now(), this.#turn.signal, signal);
      if (signal?.aborted) return failure(refusal('ABORTED'));
      if (!this.isReady) return result ?? this.#notNow();
      result = await this.#ask(event, payload, end - Date.now());
      if (result.ok || !result.error.retryable) return result;
      // The connection is what has to come back, and that has a pace of its own.
      if (result.error.code === 'CONNECTION_LOST') continue;
      const delayMs = backoffMs(failures, result.error.retryAfterMs);
      if (Date.now() + delayMs >= end) return result;
      await pause(delayMs, signal);
    }
  }

  async #ask(
    event: string,
    payload: unknown,
    timeoutMs = ANSWER_TIMEOUT_MS,
  ): Promise<Result<unknown>> {
    const socket = this.#socket;
    let code: ClientCode = 'CONNECTION_LOST';
    if (socket?.connected) {
      const patient = socket.timeout(Math.max(1, Math.min(timeoutMs, ANSWER_TIMEOUT_MS)));
      try {
        return readAnswer(await patient.emitWithAck(event, payload));
      } catch {
        if (socket === this.#socket) code = 'NO_ANSWER';
      }
    } else if (socket) this.#connection.lose(refusal(code));
    return failure(refusal(code));
  }

  /** Why the client is closed. Of one that was never opened requests wait. */
  get #closed(): Refusal | null {
    const { status, reason } = this.#connection.state.get();
    return status === 'closed' ? reason : null;
  }

  /** A try to connect has failed, and none has come through since. */
  get #isOffline(): boolean {
    return this.#connection.state.get().status === 'offline';
  }

  #notNow(): Result<never> {
    return failure(this.#closed ?? refusal('OFFLINE'));
  }

  /** Whoever waits looks again. */
  #wakeWaiters(): void {
    this.#turn.abort();
    this.#turn = new AbortController();
  }
}

function readAnswer(answer: unknown): Result<unknown> {
  const { ok, data, error } = (answer ?? {}) as { ok?: boolean; data?: unknown; error?: unknown };
  if (ok === true) return { ok, data };
  return failure(readRefusal(error, refusal('NO_ANSWER')));
}
