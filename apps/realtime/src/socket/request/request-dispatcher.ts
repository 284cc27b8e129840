import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Revocations } from '#libs/auth';
import { socketsConfig, type ConfigType } from '#libs/config';
import { RequestError, type Ack, type ErrorBody, type ExceptionEvent } from '#libs/contracts';
import { RateBudget } from '#libs/limits';
import { Log, SpanKind, Tracing, within } from '#libs/observability';
import { ConnectionGuard } from '../connection/connection-guard.js';
import { cutConnection, sendAway } from '../connection/cut-connection.js';
import { RefusalLog } from '../connection/refusal-log.js';
import { RequestDecoder, type RequestTaker } from '../engine/request-decoder.js';
import {
  type ConnectionState,
  PendingRequest,
  sharedListener,
  type AckTarget,
  type RealtimeSocket,
} from '../realtime-socket.js';
import { Deadlines } from './deadlines.js';
import { costOf } from './request-policy.decorator.js';
import { RequestRoutes, type RequestRoute } from './request-routes.js';
import { SharedBudgets } from './shared-budgets.js';
import { refusalOf } from './thrown-refusal.js';
import { VolatileLane } from './volatile-lane.js';
import { sendOldError, sendSessionFact } from '../sending/send-fact.js';

/**
 * Codes after which a connection has no right to stay, and how it ends. A client whose token ended
 * comes back by itself and gets `connect_error`; a revoked one stays away.
 */
const endingOf: ReadonlyMap<string, typeof cutConnection> = new Map([
  ['TOKEN_EXPIRED', sendAway],
  ['SESSION_REVOKED', cutConnection],
]);

/** Of a volatile request only an ack says these: they would come with each keystroke of one who may not. */
const saidInAcksOnly: ReadonlySet<string> = new Set(['CHAT_MUTED', 'CHAT_CLOSED', 'NOT_FOUND']);

/**
 * The way of every request: session still good, rate, queue, deadline, validation, gateway method,
 * exactly one answer. Requests of one socket are handled one after the other (ORD1, ACK1).
 */
@Injectable()
export class RequestDispatcher implements OnApplicationShutdown {
  private readonly deadlines: Deadlines;
  /** Sockets whose requests wait until this instance knows who was revoked. */
  private readonly held = new Set<RealtimeSocket>();
  private readonly taker: RequestTaker = (socket, event, payload, ackId) => {
    const route = this.routes.find(socket.nsp.name, event);
    if (!route) return false;
    this.receive(socket, route, event, payload, ackId);
    return true;
  };
  private readonly listener = sharedListener((socket, ...args) => {
    const ack =
      typeof args.at(-1) === 'function' ? (args.pop() as (answer: unknown) => void) : undefined;
    const [name, payload] = args;
    // The parser lets a packet pass that has an id and no event, and numbers as names of events.
    const event = typeof name === 'string' || typeof name === 'number' ? String(name) : '';
    this.receive(socket, this.routes.find(socket.nsp.name, event), event, payload, ack);
  });

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly routes: RequestRoutes,
    private readonly revocations: Revocations,
    private readonly guard: ConnectionGuard,
    private readonly shared: SharedBudgets,
    private readonly refusals: RefusalLog,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {
    this.deadlines = new Deadlines(settings.requestDeadlineMs, (request) => this.giveUp(request));
  }

  /** Requests come from the decoder; what it does not take, through one listener for all events. */
  attach(socket: RealtimeSocket): void {
    RequestDecoder.open(socket, this.taker);
    socket.onAny(this.listener);
  }

  /** The client is welcomed: requests that waited are handled. */
  open(socket: RealtimeSocket): void {
    socket.data.connection.opened = true;
    this.runNext(socket);
    this.runVolatile(socket);
  }

  onApplicationShutdown(): void {
    this.deadlines.stop();
  }

  private receive(
    socket: RealtimeSocket,
    route: RequestRoute | undefined,
    event: string,
    payload: unknown,
    ack: AckTarget | undefined,
  ): void {
    const { connection } = socket.data;
    if (connection.closed) return;
    const now = Date.now();
    const request = new PendingRequest(socket, event, payload, ack, route, now);
    // Whatever it is refused for, it costs: an outage must not make floods free.
    const lane = route?.isVolatile ? this.volatileLaneOf(connection, now) : undefined;
    const { budget } = lane ?? connection;
    const cost = route ? costOf(route.price, payload) : 1;
    const { network } = connection;
    // The own budget first: whoever is over it takes nothing from that of all sockets of the user.
    const retryAfterMs =
      budget.take(cost, now) ||
      this.shared.take({ userId: socket.data.principal.userId, network }, cost, now);
    const refusal = this.refusalOf(socket, route, retryAfterMs, now);
    if (refusal) {
      if (lane && refusal.code === 'RATE_LIMITED') this.dropVolatile(request, lane, refusal);
      else this.refuse(request, refusal);
      return;
    }
    this.deadlines.watch(request);
    if (lane) {
      const replaced = lane.put(request);
      if (replaced) this.answer(replaced, refusalAnswer(new RequestError('SUPERSEDED')));
      this.runVolatile(socket);
      return;
    }
    const isBehind = this.revocations.standing === 'behind';
    const isFirst = connection.opened && !connection.running && connection.waiting.length === 0;
    if (isFirst && !isBehind) {
      connection.running = request;
      this.run(request, route!);
    } else {
      connection.waiting.push(request);
      if (isBehind) this.hold(socket);
    }
  }

