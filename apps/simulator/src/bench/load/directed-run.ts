import { connectAll } from './connect-all.js';
import { type Checkpoint } from './checkpoint.js';
import { type SocketIoClient } from './socket-io-client.js';
import { UsageWindow, type ObservedProcess, type WindowUsage } from './usage-window.js';

/** Drivers with two devices on two instances: what one device changes, the other is told. */
export interface DirectedScenario {
  kind: 'directed';
  /** Of the instances of the changing and of the listening device. */
  ports: [changing: number, listening: number];
  auths: Record<string, string>[];
  readyEvent: string;
  /** Changes of each driver, one after the other. */
  changes: number;
  observed: ObservedProcess[];
}

export interface DirectedResult extends WindowUsage {
  problems: string[];
  events: number;
}

const UPDATE = Buffer.from('["driver:availability:update"');
const OK = '[{"ok":true';
const DEADLINE_MS = 30_000;
const LOOK_MS = 20;

/** Both devices of a driver must be told of every change exactly once. */
export class DirectedRun {
  private readonly heard: number[] = [];
  private readonly problems = new Set<string>();

  constructor(
    private readonly scenario: DirectedScenario,
    private readonly checkpoint: Checkpoint,
  ) {}

  async run(): Promise<DirectedResult> {
    const { ports, auths, readyEvent, changes, observed } = this.scenario;
    const devices = [];
    for (const port of ports) {
      devices.push(
        await connectAll(
          auths.map((auth) => ({
            address: { port },
            namespace: '/drivers',
            isSocketIo: true,
            auth,
            readyEvent,
          })),
        ),
      );
    }
    const [changing = [], listening = []] = devices;
    await this.quiet();
    for (const [index, client] of listening.entries()) this.listen(client, index);
    await this.checkpoint('begin');
    const window = new UsageWindow(observed);
    await Promise.all(changing.map((client) => this.change(client)));
    const events = auths.length * changes;
    await this.untilHeard(events);
    const usage = window.read();
    await this.checkpoint('end');
    return { ...usage, problems: [...this.problems], events };
  }

  /** The welcome of the last device is told to the first one. */
  private quiet(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 500));
  }

  private listen(client: SocketIoClient, index: number): void {
    this.heard[index] = 0;
    client.listener = {
      onEvent: (bytes, at) => {
        if (bytes.compare(UPDATE, 0, UPDATE.length, at, at + UPDATE.length) === 0)
          this.heard[index]! += 1;
      },
      onClose: (reason) => this.problems.add(`a device was cut: ${reason}`),
    };
  }

  private change(client: SocketIoClient): Promise<void> {
    const { changes } = this.scenario;
    return new Promise((resolve) => {
      let id = 0;
      const next = () => {
        if (id === changes) {
          resolve();
          return;
        }
        id += 1;
        const wish = JSON.stringify({ isAvailableForTrips: id % 2 === 0 });
        client.webSocket.sendText(`42/drivers,${id}["driver:status:update",${wish}]`);
      };
      client.listener = {
        onAck: (bytes, at, end) => {
          const text = bytes.toString('utf8', at, end);
          if (!text.startsWith(`${id}${OK}`))
            this.problems.add(`an ack said ${text.slice(0, 100)}`);
          next();
        },
        onClose: (reason) => {
          this.problems.add(`a device was cut: ${reason}`);
          resolve();
        },
      };
      next();
    });
  }

  private async untilHeard(events: number): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    const total = () => this.heard.reduce((sum, count) => sum + count, 0);
    while (total() < events && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    if (this.heard.some((count) => count !== this.scenario.changes))
      this.problems.add(`${total()} of ${events} events reached the other device`);
  }
}
