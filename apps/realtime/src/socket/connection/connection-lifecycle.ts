import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Revocations, type Revocation } from '#libs/auth';
import { socketsConfig, type ConfigType } from '#libs/config';
import {
  GUEST,
  RequestError,
  SessionEndReason,
  type ErrorCode,
  type SessionRevoked,
} from '#libs/contracts';
import { Log, Metrics, Tracing, within, Work, type Delays } from '#libs/observability';
import { sharedListener, type RealtimeSocket } from '../realtime-socket.js';
import { RequestDispatcher } from '../request/request-dispatcher.js';
import { RequestRoutes } from '../request/request-routes.js';
import { refusalOf } from '../request/thrown-refusal.js';
import { NO_CONNECT_OPTIONS } from './connect-options.js';
import { ConnectionGuard } from './connection-guard.js';
import { ConnectionRegistry } from './connection-registry.js';
import { cutConnection, sendAway, tellEndOfRight } from './cut-connection.js';
import { RefusalLog } from './refusal-log.js';
import { NamespaceAuthentication } from './namespace-authentication.js';
import { sendSessionFact } from '../sending/send-fact.js';

const NOTHING_SENT = Object.freeze({});
const GAVE_WAY =
  'The user opened more connections than one may have, and this one was silent for longest. Close one, then connect again.';

/** Takes a socket from its authentication through the welcome to its end, also by revocation. */
@Injectable()
export class ConnectionLifecycle implements OnModuleInit {
  private readonly endListener = sharedListener((socket) => this.end(socket));

