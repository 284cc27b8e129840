import { Injectable } from '@nestjs/common';
import { Configuration } from '#libs/config';
import { terminateUnlessClosed } from './cut-connection.js';
import { RateBudget } from './rate-budget.js';
import { type RealtimeSocket } from './realtime-socket.js';

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
  constructor(private readonly configuration: Configuration) {}

  watch(connection: Connection): void {
    const { ratePerSecond, rateBurst } = this.configuration.sockets;
    const limits = {
      ratePerSecond: ratePerSecond * PACKETS_PER_REQUEST,
      rateBurst: rateBurst * PACKETS_PER_REQUEST,
    };
    const budget = new RateBudget(limits, Date.now());
    let connects = 0;
    connection.on('packet', ({ type, data }: { type: string; data?: unknown }) => {
      if (connection.readyState !== 'open') return;
      if (type === 'message' && typeof data === 'string' && data.startsWith('0')) connects += 1;
      if (budget.take(1, Date.now()) === 0 && connects <= MAX_CONNECTS) return;
      connection.close();
      terminateUnlessClosed(connection);
    });
  }
}
