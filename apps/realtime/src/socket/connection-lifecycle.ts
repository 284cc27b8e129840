import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Revocations, type Revocation } from '#libs/auth';
import { RequestError, SessionEvent, sessionRoom, type SessionRevoked } from '#libs/contracts';
import { Log } from '#libs/observability';
import { toRequestError } from '#libs/redis';
import { ConnectionRegistry } from './connection-registry.js';
import { cutConnection } from './cut-connection.js';
import { NamespaceAuthentication } from './namespace-authentication.js';
import { RequestDispatcher } from './request-dispatcher.js';
import { RequestRoutes } from './request-routes.js';
import { type RealtimeSocket } from './realtime-socket.js';

/** From an authenticated socket to a welcomed one, and to its end, be it by revocation. */
@Injectable()
export class ConnectionLifecycle implements OnModuleInit {
  constructor(
    private readonly registry: ConnectionRegistry,
    private readonly authentication: NamespaceAuthentication,
    private readonly dispatcher: RequestDispatcher,
    private readonly routes: RequestRoutes,
    private readonly revocations: Revocations,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    const registry = this.registry;
    this.revocations.onRevoked((revocation) => this.cutRevoked(revocation));
    this.revocations.watchSessions(function* () {
      for (const socket of registry.all()) yield socket.data.principal;
    });
  }

  begin(socket: RealtimeSocket): void {
    const { principal } = socket.data;
    this.registry.add(socket);
    const lifecycle = this;
    socket.on('disconnect', function ended(this: RealtimeSocket) {
      lifecycle.end(this);
    } as never);
    socket.on('error', () => undefined);
    this.dispatcher.attach(socket);
    // Between the check of the session and the line above nobody could have cut this socket.
    if (this.revocations.isRevoked(principal)) {
      this.tellRevoked(socket, 'revoked');
      return;
    }
    void socket.join(sessionRoom(principal.sid));
    void this.welcome(socket);
  }

  private async welcome(socket: RealtimeSocket): Promise<void> {
    try {
      for (const gateway of this.routes.gateways(socket.nsp.name)) await gateway.handleConnection?.(socket);
      if (socket.connected) this.dispatcher.open(socket);
    } catch (thrown) {
      const error = toRequestError(thrown);
      if (error instanceof RequestError) {
        cutConnection(socket, error);
      } else {
        this.log.error({ nsp: socket.nsp.name, err: error }, 'welcoming a client failed');
        cutConnection(socket, new RequestError('INTERNAL'));
      }
    }
  }

  private end(socket: RealtimeSocket): void {
    socket.data.connection.closed = true;
    this.registry.remove(socket);
    this.authentication.forget(socket);
    for (const gateway of this.routes.gateways(socket.nsp.name)) {
      Promise.resolve(gateway.handleDisconnect?.(socket)).catch((error: unknown) =>
        this.log.debug({ nsp: socket.nsp.name, err: error }, 'saying goodbye failed'),
      );
    }
  }

  private cutRevoked({ userId, sid, reason }: Revocation): void {
    for (const socket of this.registry.ofUser(userId)) {
      if (sid === null || socket.data.principal.sid === sid) this.tellRevoked(socket, reason);
    }
  }

  private tellRevoked(socket: RealtimeSocket, reason: string): void {
    if (socket.data.connection.closed) return;
    const notice: SessionRevoked = { sid: socket.data.principal.sid, reason, at: new Date().toISOString() };
    socket.emit(SessionEvent.authSessionRevoked, notice as never);
    cutConnection(socket, new RequestError('SESSION_REVOKED'));
  }
}