  /** @param retryAfterMs how long the budget of the client wants it to wait; 0 for not at all */
  private refusalOf(
    socket: RealtimeSocket,
    route: RequestRoute | undefined,
    retryAfterMs: number,
    now: number,
  ): RequestError | undefined {
    const { connection } = socket.data;
    const unauthorized = this.authorizationRefusal(socket, now);
    if (unauthorized) return unauthorized;
    if (connection.draining) return new RequestError('SERVER_DRAINING', { retryAfterMs: 1_000 });
    if (retryAfterMs > 0) return new RequestError('RATE_LIMITED', { retryAfterMs });
    if (connection.isReadOnly) return new RequestError('FORBIDDEN');
    if (!route) return new RequestError('UNKNOWN_EVENT');
    if (!route.isVolatile && connection.waiting.length >= this.settings.queueLength)
      return new RequestError('QUEUE_FULL');
    return undefined;
  }

  /** Checked when a request arrives and again before it is handled: a revocation may come between. */
  private authorizationRefusal(socket: RealtimeSocket, now: number): RequestError | undefined {
    const { principal } = socket.data;
    if (principal.expiresAt <= now) return new RequestError('TOKEN_EXPIRED');
    if (this.revocations.isRevoked(principal)) return new RequestError('SESSION_REVOKED');
    // Cut off from Redis this instance cannot know who was revoked, and could store nothing anyway.
    if (this.revocations.standing === 'cutOff')
      return new RequestError('REDIS_UNAVAILABLE', { retryAfterMs: 1_000 });
    return undefined;
  }

  private runNext(socket: RealtimeSocket): void {
    const { connection } = socket.data;
    while (connection.opened && !connection.closed && !connection.running) {
      if (connection.waiting.length > 0 && this.revocations.standing === 'behind') {
        this.hold(socket);
        return;
      }
      const request = connection.waiting.shift();
      if (!request) return;
      if (request.isAnswered) continue;
      connection.running = request;
      // A revocation or the deadline may have come while it waited.
      const now = Date.now();
      const refusal = this.authorizationRefusal(socket, now) ?? this.deadlineRefusal(request, now);
      if (refusal) {
        this.refuse(request, refusal);
        this.finish(request);
      } else {
        this.run(request, this.routes.find(socket.nsp.name, request.event)!);
      }
    }
  }

  private volatileLaneOf(connection: ConnectionState, now: number): VolatileLane<PendingRequest> {
    const { volatileRatePerSecond: ratePerSecond, volatileRateBurst: rateBurst } = this.settings;
    connection.volatileLane ??= new VolatileLane(new RateBudget({ ratePerSecond, rateBurst }, now));
    return connection.volatileLane;
  }

  private runVolatile(socket: RealtimeSocket): void {
    const { connection } = socket.data;
    const lane = connection.volatileLane;
    if (!lane?.isBusy || !connection.opened || connection.closed) return;
    if (this.revocations.standing === 'behind') {
      this.hold(socket);
      return;
    }
    const now = Date.now();
    for (const request of lane.takeReady()) {
      const refusal = this.authorizationRefusal(socket, now) ?? this.deadlineRefusal(request, now);
      if (!refusal) {
        this.run(request, this.routes.find(socket.nsp.name, request.event)!);
        continue;
      }
      this.refuse(request, refusal);
      lane.finish(request);
    }
  }

  /** Too many volatile requests: only an ack says so, and a client that goes on is cut off. */
  private dropVolatile(
    request: PendingRequest,
    lane: VolatileLane<PendingRequest>,
    error: RequestError,
  ): void {
    this.answer(request, refusalAnswer(error));
    this.note(request, error);
    if (lane.budget.isFlooded) cutConnection(request.socket, error);
  }

  /** An instance that was too busy to hear of revocations handles nothing before it has, and refuses nothing. */
  private hold(socket: RealtimeSocket): void {
    this.held.add(socket);
    if (this.held.size > 1) return;
    void this.revocations.settled().then(() => {
      const sockets = [...this.held];
      this.held.clear();
      for (const each of sockets) {
        this.runNext(each);
        this.runVolatile(each);
      }
    });
  }

  /** Written without async functions: this is the hot path, and each of them costs promises a message. */
  private run(request: PendingRequest, route: RequestRoute): void {
    within(request.work, () => this.handle(request, route));
  }

