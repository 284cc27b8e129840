import { type Namespace as SocketNamespace, type Server, type Socket } from 'socket.io';
import { type Ack, type ErrorCode, type Guest, type Principal } from '#libs/contracts';
import { type RateBudget } from '#libs/limits';
import { Work } from '#libs/observability';
import { NO_CONNECT_OPTIONS, type ConnectOptions } from './connection/connect-options.js';
import { sendAck } from './engine/send-packet.js';
import { type VolatileLane } from './request/volatile-lane.js';
import { type RouteMeasures } from './request/request-measures.js';
import { type AnswerEncoder, type OldAnswers } from './request/request-policy.decorator.js';

type Emission = (...args: never[]) => void;
type Events = Record<string, Emission>;

/** What the server keeps of a socket. Only the authentication step writes `principal`. */
export interface SocketData {
  principal: Principal | Guest;
  connection: ConnectionState;
}

/** A socket that has passed authentication; gateways name the events they may send. */
export type RealtimeSocket<ServerToClient extends object = object> = Socket<
  Events,
  ServerToClient & Events,
  Events,
  SocketData
>;
export type RealtimeNamespace = SocketNamespace<Events, Events, Events, SocketData>;
export type RealtimeServer = Server<Events, Events, Events, SocketData>;

/** What a client wants to be answered by: the id of its packet, or what Socket.IO made of it. */
export type AckTarget = number | ((answer: unknown) => void);

/** What answering needs of the route of a request. */
export interface AnsweredRoute {
  /** Of the data of an answer; absent where JSON.stringify does it. */
  encode: AnswerEncoder | undefined;
  /** Absent for requests that only present clients know. */
  oldAnswers: OldAnswers | undefined;
  measures: RouteMeasures;
  /** Only the newest of its requests counts. */
  isVolatile: boolean;
}

/** A request that waits for its turn or is being handled; answered once, by the first that does it. */
export class PendingRequest {
  /** Neighbours in time among those that may become overdue; written by Deadlines only. */
  older: PendingRequest | undefined;
  newer: PendingRequest | undefined;
  /** What its log lines and spans have in common. */
  readonly work = new Work();
  private answered = false;

  constructor(
    readonly socket: RealtimeSocket,
    readonly event: string,
    private payload: unknown,
    /** Absent when the client asked for no ack. */
    private readonly ack: AckTarget | undefined,
    /** Absent for an event that nobody serves. */
    readonly route: AnsweredRoute | undefined,
    /** Epoch milliseconds. */
    readonly startedAt: number,
  ) {}

  /** Forgets it as well: while a request waits for Redis, its payload would be memory for nothing. */
  takePayload(): unknown {
    const { payload } = this;
    this.payload = undefined;
    return payload;
  }

  get wantsAnswer(): boolean {
    return this.ack !== undefined;
  }

  get isAnswered(): boolean {
    return this.answered;
  }

  /** @throws Error for an answer that cannot be encoded; the request then still waits for one. */
  answer(answer: Ack<unknown>): void {
    if (this.answered) return;
    const { ack } = this;
    const said = this.route?.oldAnswers ? inBothShapes(answer) : answer;
    if (typeof ack === 'number') sendAck(this.socket, ack, said, this.route?.encode);
    else ack?.(said);
    this.answered = true;
    this.route?.measures.note(answer, this.startedAt);
  }
}

/** As clients of the older chat read it as well. */
function inBothShapes(answer: Ack<unknown>): Ack<unknown> {
  const fields = answer.ok && typeof answer.data === 'object' ? answer.data : {};
  return Object.assign({ ...fields, success: answer.ok }, answer);
}

/** What the server keeps of one client in one namespace. */
export class ConnectionState {
  /** False until the client is welcomed: requests wait until then. */
  opened = false;
  /** What the client asked for with its CONNECT; emptied once it is welcomed. */
  options: ConnectOptions = NO_CONNECT_OPTIONS;
  /** Present while the client is being welcomed. */
  welcoming: Promise<void> | undefined;
  /** True once the instance is about to move the client elsewhere: only what was taken is finished. */
  draining = false;
  /** True for guests who are shown something and may ask for nothing. */
  isReadOnly = false;
  /** True once it is being closed by the server: nothing is handled from then on. */
  closed = false;
  /** Why the server closes it; undefined when the client has left. */
  closedFor: ErrorCode | undefined;
  /** True once `auth:expiring` was sent for the present token. */
  expiryNoticed = false;
  /** The trace that the client said its requests belong to; absent while nothing is traced. */
  traceparent: string | undefined;
  /** Since when the client has had too much unread, epoch ms; 0 while it keeps up. */
  slowSince = 0;
  readonly waiting: PendingRequest[] = [];
  running: PendingRequest | undefined;
  /** Absent until the client sends its first volatile request. */
  volatileLane: VolatileLane<PendingRequest> | undefined;

  constructor(
    readonly budget: RateBudget,
    /** Address of the client, or its network in IPv6; empty where none is known. */
    readonly network: string = '',
  ) {}

  get isBusy(): boolean {
    return (
      this.running !== undefined || this.waiting.length > 0 || (this.volatileLane?.isBusy ?? false)
    );
  }

  /** Takes back what was not finished, so that somebody answers for it. */
  takeUnfinished(): PendingRequest[] {
    const unfinished = this.waiting.splice(0);
    if (this.running) unfinished.unshift(this.running);
    this.running = undefined;
    if (this.volatileLane) unfinished.push(...this.volatileLane.takeUnfinished());
    return unfinished;
  }
}

/**
 * One listener for all sockets: Socket.IO calls it with the socket as `this`, so that a connection
 * costs no closure.
 */
export function sharedListener(
  handle: (socket: RealtimeSocket, ...args: unknown[]) => void,
): (this: RealtimeSocket, ...args: unknown[]) => void {
  return function listener(this: RealtimeSocket, ...args: unknown[]) {
    handle(this, ...args);
  };
}
