import { DelayHistogram } from '../../measure/delay-histogram.js';
import {
  isLastPart,
  isSnapshot,
  positionsIn,
  type DeliveredPosition,
} from './delivered-positions.js';
import { type Driver } from './driver.js';
import { FIRST_SEQUENCE, latUnitsOf } from './fix-track.js';
import { type SocketIoClient } from './socket-io-client.js';
import { type Tally } from './tally.js';

/** What the watchers of one instance saw together. */
export class WatcherGroup {
  deliveries = 0;
  readonly delays = new DelayHistogram();

  constructor(
    readonly name: string,
    /** True: every fix must come, in order; false: the newest of each driver. */
    readonly seesEach: boolean,
  ) {}

  clear(): void {
    this.deliveries = 0;
    this.delays.clear();
  }
}

/** A dispatcher that checks every position it is sent. */
export class Watcher {
  /** Resolves when the whole fleet has been shown once. */
  readonly snapshotCame: Promise<void>;
  private readonly seen: Int32Array;

  constructor(
    private readonly client: SocketIoClient,
    private readonly drivers: readonly Driver[],
    private readonly group: WatcherGroup,
    private readonly tally: Tally,
  ) {
    this.seen = new Int32Array(drivers.length).fill(FIRST_SEQUENCE);
    let snapshotIsWhole: () => void;
    this.snapshotCame = new Promise((resolve) => (snapshotIsWhole = resolve));
    client.listener = {
      onEvent: (bytes, at, end) => {
        if (isSnapshot(bytes, at, end) && isLastPart(bytes, at, end)) snapshotIsWhole();
        const positions = positionsIn(bytes, at, end);
        if (positions) for (const position of positions) this.take(position);
      },
      onClose: (reason) => tally.problem(`a dispatcher was cut: ${reason}`),
    };
  }

  get bytesIn(): number {
    return this.client.webSocket.bytesIn;
  }

  get bytesOut(): number {
    return this.client.webSocket.bytesOut;
  }

  /** How many drivers this dispatcher does not show where they are. */
  countOutdated(): number {
    let outdated = 0;
    this.drivers.forEach(({ track }, number) => {
      if (track.newest !== this.seen[number]) outdated += 1;
    });
    return outdated;
  }

  leave(): void {
    this.client.listener = undefined;
    this.client.close();
  }

  private take({ driver, latUnits, lngUnits, timestamp }: DeliveredPosition): void {
    const fix =
      latUnits === latUnitsOf(driver)
        ? this.drivers[driver]?.track.find(lngUnits, timestamp)
        : undefined;
    if (!fix) {
      this.tally.problem('a delivery that no driver sent');
      return;
    }
    const before = this.seen[driver]!;
    const isExpected = this.group.seesEach ? fix.sequence === before + 1 : fix.sequence > before;
    if (!isExpected) {
      // A snapshot says again what a frame said a moment ago.
      if (fix.sequence === before && !this.group.seesEach) return;
      this.tally.problem(
        fix.sequence > before ? 'a delivery was left out' : 'a delivery went back in time',
      );
    }
    this.seen[driver] = fix.sequence;
    this.group.deliveries += 1;
    this.group.delays.record(performance.now() - fix.sentAt);
  }
}