  private handle(request: PendingRequest, route: RequestRoute): void {
    try {
      const data = this.tracing.isOn
        ? this.callTraced(request, route)
        : route.handle(request.socket, route.validate(request.takePayload()));
      if (data instanceof Promise) {
        data.then(
          (value: unknown) => this.succeed(request, value),
          (error: unknown) => this.fail(request, error),
        );
      } else {
        this.succeed(request, data);
      }
    } catch (error) {
      this.fail(request, error);
    }
  }

  private callTraced(request: PendingRequest, route: RequestRoute): unknown {
    const { socket, event } = request;
    const attributes = { 'ridewire.namespace': socket.nsp.name };
    const { traceparent } = socket.data.connection;
    return this.tracing.span(
      event,
      { kind: SpanKind.SERVER, attributes, parent: traceparent },
      () => route.handle(socket, route.validate(request.takePayload())),
    );
  }

  private succeed(request: PendingRequest, data: unknown): void {
    this.answer(request, data === undefined ? { ok: true } : { ok: true, data });
    this.finish(request);
  }

  private fail(request: PendingRequest, error: unknown): void {
    this.refuse(request, this.asRequestError(request, error));
    this.finish(request);
  }

  /** Lets the next request go; a late result of one that was given up lets nothing go. */
  private finish(request: PendingRequest): void {
    const { socket } = request;
    const { connection } = socket.data;
    if (connection.volatileLane?.finish(request)) {
      this.runVolatile(socket);
      return;
    }
    if (connection.running !== request) return;
    connection.running = undefined;
    if (connection.waiting.length > 0) this.runNext(socket);
  }

  private deadlineRefusal(request: PendingRequest, now: number): RequestError | undefined {
    // Its client has given up by now, and the check of the deadlines is about to say so.
    return this.deadlines.isOverdue(request, now)
      ? new RequestError('DEADLINE_EXCEEDED')
      : undefined;
  }

  /** Answers for a request that is overdue; its own result is dropped later. */
  private giveUp(request: PendingRequest): void {
    const { waiting } = request.socket.data.connection;
    this.refuse(request, new RequestError('DEADLINE_EXCEEDED'));
    const index = waiting.indexOf(request);
    if (index >= 0) waiting.splice(index, 1);
    this.finish(request);
  }

  private refuse(request: PendingRequest, error: RequestError): void {
    if (!request.isAnswered) within(request.work, () => this.sayRefusal(request, error));
  }

  private sayRefusal(request: PendingRequest, error: RequestError): void {
    const { socket } = request;
    const body = error.toBody();
    this.answer(request, refusalAnswer(error));
    this.note(request, error);
    if (!socket.connected) return;
    if (!isSilent(request, error)) {
      sendSessionFact(socket, 'exception', toException(request.event, body));
      const { oldAnswers } = request.route ?? {};
      if (oldAnswers) sendOldError(socket, { ...body, ...oldAnswers.failure, reason: body.code });
    }
    const end = this.endingFor(socket, error);
    if (end) end(socket, error);
    else if (socket.data.connection.budget.isFlooded)
      cutConnection(socket, new RequestError('RATE_LIMITED', { retryAfterMs: 5_000 }));
  }

  /** An `auth:refresh` with a bad token is refused alike, but its socket has a good one still. */
  private endingFor(socket: RealtimeSocket, error: RequestError): typeof cutConnection | undefined {
    const end = endingOf.get(error.code);
    if (!end || this.authorizationRefusal(socket, Date.now())?.code !== error.code)
      return undefined;
    return end;
  }

  private note({ socket, event }: PendingRequest, { code }: RequestError): void {
    const client = this.guard.clientOf(socket.conn);
    this.refusals.note({ code, namespace: socket.nsp.name, event, ...client });
  }

  private answer(request: PendingRequest, answer: Ack<unknown>): void {
    this.deadlines.settle(request);
    try {
      request.answer(answer);
    } catch (error) {
      this.log.error({ event: request.event, err: error }, 'an answer could not be encoded');
      request.answer({ ok: false, error: new RequestError('INTERNAL').toBody() });
    }
  }

  private asRequestError(request: PendingRequest, thrown: unknown): RequestError {
    const refusal = refusalOf(thrown);
    if (refusal) return refusal;
    const { socket, event } = request;
    const { userId } = socket.data.principal;
    this.log.error({ nsp: socket.nsp.name, event, userId, err: thrown }, 'request failed');
    return new RequestError('INTERNAL', { cause: thrown });
  }
}

function refusalAnswer(error: RequestError): Ack<never> {
  return { ok: false, error: error.toBody() };
}

function isSilent({ route, wantsAnswer }: PendingRequest, { code }: RequestError): boolean {
  return !wantsAnswer && route?.isVolatile === true && saidInAcksOnly.has(code);
}

function toException(pattern: string, body: ErrorBody): ExceptionEvent {
  const { code, message, retryable, retryAfterMs } = body;
  return {
    status: 'error',
    message,
    code,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    // A client can name an event as long as a payload may be: it is not echoed whole.
    cause: { pattern: pattern.slice(0, 64) },
  };
}
