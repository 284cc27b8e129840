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
import { type FleetWatcher, type WatcherGroup } from './watcher-group.js';

/** A dispatcher of the whole fleet. */
export class Watcher implements FleetWatcher {
  readonly pictureCame: Promise<void>;
  private readonly seen: Int32Array;

  constructor(
    private readonly client: SocketIoClient,
    /** True: every fix must come, in order; false: the newest of each driver. */
    private readonly seesEach: boolean,
    private readonly drivers: readonly Driver[],
    private readonly group: WatcherGroup,
    private readonly tally: Tally,
  ) {
    this.seen = new Int32Array(drivers.length).fill(FIRST_SEQUENCE);
    let snapshotIsWhole: () => void;
    this.pictureCame = new Promise((resolve) => (snapshotIsWhole = resolve));
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

  countOutdated(): number {
    let outdated = 0;
    this.drivers.forEach(({ track }, number) => {
      if (track.newest !== this.seen[number]) outdated += 1;
    });
    return outdated;
  }

  settle(): void {
    // It looks at everything, always.
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
    const isExpected = this.seesEach ? fix.sequence === before + 1 : fix.sequence > before;
    if (!isExpected) {
      // A snapshot says again what a frame said a moment ago.
      if (fix.sequence === before && !this.seesEach) return;
      this.tally.problem(
        fix.sequence > before ? 'a delivery was left out' : 'a delivery went back in time',
      );
    }
    this.seen[driver] = fix.sequence;
    this.group.deliveries += 1;
    this.group.delays.record(performance.now() - fix.sentAt);
  }
}
