import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AuthService, networkOf } from '#libs/auth';
import { socketsConfig, type ConfigType } from '#libs/config';
import {
  GUEST,
  type Guest,
  readToken,
  RequestError,
  type Namespace,
  type NamespacePolicy,
  type Principal,
} from '#libs/contracts';
import { RateBudget, refuseUntilLater } from '#libs/limits';
import { Log, SpanKind, Tracing, within, Work } from '#libs/observability';
import { terminateUnlessClosed } from '../engine/terminate.js';
import { ConnectionState, type RealtimeSocket } from '../realtime-socket.js';
import { SharedBudgets } from '../request/shared-budgets.js';
import { refusalOf } from '../request/thrown-refusal.js';
import { Admission } from './admission.js';
import { hasShare, readConnectOptions } from './connect-options.js';
import { ConnectionGuard } from './connection-guard.js';
import { GuestLimits } from './guest-limits.js';
import { RefusalLog } from './refusal-log.js';

/** Injects who may come into each namespace: `namespacePolicies` of the contract. */
export const NAMESPACE_POLICIES = Symbol('namespace policies');

/** A CONNECT costs a user as much as a dear request: token and session are looked at. */
const CONNECT_COST = 5;

/** The last moment that a date can name, epoch milliseconds. */
const NEVER_MS = 8.64e15;

type Next = (error?: Error) => void;
type Connection = RealtimeSocket['conn'];

/** The namespace middleware: nobody gets a socket before token, session, user and user type are right (AUTH1). */
@Injectable()
export class NamespaceAuthentication {
  /** The namespaces that each connection is in or is getting into. */
  private readonly entered = new WeakMap<Connection, string[]>();
  /** Those that were refused in a namespace at least once. */
  private readonly refused = new WeakSet<Connection>();

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    @Inject(NAMESPACE_POLICIES)
    private readonly policies: Readonly<Record<Namespace, NamespacePolicy>>,
    private readonly auth: AuthService,
    private readonly admission: Admission,
    private readonly guard: ConnectionGuard,
    private readonly guests: GuestLimits,
    private readonly shared: SharedBudgets,
    private readonly refusals: RefusalLog,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {}

  middleware(namespace: Namespace): (socket: RealtimeSocket, next: Next) => void {
    return (socket, next) => {
      within(new Work(), () => {
        this.connect(namespace, socket).then(
          () => next(),
          (error: unknown) => next(this.toConnectError(namespace, socket, error)),
        );
      });
    };
  }

  /** The default namespace refuses everybody. */
  refuseAll(): (socket: RealtimeSocket, next: Next) => void {
    return (socket, next) => {
      const refusal = new RequestError('NAMESPACE_CLOSED');
      this.note(socket, refusal);
      next(connectError(refusal));
    };
  }

  private connect(namespace: Namespace, socket: RealtimeSocket): Promise<void> {
    if (!this.tracing.isOn) return this.authenticate(namespace, socket);
    const { traceparent } = socket.handshake.auth as Record<string, unknown>;
    const parent = this.tracing.given(traceparent);
    const attributes = { 'ridewire.namespace': namespace };
    return this.tracing.span('connect', { kind: SpanKind.SERVER, attributes, parent }, async () => {
      await this.authenticate(namespace, socket);
      socket.data.connection.traceparent = parent;
    });
  }

  private async authenticate(namespace: Namespace, socket: RealtimeSocket): Promise<void> {
    if (!this.enter(socket.conn, namespace)) throw new RequestError('ALREADY_CONNECTED');
    this.refuseWhileDraining();
    const network = networkOf(this.guard.clientOf(socket.conn).address ?? '');
    // Whoever was refused may try again, but not faster than whoever comes anew each time.
    if (this.refused.has(socket.conn)) refuseUntilLater(this.admission.waitToTryAgain(network));
    const policy = this.policies[namespace];
    const principal = await this.principalOf(socket, policy);
    socket.data.principal = principal;
    if (principal.userType !== GUEST)
      refuseUntilLater(
        this.shared.take({ userId: principal.userId, network }, CONNECT_COST, Date.now()),
      );
    if (principal.userType !== GUEST && !policy.admits.includes(principal.userType))
      throw new RequestError('NAMESPACE_FORBIDDEN');
    this.refuseWhileDraining();
    const connection = new ConnectionState(
      new RateBudget(policy.limits ?? this.settings, Date.now()),
      network,
    );
    connection.options = readConnectOptions(namespace, socket.handshake.auth);
    // The token is a secret, and nothing needs it from here on.
    socket.handshake.auth['token'] = undefined;
    socket.data.connection = connection;
  }

