import { setTimeout as sleep } from 'node:timers/promises';
import { AdminRequest, type ViewportFrame } from '#libs/contracts';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf, type Quantiles } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { unitsOf } from './fix-track.js';
import { SocketIoClient, type Auth } from './socket-io-client.js';
import { UsageWindow, type ObservedProcess, type WindowUsage } from './usage-window.js';
import { holds, type PlannedView } from './viewport-plan.js';

/** Dispatchers who ask for their viewport again and again, of a fleet that stands still. */
export interface SnapshotScenario {
  kind: 'snapshots';
  port: number;
  auths: Auth[];
  /** By dispatcher. */
  views: PlannedView[];
  readyEvent: string;
  /** How many drivers every snapshot must show. */
  expected: number;
  warmUpMs: number;
  measureMs: number;
  observed: ObservedProcess[];
}

export interface SnapshotResult extends WindowUsage {
  problems: string[];
  snapshots: number;
  /** From the request to all that is in view; a tick of the server is in it. */
  shownMs: Quantiles;
  bytesPerSnapshot: number;
  /** CPU milliseconds a second while the dispatchers only look, by process. */
  idleCpuMsPerSecond: Record<string, number>;
}

const FRAME = Buffer.from(`["${'driver:viewport:frame'}"`);
const OK = '[{"ok":true';
const FIRST_DEADLINE_MS = 60_000;

export class ViewportSnapshotRun {
  private readonly problems = new Set<string>();
  private readonly delays = new DelayHistogram();
  private bytes = 0;
  private stopped = false;

  constructor(
    private readonly scenario: SnapshotScenario,
    private readonly checkpoint: Checkpoint,
  ) {}

  async run(): Promise<SnapshotResult> {
    const { auths, views, warmUpMs, measureMs, observed } = this.scenario;
    const lanes = [];
    for (const [index, auth] of auths.entries()) lanes.push(await this.open(auth, views[index]!));
    await sleep(warmUpMs);
    const idleWindow = new UsageWindow(observed);
    await sleep(measureMs);
    const idle = idleWindow.read();
    const running = Promise.all(lanes.map((ask) => ask()));
    await sleep(warmUpMs);
    await this.checkpoint('begin');
    this.delays.clear();
    this.bytes = 0;
    const window = new UsageWindow(observed);
    await sleep(measureMs);
    const usage = window.read();
    const result = {
      ...usage,
      snapshots: this.delays.count,
      shownMs: quantilesOf(this.delays),
      bytesPerSnapshot: this.bytes / this.delays.count,
      idleCpuMsPerSecond: Object.fromEntries(
        Object.entries(idle.cpuMs).map(([name, ms]) => [name, ms / idle.seconds]),
      ),
    };
    await this.checkpoint('end');
    this.stopped = true;
    await running;
    return { ...result, problems: [...this.problems] };
  }

  /** Connects a dispatcher and resolves, once it sees its view, with what lets it ask again and again. */
  private async open(auth: Auth, view: PlannedView): Promise<() => Promise<void>> {
    const { port, readyEvent } = this.scenario;
    const { box, zoom } = view;
    const client = new SocketIoClient({
      address: { port },
      namespace: '/admin',
      isSocketIo: true,
      auth: { ...auth, viewport: { bbox: box, zoom } },
      readyEvent,
    });
    let shown = () => {};
    let isAcknowledged = true;
    let asked = 0;
    const firstSeen = new Set<string>();
    const first = new Promise<void>((resolve) => (shown = resolve));
    client.listener = {
      onAck: (bytes, at, end) => {
        const text = bytes.toString('utf8', at, end);
        if (!text.startsWith(`${asked}${OK}`))
          this.problems.add(`an ack said ${text.slice(0, 100)}`);
        isAcknowledged = true;
      },
      onEvent: (bytes, at, end) => {
        if (bytes.compare(FRAME, 0, FRAME.length, at, at + FRAME.length) !== 0) return;
        if (!isAcknowledged) this.problems.add('a view came before the ack');
        this.bytes += end - at;
        const [, frame] = JSON.parse(bytes.toString('utf8', at, end)) as [string, ViewportFrame];
        if (asked > 0) {
          this.check(frame, view);
          shown();
          return;
        }
        // The first dispatcher sees the drivers as the instance reads them.
        for (const { driverId } of frame.drivers) firstSeen.add(driverId);
        if (firstSeen.size === this.scenario.expected) shown();
      },
      onClose: (reason) => {
        this.problems.add(`a dispatcher was cut: ${reason}`);
        this.stopped = true;
        shown();
      },
    };
    await client.ready;
    await Promise.race([first, this.failLate()]);
    const request = JSON.stringify([AdminRequest.viewportSet, { bbox: box, zoom }]);
    return async () => {
      while (!this.stopped) {
        const startedAt = performance.now();
        asked += 1;
        isAcknowledged = false;
        const came = new Promise<void>((resolve) => (shown = resolve));
        client.webSocket.sendText(`42/admin,${asked}${request}`);
        await came;
        this.delays.record(performance.now() - startedAt);
      }
    };
  }

  private async failLate(): Promise<void> {
    await sleep(FIRST_DEADLINE_MS, undefined, { ref: false });
    throw new Error('a dispatcher did not see its viewport in time');
  }

  private check({ reset, total, drivers, clusters }: ViewportFrame, { box }: PlannedView): void {
    if (!reset || clusters)
      this.problems.add('a frame of a fleet that stands still was no snapshot');
    const ids = new Set(drivers.map(({ driverId }) => driverId));
    if (ids.size !== this.scenario.expected || total !== ids.size)
      this.problems.add(`a viewport showed ${ids.size} drivers and counted ${total}`);
    if (!drivers.every(({ lat, lng }) => holds(box, unitsOf(lat), unitsOf(lng))))
      this.problems.add('a viewport showed a driver that is outside of it');
  }
}
