import { Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { Namespace, RequestError } from '#libs/contracts';
import { type RealtimeSocket } from '../realtime-socket.js';
import { RateBudget, type RateLimits } from '../request/rate-budget.js';
import { terminateUnlessClosed } from './cut-connection.js';

type Connection = RealtimeSocket['conn'];

/** CONNECT packets that one connection may send in its life; four namespaces need four. */
const MAX_CONNECTS = 12;
/** Above all budgets of requests in all namespaces together: those refuse with a code first. */
const PACKETS_PER_REQUEST = 25;

/**
 * Bounds what a connection may send outside of requests, before Socket.IO reads it: CONNECTs, of
 * namespaces that do not exist as well, and packets that nobody asked for.
 */
@Injectable()
export class ConnectionGuard {
  private readonly limits: RateLimits;
  private readonly watched = new WeakMap<Connection, { heardAt: number }>();

  constructor(@Inject(socketsConfig.KEY) sockets: ConfigType<typeof socketsConfig>) {
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

  watch(connection: Connection): void {
    const heard = { heardAt: performance.now() };
    this.watched.set(connection, heard);
    const budget = new RateBudget(this.limits, heard.heardAt);
    let connects = 0;
    connection.on('packet', ({ type, data }: { type: string; data?: unknown }) => {
      const now = performance.now();
      heard.heardAt = now;
      if (connection.readyState !== 'open') return;
      if (type === 'message' && typeof data === 'string' && isConnect(data)) {
        connects += 1;
        refuseUnknownNamespace(connection, data);
      }
      if (budget.take(1, now) === 0 && connects <= MAX_CONNECTS) return;
      connection.close();
      terminateUnlessClosed(connection);
    });
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
function refuseUnknownNamespace(connection: Connection, packet: string): void {
  const name = /^.(\/[^,?{]*)/s.exec(packet)?.[1] ?? '/';
  if (KNOWN.has(name) || name.length > MAX_NAME_LENGTH) return;
  const error = new RequestError('NAMESPACE_UNKNOWN');
  const { code, retryable, message } = error;
  const refusal = { message, data: { code, retryable } };
  connection.send(`${CONNECT_ERROR_PACKET}${name},${JSON.stringify(refusal)}`);
}