  private async principalOf(
    socket: RealtimeSocket,
    { guests }: NamespacePolicy,
  ): Promise<Principal | Guest> {
    const token = tokenOf(socket);
    const isGuest = guests === 'withShare' ? hasShare(socket.handshake.auth) : guests;
    if (token !== undefined || !isGuest) return this.auth.authenticate(token);
    this.guests.admit(socket.conn);
    const id = `guest-${randomUUID()}`;
    return { userId: id, sid: id, userType: GUEST, expiresAt: NEVER_MS };
  }

  private refuseWhileDraining(): void {
    if (this.admission.isDraining)
      throw new RequestError('SERVER_DRAINING', { retryAfterMs: 1_000 });
  }

  /** False for a namespace that this connection is in, or is getting into, already. */
  private enter(connection: Connection, namespace: string): boolean {
    const entered = this.entered.get(connection);
    if (entered?.includes(namespace)) return false;
    if (entered) entered.push(namespace);
    else this.entered.set(connection, [namespace]);
    return true;
  }

  private toConnectError(namespace: Namespace, socket: RealtimeSocket, thrown: unknown): Error {
    const error = refusalOf(thrown);
    // A refused client may try again on the same connection, e.g. with a fresh token.
    if (error?.code !== 'ALREADY_CONNECTED') {
      this.refused.add(socket.conn);
      this.leave(socket.conn, namespace);
    }
    if (!error) this.log.error({ nsp: namespace, err: thrown }, 'authentication failed');
    const refusal = error ?? new RequestError('INTERNAL');
    this.note(socket, refusal);
    return connectError(refusal);
  }

  private note(socket: RealtimeSocket, { code }: RequestError): void {
    const { principal } = socket.data as Partial<RealtimeSocket['data']>;
    this.refusals.note({
      code,
      namespace: socket.nsp.name,
      ...this.guard.clientOf(socket.conn),
      ...(principal ? { userId: principal.userId } : {}),
    });
  }

  /** The client has left the namespace and may enter it again on the same connection. */
  forget(socket: RealtimeSocket): void {
    this.leave(socket.conn, socket.nsp.name);
  }

  /** A connection that is in no namespace has no user to count it for: it may not stay for long. */
  private leave(connection: Connection, namespace: string): void {
    const entered = this.entered.get(connection);
    if (entered?.includes(namespace)) entered.splice(entered.indexOf(namespace), 1);
    if (!entered || entered.length > 0 || connection.readyState !== 'open') return;
    const timer = setTimeout(() => {
      if (entered.length > 0) return;
      connection.close();
      terminateUnlessClosed(connection);
    }, this.settings.connectTimeoutMs);
    timer.unref();
  }
}

/** A JWT without a scheme in front, which servers before this one took as well. */
const BARE_TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function tokenOf(socket: RealtimeSocket): string | undefined {
  const { auth, headers } = socket.handshake;
  const token: unknown = (auth as Record<string, unknown>)['token'];
  if (typeof token === 'string' && token !== '') return readToken(token);
  const header = headers.authorization ?? '';
  return /^Bearer\s+(\S+)$/i.exec(header)?.[1] ?? (BARE_TOKEN.test(header) ? header : undefined);
}

/** The client gets it as `connect_error` with `data: {code, retryable, retryAfterMs?}`. */
function connectError(error: RequestError): Error & { data: unknown } {
  const { code, retryable, retryAfterMs } = error.toBody();
  return Object.assign(new Error(error.message), {
    data: { code, retryable, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  });
}
