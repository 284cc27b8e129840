import { setTimeout as sleep } from 'node:timers/promises';
import { DriversRequest, type AvailabilitySnapshot } from '#libs/contracts';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf, type Quantiles } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { connectAll } from './connect-all.js';
import { driverIdOf } from './fix-track.js';
import { type Auth, type SocketIoClient } from './socket-io-client.js';
import { UsageWindow, type ObservedProcess, type WindowUsage } from './usage-window.js';

/** Drivers with two devices on two instances: what one device changes, the other one gets. */
export interface DirectedScenario {
  kind: 'directed';
  /** Of the instances of the changing and of the listening device. */
  ports: [changing: number, listening: number];
  auths: Auth[];
  readyEvent: string;
  /** Changes of each driver, one after the other. */
  changes: number;
  observed: ObservedProcess[];
}

export interface DirectedResult extends WindowUsage {
  problems: string[];
  events: number;
  /** From the request to its ack. */
  ackMs: Quantiles;
  /** From the request to the event at the other device. */
  toldMs: Quantiles;
}

const UPDATE = Buffer.from(`["${'driver:availability:update'}"`);
const OK = '[{"ok":true';
const DEADLINE_MS = 30_000;
const LOOK_MS = 20;
/** The state that each device is welcomed with must be there before the first change. */
const SETTLE_MS = 500;

/** What the devices of one driver get. */
class Told {
  changes = 0;
  /** What the last request asked for; events name the same. */
  wantsTrips = false;
  askedAt = 0;
  /** Of the events at the listening device and at the changing one. */
  readonly heard = [0, 0];
  readonly versions = [0, 0];
}

/** Both devices of a driver must get every change exactly once, in order. */
export class DirectedRun {
  private readonly drivers: Told[];
  private readonly problems = new Set<string>();
  private readonly acks = new DelayHistogram();
  private readonly notices = new DelayHistogram();

  constructor(
    private readonly scenario: DirectedScenario,
    private readonly checkpoint: Checkpoint,
  ) {
    this.drivers = scenario.auths.map(() => new Told());
  }

  async run(): Promise<DirectedResult> {
    const { ports, auths, changes, observed } = this.scenario;
    const changing = await this.connect(ports[0]);
    const listening = await this.connect(ports[1]);
    await sleep(SETTLE_MS);
    for (const [index, client] of listening.entries()) {
      client.listener = {
        onEvent: (bytes, at, end) => this.hear(index, 0, bytes, at, end),
        onClose: (reason) => this.problems.add(`a device was cut: ${reason}`),
      };
    }
    await this.checkpoint('begin');
    const window = new UsageWindow(observed);
    await Promise.all(changing.map((client, index) => this.change(client, index)));
    const events = auths.length * changes;
    await this.untilHeard(events);
    const usage = window.read();
    await this.checkpoint('end');
    // What comes twice comes now.
    await sleep(SETTLE_MS);
    this.checkHeard(events);
    return {
      ...usage,
      problems: [...this.problems],
      events,
      ackMs: quantilesOf(this.acks),
      toldMs: quantilesOf(this.notices),
    };
  }

  private connect(port: number): Promise<SocketIoClient[]> {
    const { auths, readyEvent } = this.scenario;
    const address = { port };
    const namespace = '/drivers';
    return connectAll(
      auths.map((auth) => ({ address, namespace, isSocketIo: true, auth, readyEvent })),
    );
  }

  private change(client: SocketIoClient, index: number): Promise<void> {
    const driver = this.drivers[index]!;
    return new Promise((resolve) => {
      const next = () => {
        if (driver.changes === this.scenario.changes) {
          resolve();
          return;
        }
        driver.changes += 1;
        driver.wantsTrips = driver.changes % 2 === 0;
        driver.askedAt = performance.now();
        const payload = JSON.stringify({ isAvailableForTrips: driver.wantsTrips });
        client.webSocket.sendText(
          `42/drivers,${driver.changes}["${DriversRequest.statusUpdate}",${payload}]`,
        );
      };
      client.listener = {
        onAck: (bytes, at, end) => {
          this.acks.record(performance.now() - driver.askedAt);
          const text = bytes.toString('utf8', at, end);
          if (!text.startsWith(`${driver.changes}${OK}`))
            this.problems.add(`an ack said ${text.slice(0, 100)}`);
          next();
        },
        onEvent: (bytes, at, end) => this.hear(index, 1, bytes, at, end),
        onClose: (reason) => {
          this.problems.add(`a device was cut: ${reason}`);
          resolve();
        },
      };
      next();
    });
  }

  private hear(index: number, device: 0 | 1, bytes: Buffer, at: number, end: number): void {
    if (bytes.compare(UPDATE, 0, UPDATE.length, at, at + UPDATE.length) !== 0) return;
    const [, fact] = JSON.parse(bytes.toString('utf8', at, end)) as [string, AvailabilitySnapshot];
    const driver = this.drivers[index]!;
    driver.heard[device] = driver.heard[device]! + 1;
    if (fact.driverId !== driverIdOf(index)) this.problems.add("a device heard another's event");
    if (fact.version <= driver.versions[device]!)
      this.problems.add('an event came twice or went back in time');
    driver.versions[device] = fact.version;
    // The events of a device alternate as the requests do.
    if (fact.isAvailableForTrips !== (driver.heard[device]! % 2 === 0))
      this.problems.add('an event named another state than was asked for');
    if (device === 0 && driver.heard[0] === driver.changes)
      this.notices.record(performance.now() - driver.askedAt);
  }

  private async untilHeard(events: number): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (performance.now() < deadline) {
      if (this.countHeard(0) >= events && this.countHeard(1) >= events) return;
      await sleep(LOOK_MS);
    }
  }

  private checkHeard(events: number): void {
    for (const device of [0, 1] as const) {
      const isExact = this.drivers.every(({ heard }) => heard[device] === this.scenario.changes);
      if (!isExact)
        this.problems.add(`a device heard ${this.countHeard(device)} of ${events} events`);
    }
  }

  private countHeard(device: 0 | 1): number {
    return this.drivers.reduce((sum, { heard }) => sum + heard[device]!, 0);
  }
}
