import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { RequestError, type AuthExpiring } from '#libs/contracts';
import { unreadBytes } from '../engine/insides.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { ConnectionRegistry } from './connection-registry.js';
import { sendAway } from './cut-connection.js';
import { sendSessionFact } from '../sending/send-fact.js';

const SWEEP_INTERVAL_MS = 500;
/** Unread bytes cost more to look at than tokens: they wait for every second sweep. */
const SWEEPS_PER_READING_CHECK = 2;
/** A client may stay this long above the limit of unread bytes, e.g. while it takes a snapshot. */
const SLOW_GRACE_MS = 5_000;
/** So many times above the limit a client loses the connection at once. */
const HOPELESS_FACTOR = 4;

/** Looks at every connection: twice a second for tokens that end (AUTH2), once for clients that do not read (SLOW1). */
@Injectable()
export class ConnectionSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private sweeps = 0;

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly registry: ConnectionRegistry,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.sweep(Date.now()), SWEEP_INTERVAL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private sweep(now: number): void {
    this.sweeps += 1;
    const checksReading = this.sweeps % SWEEPS_PER_READING_CHECK === 0;
    for (const socket of this.registry.all()) {
      if (socket.data.connection.closed) continue;
      this.checkToken(socket, now);
      if (checksReading) this.checkReading(socket, now);
    }
  }

  private checkToken(socket: RealtimeSocket, now: number): void {
    const { principal, connection } = socket.data;
    const inMs = principal.expiresAt - now;
    if (inMs <= 0) {
      sendAway(socket, new RequestError('TOKEN_EXPIRED'));
    } else if (inMs <= this.settings.authExpiringNoticeMs && !connection.expiryNoticed) {
      connection.expiryNoticed = true;
      const notice: AuthExpiring = { expiresAt: principal.expiresAt, inMs };
      sendSessionFact(socket, 'auth:expiring', notice);
    }
  }

  private checkReading(socket: RealtimeSocket, now: number): void {
    const { connection } = socket.data;
    const { maxBufferedBytes } = this.settings;
    const unread = unreadBytes(socket);
    if (unread <= maxBufferedBytes) {
      connection.slowSince = 0;
      return;
    }
    if (connection.slowSince === 0) connection.slowSince = now;
    const isOver = now - connection.slowSince >= SLOW_GRACE_MS;
    if (isOver || unread > maxBufferedBytes * HOPELESS_FACTOR) {
      sendAway(socket, new RequestError('SLOW_CONSUMER', { retryAfterMs: 1_000 }));
    }
  }
}
