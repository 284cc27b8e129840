import { RequestError, type ExportedFact } from '#libs/contracts';
import { SpanKind, type Log, type Tracing } from '#libs/observability';
import { FailureStreak } from './failure-streak.js';
import { Wakeup } from './wakeup.js';
import { retryDelayMs, type RetrySchedule, type WebhookOutcome } from './webhook-attempt.js';
import { type WebhookClient } from './webhook-client.js';
import { type TakenFact, type WebhookQueue } from './webhook-queue.js';

/** Looks for facts this often without a sign of one: another instance may have died with some. */
const IDLE_MS = 1_000;
/** After a look that found nothing, so that instances do not race for each fact of a busy stream. */
const PAUSE_MS = 20;
const RETRY_MS = 100;

export interface WebhookSenderOptions extends RetrySchedule {
  endpoint: string;
  concurrency: number;
  maxAttempts: number;
  /** How long a fact is this instance's after it was taken. */
  turnMs: number;
}

/** Sends what one webhook has to deliver; every instance has one for each webhook. */
export class WebhookSender {
  private readonly wakeup = new Wakeup();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly streak: FailureStreak;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly queue: WebhookQueue,
    private readonly client: WebhookClient,
    private readonly log: Log,
    private readonly tracing: Tracing,
    private readonly options: WebhookSenderOptions,
  ) {
    this.streak = new FailureStreak(log, options.endpoint);
  }

  start(): void {
    this.running = this.run();
  }

  /** There may be something to deliver. */
  wake(): void {
    this.wakeup.ring();
  }

  /** Takes nothing more and ends when what is on its way has its outcome written. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeup.ring();
    await this.running;
    await Promise.all(this.inFlight);
    this.client.close();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const free = this.options.concurrency - this.inFlight.size;
      // What frees a slot rings.
      const waitMs = free > 0 ? await this.takeSome(free) : IDLE_MS;
      await this.wakeup.wait(Math.min(waitMs, IDLE_MS));
    }
  }

  private async takeSome(free: number): Promise<number> {
    try {
      const { taken, waitMs = IDLE_MS, lost } = await this.queue.take(free);
      if (lost > 0) {
        const { endpoint } = this.options;
        this.log.error({ endpoint, lost }, 'facts left the stream before they were delivered');
      }
      for (const each of taken) this.begin(each);
      if (taken.length === 0) await pause(PAUSE_MS);
      return waitMs;
    } catch (error) {
      if (!(error instanceof RequestError)) {
        this.log.error({ err: error }, 'facts cannot be taken');
        await pause(IDLE_MS);
      }
      return RETRY_MS;
    }
  }

  private begin(taken: TakenFact): void {
    const delivery = this.deliver(taken).finally(() => {
      this.inFlight.delete(delivery);
      this.wakeup.ring();
    });
    this.inFlight.add(delivery);
  }

  private async deliver(taken: TakenFact): Promise<void> {
    const outcome: WebhookOutcome = taken.fact
      ? await this.post(taken.fact, taken.fields['traceparent'])
      : { kind: 'refused', reason: 'malformed' };
    await this.write(() => this.settle(taken, outcome));
    if (outcome.kind === 'failed') this.streak.failed(outcome.reason);
    else if (taken.fact && this.streak.succeeded()) await this.write(() => this.queue.hasten());
  }

  private post(fact: ExportedFact, parent: string | undefined): Promise<WebhookOutcome> {
    const attributes = { 'ridewire.webhook': this.options.endpoint, 'ridewire.fact': fact.type };
    return this.tracing.span('webhook', { kind: SpanKind.CLIENT, attributes, parent }, (span) => {
      const outcome = this.client.post(fact, this.tracing.traceparent);
      if (span) void outcome.then(({ kind }) => span.setAttribute('ridewire.outcome', kind));
      return outcome;
    });
  }

  private async settle(taken: TakenFact, outcome: WebhookOutcome): Promise<void> {
    if (outcome.kind === 'delivered') return this.queue.finish(taken);
    const { endpoint, maxAttempts } = this.options;
    const { id, attempt } = taken;
    if (outcome.kind === 'failed' && attempt < maxAttempts) {
      const delayMs = retryDelayMs(this.options, attempt, outcome.retryAfterMs);
      return this.queue.postpone(taken, delayMs);
    }
    const { reason } = outcome;
    if (await this.queue.bury(taken, reason)) {
      this.log.warn({ endpoint, factId: id, attempt, reason }, 'a fact became a dead letter');
    }
  }

  /** While Redis is away an outcome waits, but no longer than the fact is this instance's. */
  private async write(step: () => Promise<void>): Promise<void> {
    const giveUpAt = performance.now() + this.options.turnMs;
    for (;;) {
      try {
        await step();
        return;
      } catch (error) {
        if (this.stopped || performance.now() > giveUpAt) {
          this.log.warn({ err: error }, 'the outcome of a webhook was not written: it comes again');
          return;
        }
        await pause(RETRY_MS);
      }
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
