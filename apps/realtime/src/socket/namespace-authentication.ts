import { Injectable } from '@nestjs/common';
import { AuthService } from '#libs/auth';
import { Configuration } from '#libs/config';
import { namespaceAdmits, RequestError, type Namespace } from '#libs/contracts';
import { Log } from '#libs/observability';
import { toRequestError } from '#libs/redis';
import { Admission } from './admission.js';
import { ConnectionRegistry } from './connection-registry.js';
import { ConnectionState } from './connection-state.js';
import { RateBudget } from './rate-budget.js';
import { type RealtimeSocket } from './realtime-socket.js';

/** CONNECT packets that one connection may send in its life; four namespaces need four. */
const MAX_CONNECTS = 12;

type Next = (error?: Error) => void;

/** The namespace middleware: nobody gets a socket before token, session, user and user type are right (AUTH1). */
@Injectable()
export class NamespaceAuthentication {
  private readonly connects = new WeakMap<object, { count: number; namespaces: Set<string> }>();

  constructor(
    private readonly configuration: Configuration,
    private readonly auth: AuthService,
    private readonly admission: Admission,
    private readonly registry: ConnectionRegistry,
    private readonly log: Log,
  ) {}

  middleware(namespace: Namespace): (socket: RealtimeSocket, next: Next) => void {
    return (socket, next) => {
      this.authenticate(namespace, socket).then(
        () => next(),
        (error: unknown) => next(this.toConnectError(namespace, socket, error)),
      );
    };
  }

  /** The default namespace refuses everybody. */
  refuseAll(): (socket: RealtimeSocket, next: Next) => void {
    return (socket, next) => {
      this.countConnect(socket, '/');
      next(connectError(new RequestError('NAMESPACE_CLOSED')));
    };
  }

  private async authenticate(namespace: Namespace, socket: RealtimeSocket): Promise<void> {
    if (!this.countConnect(socket, namespace)) throw new RequestError('ALREADY_CONNECTED');
    if (this.admission.isDraining) throw new RequestError('SERVER_DRAINING', { retryAfterMs: 1_000 });
    const principal = await this.auth.authenticate(readToken(socket));
    if (!namespaceAdmits[namespace].includes(principal.userType)) throw new RequestError('NAMESPACE_FORBIDDEN');
    if (this.registry.countOfUser(principal.userId) >= this.configuration.sockets.maxConnectionsPerUser) {
      throw new RequestError('TOO_MANY_CONNECTIONS', { retryAfterMs: 5_000 });
    }
    socket.data.principal = principal;
    socket.data.connection = new ConnectionState(new RateBudget(this.configuration.sockets, Date.now()));
  }

  /** False for a namespace that this connection is in, or is getting into, already. */
  private countConnect(socket: RealtimeSocket, namespace: string): boolean {
    let seen = this.connects.get(socket.conn);
    if (!seen) this.connects.set(socket.conn, (seen = { count: 0, namespaces: new Set() }));
    seen.count += 1;
    if (seen.count > MAX_CONNECTS) setImmediate(() => socket.conn.close());
    if (seen.namespaces.has(namespace)) return false;
    seen.namespaces.add(namespace);
    return true;
  }

  private toConnectError(namespace: Namespace, socket: RealtimeSocket, thrown: unknown): Error {
    const error = toRequestError(thrown);
    // A refused client may try again on the same connection, e.g. with a fresh token.
    if (!(error instanceof RequestError && error.code === 'ALREADY_CONNECTED')) {
      this.connects.get(socket.conn)?.namespaces.delete(namespace);
    }
    if (error instanceof RequestError) return connectError(error);
    this.log.error({ nsp: namespace, err: error }, 'authentication failed');
    return connectError(new RequestError('INTERNAL'));
  }

  /** The client has left the namespace and may enter it again on the same connection. */
  forget(socket: RealtimeSocket): void {
    this.connects.get(socket.conn)?.namespaces.delete(socket.nsp.name);
  }
}

function readToken(socket: RealtimeSocket): string | undefined {
  const { auth, headers } = socket.handshake;
  const token: unknown = (auth as Record<string, unknown>)['token'];
  if (typeof token === 'string' && token !== '') return token.replace(/^Bearer\s+/i, '');
  const match = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '');
  return match?.[1];
}

/** What reaches the client as `connect_error` with `data: {code, retryable, retryAfterMs?}`. */
function connectError(error: RequestError): Error & { data: unknown } {
  const { code, retryable, retryAfterMs } = error.toBody();
  return Object.assign(new Error(error.message), {
    data: { code, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}
