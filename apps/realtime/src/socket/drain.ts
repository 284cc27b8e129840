import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Configuration } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { Admission } from './admission.js';
import { ConnectionRegistry } from './connection-registry.js';
import { sendAway } from './cut-connection.js';

const BATCH_INTERVAL_MS = 100;
/** Clients spread their return over this time, so that the other instances are not met by all at once. */
const RETURN_SPREAD_MS = 2_000;

/** Moves the clients to other instances over the drain period before the process ends (DRAIN1). */
@Injectable()
export class Drain implements BeforeApplicationShutdown {
  constructor(
    private readonly configuration: Configuration,
    private readonly admission: Admission,
    private readonly registry: ConnectionRegistry,
    private readonly log: Log,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.admission.close();
    const sockets = [...this.registry.all()];
    if (sockets.length > 0) this.log.info({ connections: sockets.length }, 'draining');
    const batches = Math.max(1, Math.floor(this.configuration.sockets.drainPeriodMs / BATCH_INTERVAL_MS));
    const batchSize = Math.ceil(sockets.length / batches);
    while (sockets.length > 0) {
      for (const socket of sockets.splice(0, batchSize)) {
        const retryAfterMs = Math.round(Math.random() * RETURN_SPREAD_MS);
        await this.finishRequests(socket.data.connection);
        sendAway(socket, new RequestError('SERVER_DRAINING', { retryAfterMs }));
      }
      if (sockets.length > 0) await pause(BATCH_INTERVAL_MS);
    }
  }

  /** What was taken is answered before its client goes; the deadline bounds the wait. */
  private async finishRequests(connection: { running: unknown; waiting: unknown[] }): Promise<void> {
    const deadline = Date.now() + this.configuration.sockets.requestDeadlineMs;
    while ((connection.running || connection.waiting.length > 0) && Date.now() < deadline) await pause(5);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
