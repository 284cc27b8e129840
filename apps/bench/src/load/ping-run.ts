import { setTimeout as sleep } from 'node:timers/promises';
import { FeedMode } from '#libs/contracts';
import { quantilesOf } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { connectAll } from './connect-all.js';
import { Driver } from './driver.js';
import { ClosedLoop, OpenLoop } from './ping-loops.js';
import { type PingResult, type PingScenario, type WatcherPlan } from './ping-scenario.js';
import { SocketIoClient, type Auth } from './socket-io-client.js';
import { Tally } from './tally.js';
import { UsageWindow } from './usage-window.js';
import { ViewportWatcher } from './viewport-watcher.js';
import { WatcherGroup, type FleetWatcher } from './watcher-group.js';
import { Watcher } from './watcher.js';

/** After the last fix everything must have come within this time. */
const SETTLE_MS = 30_000;
const LOOK_MS = 50;
/** Share of a second's fixes that may be under way. */
const NO_BACKLOG = 0.05;
/** The warm-up lasts until enough acks came, or the backlog of the start is gone; or this much longer. */
const MAX_LONGER_MS = 12_000;
const PICTURE_DEADLINE_MS = 30_000;

/** Runs one scenario to its end: every ack and every delivery is checked. */
export class PingRun {
  private readonly tally = new Tally();
  private drivers: Driver[] = [];
  private watchers: FleetWatcher[] = [];
  private groups: WatcherGroup[] = [];
  private window: UsageWindow | undefined;

  constructor(
    private readonly scenario: PingScenario,
    private readonly checkpoint: Checkpoint,
  ) {}

  async run(): Promise<PingResult> {
    await this.connect();
    const { scenario } = this;
    const loop =
      scenario.perSecond === undefined
        ? new ClosedLoop(this.drivers)
        : new OpenLoop(this.drivers, scenario.perSecond, this.tally);
    loop.start();
    await this.warmUp();
    await this.checkpoint('begin');
    const measured = await this.measure();
    loop.stop();
    await this.checkpoint('end');
    for (const watcher of this.watchers) watcher.settle();
    await this.settle();
    const { cpuMs } = this.window!.read();
    return {
      ...measured,
      settled: { acks: this.tally.acks, cpuMs },
      problems: [...this.tally.problems].map(([what, n]) => `${n}x ${what}`),
    };
  }

  private async connect(): Promise<void> {
    const { isSocketIo, port, driverAuths, readyEvent, watchers } = this.scenario;
    const ready = readyEvent === undefined ? {} : { readyEvent };
    const clients = await connectAll(
      driverAuths.map((auth) => ({
        address: { port },
        namespace: '/drivers',
        isSocketIo,
        auth,
        ...ready,
      })),
    );
    this.drivers = clients.map((client, number) => new Driver(number, client, this.tally));
    for (const plan of watchers) {
      const group = new WatcherGroup(plan.name);
      this.groups.push(group);
      for (const index of plan.auths.keys()) await this.connectWatcher(plan, index, group);
    }
  }

  /** Dispatchers come one after the other: the next one when the last one has the whole picture. */
  private async connectWatcher(
    plan: WatcherPlan,
    index: number,
    group: WatcherGroup,
  ): Promise<void> {
    const { isSocketIo, readyEvent } = this.scenario;
    const client = new SocketIoClient({
      address: { port: plan.port },
      namespace: '/admin',
      isSocketIo,
      auth: authOf(plan, index),
      ...(readyEvent === undefined ? {} : { readyEvent }),
    });
    const { sees } = plan;
    const watcher =
      sees.kind === 'views'
        ? new ViewportWatcher(
            client,
            sees.views[index]!,
            sees.turnEveryMs,
            this.drivers,
            group,
            this.tally,
          )
        : new Watcher(client, sees.kind === 'each', this.drivers, group, this.tally);
    this.watchers.push(watcher);
    await client.ready;
    // Peers show nothing until a driver moves.
    if (sees.kind === 'each') return;
    await Promise.race([
      watcher.pictureCame,
      sleep(PICTURE_DEADLINE_MS).then(() => {
        throw new Error('a dispatcher did not see the fleet in time');
      }),
    ]);
  }

  private async measure(): Promise<Omit<PingResult, 'problems' | 'settled'>> {
    const { tally, groups, scenario } = this;
    tally.clear();
    for (const group of groups) group.clear();
    this.window = new UsageWindow(scenario.observed);
    const before = this.bytes();
    const unansweredBefore = this.countUnanswered();
    await sleep(scenario.measureMs);
    const usage = this.window.read();
    const after = this.bytes();
    return {
      ...usage,
      sent: tally.sent,
      acks: tally.acks,
      heldBack: tally.heldBack,
      unanswered: [unansweredBefore, this.countUnanswered()],
      ackMs: quantilesOf(tally.ackDelays),
      watchers: groups.map(({ name, deliveries, delays }) => ({
        name,
        deliveries,
        delayMs: quantilesOf(delays),
      })),
      bytesIn: after.bytesIn - before.bytesIn,
      bytesOut: after.bytesOut - before.bytesOut,
    };
  }

  private async warmUp(): Promise<void> {
    const { warmUpMs, warmUpAcks, perSecond } = this.scenario;
    await sleep(warmUpMs);
    const isWarm = () =>
      perSecond === undefined
        ? this.tally.acks >= warmUpAcks
        : this.countUnanswered() <= perSecond * NO_BACKLOG;
    const deadline = performance.now() + MAX_LONGER_MS;
    while (!isWarm() && performance.now() < deadline) await sleep(LOOK_MS);
  }

  private async settle(): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    const outdated = () => this.watchers.reduce((sum, watcher) => sum + watcher.countOutdated(), 0);
    while (performance.now() < deadline) {
      if (this.countUnanswered() === 0 && outdated() === 0) break;
      await sleep(LOOK_MS);
    }
    const missing = { acks: this.countUnanswered(), positions: outdated() };
    // What comes twice comes now.
    await sleep(2 * LOOK_MS);
    if (missing.acks > 0) this.tally.problem(`${missing.acks} acks never came`);
    if (missing.positions > 0)
      this.tally.problem(`${missing.positions} final positions never came to a dispatcher`);
  }

  private countUnanswered(): number {
    return this.drivers.reduce((sum, { track }) => sum + track.unanswered, 0);
  }

  private bytes(): { bytesIn: number; bytesOut: number } {
    const total = { bytesIn: 0, bytesOut: 0 };
    for (const { bytesIn, bytesOut } of [...this.drivers, ...this.watchers]) {
      total.bytesIn += bytesIn;
      total.bytesOut += bytesOut;
    }
    return total;
  }
}

function authOf({ auths, sees }: WatcherPlan, index: number): Auth {
  const auth = auths[index]!;
  if (sees.kind === 'each') return auth;
  if (sees.kind === 'newest') return { ...auth, feed: FeedMode.frames };
  const { box, zoom } = sees.views[index]![0]!;
  return { ...auth, viewport: { bbox: box, zoom } };
}
