import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { UpgradeRelay } from '../forwarding/upgrade-relay.js';
import { type RealtimeSocket } from '../realtime-socket.js';
import { Admission } from './admission.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';
import { ConnectionRegistry } from './connection-registry.js';
import { socketsOnConnectionOf } from '../engine/insides.js';
import { sendAway } from './cut-connection.js';

const BATCH_INTERVAL_MS = 100;
/** Clients spread their return over this time, so that the other instances are not met by all at once. */
const RETURN_SPREAD_MS = 2_000;
/** How long the last clients may take to close; those that do not read are terminated by then. */
const LAST_GOODBYES_MS = 2_000;
/** So much later than its deadline a request may be given up. */
const DEADLINE_LAG_MS = 250;
const LOOK_AGAIN_MS = 5;

/** Moves the clients to other instances over the drain period before the process ends (DRAIN1). */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly admission: Admission,
    private readonly registry: ConnectionRegistry,
    private readonly lifecycle: ConnectionLifecycle,
    private readonly relay: UpgradeRelay,
    private readonly log: Log,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.admission.close();
    // A socket that has passed authentication by now is registered within this time.
    await pause(0);
    const connections = this.oneSocketOfEach();
    const relayed = [...this.relay.clients];
    const clients = connections.length + relayed.length;
    if (clients > 0) this.log.info({ connections: clients }, 'draining');
    const { drainPeriodMs } = this.settings;
    const batches = Math.max(1, Math.floor(drainPeriodMs / BATCH_INTERVAL_MS));
    const batchSize = Math.ceil(clients / batches);
    const moves: Promise<void>[] = [];
    while (connections.length + relayed.length > 0) {
      const batch = connections.splice(0, batchSize);
      // A client with a slow request delays nobody else's move.
      for (const socket of batch) moves.push(this.move(socket));
      // Their instance goes on: they come back to it, or to another, by themselves.
      for (const client of relayed.splice(0, batchSize - batch.length)) client.destroy();
      if (connections.length + relayed.length > 0) await pause(BATCH_INTERVAL_MS);
    }
    await Promise.all(moves);
    await this.waitFor(() => this.registry.size === 0, LAST_GOODBYES_MS);
    await this.lifecycle.saidGoodbye();
  }

  /** What was taken is answered before its client goes; what comes from now on is refused. */
  private async move(socket: RealtimeSocket): Promise<void> {
    const retryAfterMs = Math.round(Math.random() * RETURN_SPREAD_MS);
    const members = socketsOnConnectionOf(socket).map(({ data }) => data.connection);
    for (const connection of members) connection.draining = true;
    await this.waitFor(
      () => !members.some((connection) => connection.isBusy && !connection.closed),
      this.settings.requestDeadlineMs + DEADLINE_LAG_MS,
    );
    sendAway(socket, new RequestError('SERVER_DRAINING', { retryAfterMs }));
  }

  private oneSocketOfEach(): RealtimeSocket[] {
    const byConnection = new Map<RealtimeSocket['conn'], RealtimeSocket>();
    for (const socket of this.registry.all()) byConnection.set(socket.conn, socket);
    return [...byConnection.values()];
  }

  private async waitFor(isDone: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!isDone() && Date.now() < deadline) await pause(LOOK_AGAIN_MS);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
