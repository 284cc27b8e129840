import { type Cluster } from 'ioredis';

const LOOK_INTERVAL_MS = 500;
/** Looks at one and the same state that is none to stay in. */
const MAX_LOOKS = 6;

/**
 * Begins anew where the client of a cluster stays half connected. It waits for its map: where that
 * was asked for on connections that broke meanwhile, nobody asks again.
 */
export class ConnectingWatch {
  private readonly timer: NodeJS.Timeout;
  private seen = '';
  private looks = 0;

  constructor(private readonly cluster: Cluster) {
    this.timer = setInterval(() => this.look(), LOOK_INTERVAL_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const { status } = this.cluster;
    this.looks = status === this.seen ? this.looks + 1 : 0;
    this.seen = status;
    if (status === 'ready' || status === 'end' || this.looks < MAX_LOOKS) return;
    this.looks = 0;
    // Without a node there is nothing whose end it would wait for.
    if (this.cluster.nodes().length > 0) this.cluster.disconnect(true);
    else if (status === 'connecting') this.cluster.disconnect(true);
    else this.cluster.connect().catch(() => undefined);
  }
}
