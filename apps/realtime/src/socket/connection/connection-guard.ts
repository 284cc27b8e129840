import { Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { Namespace, RequestError } from '#libs/contracts';
import { RateBudget, type RateLimits } from '#libs/limits';
import { terminate } from '../engine/terminate.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { RefusalLog } from './refusal-log.js';

type Connection = RealtimeSocket['conn'];

/** Who is at the other end of a connection, as far as it is known. */
export interface ConnectedClient {
  address?: string;
  userId?: string;
}

interface WatchedConnection {
  /** Milliseconds of a clock that never steps. */
  heardAt: number;
  readonly address: string;
  userId: string | undefined;
}

/** CONNECT packets that one connection may send in its life; four namespaces need four. */
const MAX_CONNECTS = 12;
/** What a connection may send before it is known whose it is: CONNECTs, and some pongs. */
const MAX_UNKNOWN_PACKETS = 64;
/** Above all budgets of requests in all namespaces together: those refuse with a code first. */
const PACKETS_PER_REQUEST = 25;

/**
 * Bounds what a connection may send outside of requests, before Socket.IO reads it: CONNECTs, of
 * namespaces that do not exist as well, and packets that nobody asked for.
 */
@Injectable()
export class ConnectionGuard {
  private readonly limits: RateLimits;
  private readonly watched = new WeakMap<Connection, WatchedConnection>();

  constructor(
    @Inject(socketsConfig.KEY) sockets: ConfigType<typeof socketsConfig>,
    private readonly refusals: RefusalLog,
  ) {
    this.limits = {
      ratePerSecond: sockets.ratePerSecond * PACKETS_PER_REQUEST,
      rateBurst: sockets.rateBurst * PACKETS_PER_REQUEST,
    };
  }

  /**
   * When the last packet of a connection came, pongs included; ms of a clock that never steps.
   * Asked here because a second listener for packets costs every packet more than the note itself.
   */
  heardAt(connection: Connection): number {
    return this.watched.get(connection)?.heardAt ?? Number.NEGATIVE_INFINITY;
  }

  /** For the log; an object a call, so for refusals only. */
  clientOf(connection: Connection): ConnectedClient {
    const { address, userId } = this.watched.get(connection) ?? {};
    return {
      ...(address === undefined ? {} : { address }),
      ...(userId === undefined ? {} : { userId }),
    };
  }

  /** The connection has authenticated; the log names its user from now on. */
  identify(connection: Connection, userId: string): void {
    const watched = this.watched.get(connection);
    if (watched) watched.userId = userId;
  }

  /** @param address of the client */
  watch(connection: Connection, address: string): void {
    const heard: WatchedConnection = { heardAt: performance.now(), address, userId: undefined };
    this.watched.set(connection, heard);
    const budget = new RateBudget(this.limits, heard.heardAt);
    let connects = 0;
    let unknown = 0;
    const count = (now: number): void => {
      if (heard.userId === undefined) unknown += 1;
      const isFew = budget.take(1, now) === 0 && unknown <= MAX_UNKNOWN_PACKETS;
      if (isFew && connects <= MAX_CONNECTS) return;
      // A client that only gets a close frame could go on sending.
      terminate(connection);
      this.refusals.note({
        code: 'RATE_LIMITED',
        reason: connects > MAX_CONNECTS ? 'too many CONNECT packets' : 'too many packets',
        ...this.clientOf(connection),
      });
    };
    connection.on('packet', ({ type, data }: { type: string; data?: unknown }) => {
      const now = performance.now();
      heard.heardAt = now;
      if (connection.readyState !== 'open') return;
      if (type === 'message' && typeof data === 'string' && isConnect(data)) {
        connects += 1;
        if (connects <= MAX_CONNECTS && refusesUnknownNamespace(connection, data)) {
          const client = this.clientOf(connection);
          this.refusals.note({ code: 'NAMESPACE_UNKNOWN', ...client });
        }
      }
      count(now);
    });
    // The probes of a transport that a client wants to change to are answered before it is changed.
    if (connection.transport.name === 'polling')
      connection.on('upgrading', () => count(performance.now()));
  }
}

/** As Socket.IO's parser sees it: blanks are zeros. */
function isConnect(packet: string): boolean {
  return Number(packet.charAt(0)) === CONNECT_PACKET;
}

const KNOWN: ReadonlySet<string> = new Set(['/', ...Object.values(Namespace)]);
const MAX_NAME_LENGTH = 64;
/** Types of packets in Socket.IO's protocol. */
const CONNECT_PACKET = 0;
const CONNECT_ERROR_PACKET = 4;

/**
 * Socket.IO refuses a namespace that does not exist by a bare "Invalid namespace". Its clients heed
 * the first refusal only, so this one with a code goes ahead of it.
 */
function refusesUnknownNamespace(connection: Connection, packet: string): boolean {
  // Up to the comma, as Socket.IO reads it: a query behind the name belongs to it.
  const name = /^.(\/[^,]*)/s.exec(packet)?.[1] ?? '/';
  if (KNOWN.has(name)) return false;
  // A name of any length is in the log as unknown, and is not sent back.
  if (name.length > MAX_NAME_LENGTH) return true;
  const error = new RequestError('NAMESPACE_UNKNOWN');
  const { code, retryable, message } = error;
  const refusal = { message, data: { code, retryable } };
  connection.send(`${CONNECT_ERROR_PACKET}${name},${JSON.stringify(refusal)}`);
  return true;
}
