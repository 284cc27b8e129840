import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Log } from '#libs/observability';
import { Admission } from './admission.js';
import { ConnectionLifecycle } from './connection-lifecycle.js';

const LOOK_INTERVAL_MS = 250;

/**
 * Gives memory back to the system when nearly all clients have left. V8 keeps the pages that they
 * lived in, for a process that would soon fill them again, and its own timers never find a server
 * idle; only a collection with the aim to reduce memory gives them back. It stops the process for
 * some 0.1 to 0.3 s, so that it waits until few clients are left. Needs `--expose-gc`, as the
 * launcher sets it, and does nothing without.
 */
@Injectable()
export class MemoryRelease implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly emptied = new EmptiedOut();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly admission: Admission,
    private readonly lifecycle: ConnectionLifecycle,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    if (globalThis.gc === undefined) return;
    this.timer = setInterval(() => {
      // A client whose farewell is not done still holds memory.
      const present = this.admission.size + this.lifecycle.goodbyesUnderWay;
      if (this.emptied.look(present)) this.release();
    }, LOOK_INTERVAL_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private release(): void {
    const before = process.memoryUsage.rss();
    const startedAt = performance.now();
    globalThis.gc?.({ type: 'major', flavor: 'last-resort', execution: 'sync' });
    this.log.info(
      {
        releasedBytes: before - process.memoryUsage.rss(),
        tookMs: Math.round(performance.now() - startedAt),
      },
      'clients have left: memory given back',
    );
  }
}

/** When fewer clients have left, the memory is not worth the pause. */
const MIN_DEPARTED = 1_000;
/** The share of the greatest number that may still be here. */
const MAX_LEFT_SHARE = 0.1;

/** Says once after each crowd that nearly all of it has left and nobody comes or goes. */
export class EmptiedOut {
  private most = 0;
  private last = 0;

  /** @param connections how many there are at this look; to be called at even intervals */
  look(connections: number): boolean {
    const isSteady = connections === this.last;
    this.last = connections;
    this.most = Math.max(this.most, connections);
    const hasEmptied =
      this.most - connections >= MIN_DEPARTED && connections <= this.most * MAX_LEFT_SHARE;
    if (!hasEmptied || !isSteady) return false;
    this.most = connections;
    return true;
  }
}
