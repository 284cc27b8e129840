import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/observability';
import { unreadBytes } from '../engine/insides.js';
import { UpgradeRelay } from '../forwarding/upgrade-relay.js';
import { Admission } from './admission.js';
import { ConnectionRegistry } from './connection-registry.js';

/** What waits in this instance, all its sockets together. */
interface Load {
  sockets: Map<string, number>;
  waitingRequests: number;
  unreadBytes: number;
}

/** One walk over the sockets serves all gauges of one look of Prometheus. */
const LOAD_KEPT_MS = 500;

/** Tells how many are connected and what waits for them. Costs nothing until somebody looks. */
@Injectable()
export class ConnectionMetrics {
  private load: Load = { sockets: new Map(), waitingRequests: 0, unreadBytes: 0 };
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly registry: ConnectionRegistry,
    admission: Admission,
    relay: UpgradeRelay,
    metrics: Metrics,
  ) {
    metrics.gauge({
      name: 'ridewire_connections',
      help: 'Open connections, those included that are in no namespace yet.',
      read: () => admission.size,
    });
    metrics.gauge({
      name: 'ridewire_connections_limit',
      help: 'Connections that this instance takes: WS_MAX_CONNECTIONS.',
      read: () => admission.limit,
    });
    metrics.gauge({
      name: 'ridewire_relayed_connections',
      help: 'Connections of other instances that come in here and are handed on.',
      read: () => relay.clients.size,
    });
    metrics.counted({
      name: 'ridewire_handshakes_total',
      help: 'Connections that were let in. Those that were refused are in ridewire_refusals_total.',
      read: () => admission.entered,
    });
    metrics.gauge({
      name: 'ridewire_draining',
      help: '1 while this instance sends its clients away.',
      read: () => (admission.isDraining ? 1 : 0),
    });
    metrics.gauge({
      name: 'ridewire_sockets',
      help: 'Clients that are authenticated in a namespace; one connection may be in several.',
      labels: ['namespace'],
      read: () => [...this.look().sockets].map(([name, count]) => [[name], count] as const),
    });
    metrics.gauge({
      name: 'ridewire_requests_waiting',
      help: 'Requests in the queues of sockets, behind those that are being handled.',
      read: () => this.look().waitingRequests,
    });
    metrics.gauge({
      name: 'ridewire_unread_bytes',
      help: 'Bytes that wait in the process for clients to read them; counted once a socket.',
      read: () => this.look().unreadBytes,
    });
  }

  private look(): Load {
    const now = performance.now();
    if (now - this.readAt < LOAD_KEPT_MS) return this.load;
    this.readAt = now;
    const load: Load = { sockets: new Map(), waitingRequests: 0, unreadBytes: 0 };
    for (const socket of this.registry.all()) {
      const { name } = socket.nsp;
      load.sockets.set(name, (load.sockets.get(name) ?? 0) + 1);
      load.waitingRequests += socket.data.connection.waiting.length;
      load.unreadBytes += unreadBytes(socket);
    }
    this.load = load;
    return load;
  }
}
