import { setTimeout as sleep } from 'node:timers/promises';
import { type PageVisitors } from '#libs/contracts';
import { DelayHistogram } from '#libs/observability';
import { quantilesOf, type Quantiles } from '../quantiles.js';
import { type Checkpoint } from './checkpoint.js';
import { connectAll } from './connect-all.js';
import { type SocketIoClient } from './socket-io-client.js';
import { UsageWindow, type ObservedProcess, type WindowUsage } from './usage-window.js';

/** Guests who look at pages and go from one to the other. */
export interface VisitorsScenario {
  kind: 'visitors';
  port: number;
  visitors: number;
  pages: number;
  /** Of all visitors together. */
  movesPerSecond: number;
  warmUpMs: number;
  measureMs: number;
  observed: ObservedProcess[];
}

export interface VisitorsResult extends WindowUsage {
  problems: string[];
  moves: number;
  ackMs: Quantiles;
  /** What one visitor is told a second. */
  factsPerSecond: number;
}

const NAMESPACE = '/visitors';
const TICK_MS = 5;
const LOOK_MS = 50;
const DEADLINE_MS = 10_000;
const COUNT = Buffer.from('["page:visitors"');

interface Visitor {
  client: SocketIoClient;
  page: number;
  shown: PageVisitors | undefined;
  askedAt: number;
}

/** In the end every visitor must be shown the right number of its page. */
export class VisitorsRun {
  private readonly problems = new Set<string>();
  private readonly answers = new DelayHistogram();
  private visitors: Visitor[] = [];
  private moves = 0;
  private facts = 0;
  private startedAt = 0;

  constructor(
    private readonly scenario: VisitorsScenario,
    private readonly checkpoint: Checkpoint,
  ) {}

  async run(): Promise<VisitorsResult> {
    const { warmUpMs, measureMs, observed, visitors } = this.scenario;
    await this.open();
    this.startedAt = performance.now();
    const timer = setInterval(() => this.moveDue(), TICK_MS);
    await sleep(warmUpMs);
    await this.checkpoint('begin');
    this.answers.clear();
    const before = { moves: this.moves, facts: this.facts };
    const window = new UsageWindow(observed);
    await sleep(measureMs);
    const usage = window.read();
    const after = { moves: this.moves, facts: this.facts };
    clearInterval(timer);
    await this.checkpoint('end');
    await this.untilRight();
    return {
      ...usage,
      problems: [...this.problems],
      moves: after.moves - before.moves,
      ackMs: quantilesOf(this.answers),
      factsPerSecond: (after.facts - before.facts) / usage.seconds / visitors,
    };
  }

  private async open(): Promise<void> {
    const { port, visitors, pages } = this.scenario;
    const plan = { address: { port }, namespace: NAMESPACE, isSocketIo: true, auth: {} } as const;
    const clients = await connectAll(
      Array.from({ length: visitors }, () => ({ ...plan, readyEvent: 'hello' })),
    );
    this.visitors = clients.map((client, number) => {
      const visitor: Visitor = { client, page: number % pages, shown: undefined, askedAt: 0 };
      client.listener = {
        onAck: (bytes, at, end) => this.readAck(visitor, bytes.toString('utf8', at, end)),
        onEvent: (bytes, at, end) => {
          if (bytes.compare(COUNT, 0, COUNT.length, at, at + COUNT.length) !== 0) return;
          this.facts += 1;
          [, visitor.shown] = JSON.parse(bytes.toString('utf8', at, end)) as [string, PageVisitors];
        },
        onClose: (reason) => this.problems.add(`a visitor was cut: ${reason}`),
      };
      this.visit(visitor);
      return visitor;
    });
  }

  private moveDue(): void {
    const { movesPerSecond, pages } = this.scenario;
    const elapsedMs = performance.now() - this.startedAt;
    while (this.moves < (elapsedMs * movesPerSecond) / 1_000) {
      const visitor = this.visitors[this.moves % this.visitors.length]!;
      visitor.page = (visitor.page + 1 + (this.moves % (pages - 1))) % pages;
      this.moves += 1;
      this.visit(visitor);
    }
  }

  private visit(visitor: Visitor): void {
    visitor.askedAt = performance.now();
    const body = JSON.stringify(['page:visit', { page: `page-${visitor.page}` }]);
    visitor.client.webSocket.sendText(`42${NAMESPACE},1${body}`);
  }

  private readAck(visitor: Visitor, answer: string): void {
    this.answers.record(performance.now() - visitor.askedAt);
    if (!answer.includes('"ok":true')) this.problems.add(`refused: ${answer}`);
  }

  private async untilRight(): Promise<void> {
    const there = Map.groupBy(this.visitors, ({ page }) => page);
    const isRight = ({ page, shown }: Visitor) =>
      shown?.page === `page-${page}` && shown.visitors === there.get(page)!.length;
    const deadline = performance.now() + DEADLINE_MS;
    while (!this.visitors.every(isRight) && performance.now() < deadline) await sleep(LOOK_MS);
    const wrong = this.visitors.filter((visitor) => !isRight(visitor)).length;
    if (wrong > 0) this.problems.add(`${wrong} visitors were shown a wrong number`);
  }
}
