import { type Driver } from './driver.js';
import { type Tally } from './tally.js';

/** How drivers decide when to send the next fix. */
export interface PingLoop {
  start(): void;
  /** No more fixes are sent. */
  stop(): void;
}

/** Each driver sends the next fix when the last one is acknowledged: as much as the server takes. */
export class ClosedLoop implements PingLoop {
  private stopped = false;

  constructor(private readonly drivers: readonly Driver[]) {}

  start(): void {
    for (const driver of this.drivers) {
      driver.onAnswered = () => {
        if (!this.stopped) driver.ping();
      };
      driver.ping();
    }
  }

  stop(): void {
    this.stopped = true;
  }
}

/** A server that is behind by more is saturated; to bury it would only keep it from answering at all. */
const MAX_BEHIND_SECONDS = 5;

/** The fleet sends this many fixes a second, one driver after the other, unless the server is far behind. */
export class OpenLoop implements PingLoop {
  private timer: NodeJS.Timeout | undefined;
  private next = 0;

  constructor(
    private readonly drivers: readonly Driver[],
    private readonly perSecond: number,
    private readonly tally: Tally,
  ) {}

  start(): void {
    const startedAt = performance.now();
    let sent = 0;
    this.timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) * this.perSecond) / 1_000);
      for (; sent < due; sent += 1) {
        if (this.tally.underWay < this.perSecond * MAX_BEHIND_SECONDS)
          this.drivers[this.next]!.ping();
        else this.tally.heldBack += 1;
        this.next = (this.next + 1) % this.drivers.length;
      }
    }, 1);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