  private readonly goodbyes = new Set<Promise<void>>();
  private readonly revokeDelays: Delays;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly registry: ConnectionRegistry,
    private readonly guard: ConnectionGuard,
    private readonly authentication: NamespaceAuthentication,
    private readonly dispatcher: RequestDispatcher,
    private readonly routes: RequestRoutes,
    private readonly revocations: Revocations,
    private readonly refusals: RefusalLog,
    private readonly log: Log,
    private readonly tracing: Tracing,
    metrics: Metrics,
  ) {
    this.revokeDelays = metrics.delays(
      'ridewire_revoke_to_cut_seconds',
      'From the end of a session to the cut of each of its connections here.',
    );
  }

  onModuleInit(): void {
    const registry = this.registry;
    this.revocations.onRevoked((revocation) => this.cutRevoked(revocation));
    this.revocations.watchSessions(function* () {
      for (const { data } of registry.all()) {
        if (data.principal.userType !== GUEST) yield data.principal;
      }
    });
  }

  begin(socket: RealtimeSocket): void {
    const { principal, connection } = socket.data;
    this.registry.add(socket);
    this.guard.identify(socket.conn, principal.userId);
    socket.on('disconnect', this.endListener);
    socket.on('error', ignore);
    this.dispatcher.attach(socket);
    // Between the check of the session and the line above nobody could have cut this socket.
    if (this.revocations.isRevoked(principal)) {
      this.cutTold([socket], SessionEndReason.endedMeanwhile);
      return;
    }
    this.makeRoomFor(socket);
    connection.welcoming = this.welcomeTraced(socket).finally(() => {
      connection.welcoming = undefined;
      // What the gateways have read of it they keep themselves, and it may be as large as a message.
      socket.handshake.auth = NOTHING_SENT;
      connection.options = NO_CONNECT_OPTIONS;
    });
  }

  get goodbyesUnderWay(): number {
    return this.goodbyes.size;
  }

  /** Resolves once every farewell is done. */
  async saidGoodbye(): Promise<void> {
    await Promise.all(this.goodbyes);
  }

  /**
   * A phone that loses its network leaves a connection that looks alive until a ping goes unanswered.
   * The one that was silent for longest gives way, so that dead ones never keep their user out. It is
   * not sent back by itself: two devices that live would take turns without end.
   */
  private makeRoomFor({ data, conn }: RealtimeSocket): void {
    const { userId } = data.principal;
    const others = this.registry.countOthersOfUser(userId, conn);
    let excess = others + 1 - this.settings.maxConnectionsPerUser;
    if (excess <= 0) return;
    const bySilence = this.registry
      .ofUser(userId)
      .filter((other) => other.conn !== conn)
      .toSorted((a, b) => this.guard.heardAt(a.conn) - this.guard.heardAt(b.conn));
    for (const silent of bySilence) {
      if (excess === 0) return;
      // Its connection has just been cut through another namespace.
      if (silent.data.connection.closed) continue;
      cutConnection(silent, new RequestError('TOO_MANY_CONNECTIONS', { message: GAVE_WAY }));
      excess -= 1;
    }
  }

  private welcomeTraced(socket: RealtimeSocket): Promise<void> {
    const { traceparent } = socket.data.connection;
    const attributes = { 'ridewire.namespace': socket.nsp.name };
    return within(new Work(), () =>
      this.tracing.span('welcome', { attributes, parent: traceparent }, () => this.welcome(socket)),
    );
  }

  private async welcome(socket: RealtimeSocket): Promise<void> {
    try {
      if (this.revocations.standing === 'behind') await this.revocations.settled();
      if (!socket.connected) return;
      await this.routes.welcomeOf(socket.nsp.name).welcome(socket);
      for (const gateway of this.routes.gateways(socket.nsp.name)) {
        if (!socket.connected) return;
        await gateway.handleConnection?.(socket);
      }
      if (socket.connected) this.dispatcher.open(socket);
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (!refusal)
        this.log.error({ nsp: socket.nsp.name, err: thrown }, 'welcoming a client failed');
      const error = refusal ?? new RequestError('INTERNAL');
      // A client that may try again must come back by itself, e.g. when Redis is back.
      if (error.retryable) sendAway(socket, error);
      else cutConnection(socket, error);
    }
  }

  private end(socket: RealtimeSocket): void {
    const { connection } = socket.data;
    connection.closed = true;
    if (connection.closedFor) this.noteCut(socket, connection.closedFor);
    connection.takeUnfinished();
    this.registry.remove(socket);
    this.authentication.forget(socket);
    const goodbye = this.sayGoodbye(socket).finally(() => this.goodbyes.delete(goodbye));
    this.goodbyes.add(goodbye);
  }

  private noteCut({ nsp, conn }: RealtimeSocket, code: ErrorCode): void {
    const client = this.guard.clientOf(conn);
    this.refusals.note({ code, namespace: nsp.name, ...client });
  }

  /** After the welcome at the earliest: a farewell may undo what the welcome did. */
  private async sayGoodbye(socket: RealtimeSocket): Promise<void> {
    await socket.data.connection.welcoming;
    const { name } = socket.nsp;
    await this.tryGoodbye(name, () => this.routes.welcomeOf(name).farewell?.(socket));
    for (const gateway of this.routes.gateways(name))
      await this.tryGoodbye(name, () => gateway.handleDisconnect?.(socket));
  }

  private async tryGoodbye(nsp: string, step: () => void | Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.log.debug({ nsp, err: error }, 'saying goodbye failed');
    }
  }

  private cutRevoked({ userId, sid, reason, at }: Revocation): void {
    const ofUser = this.registry.ofUser(userId);
    const sockets = sid === null ? ofUser : ofUser.filter(({ data }) => data.principal.sid === sid);
    const open = sockets.filter(({ data }) => !data.connection.closed);
    this.cutTold(sockets, reason);
    for (const _ of open) this.revokeDelays.note(Date.now() - Date.parse(at));
  }

  /** All get the reason before the first is cut, as that ends the other namespaces of its connection. */
  private cutTold(sockets: readonly RealtimeSocket[], reason: string): void {
    const at = new Date().toISOString();
    for (const socket of sockets) {
      if (socket.data.connection.closed) continue;
      tellEndOfRight(socket, 'SESSION_REVOKED');
      const notice: SessionRevoked = { sid: socket.data.principal.sid, reason, at };
      sendSessionFact(socket, 'auth:session_revoked', notice);
    }
    for (const socket of sockets) cutConnection(socket, new RequestError('SESSION_REVOKED'));
  }
}

/** What is wrong with a packet is found where it is read. */
function ignore(): void {}
