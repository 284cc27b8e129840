import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { tripsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { BackgroundFailures } from '#libs/redis';
import { AT_ONCE, type TimerChange } from '../store/trip-decision.js';
import { type TripRecord } from '../store/trip-record.js';
import { TimersStore, type ClaimedTimer } from './timers.store.js';
import { TripClock } from './trip-clock.js';
import { TripTimer, type DueTimer } from './trip-timer.js';

/** Timers that one instance takes at a time. */
const BATCH = 100;
/** Longer than dealing with one takes; then another instance may. */
const CLAIM_MS = 5_000;
/** However many timers are set, an instance looks no more often. */
const SHORTEST_PAUSE_MS = 100;
/** Looked at a little later than due, by what the clocks may differ. */
const CLOCK_SLACK_MS = 5;

export interface TimerOccasion {
  /** False when the instance that left it to be done does it at once. */
  isDue: boolean;
  /** The trip as this instance has just written it; undefined when it has to be read. */
  written: TripRecord | undefined;
}

/** @returns when it is due again, epoch ms; null when it is done with or was set anew */
export type TimerHandler = (id: string, occasion: TimerOccasion) => Promise<number | null | void>;

/**
 * Does what is due about trips. Each kind of timer has one handler, which registers here. Every instance looks
 * and any may die at any line: what is due stays in Redis until it is done, and doing it twice
 * changes nothing (TRIP2). An instance sleeps until the next timer that it knows of, and looks at
 * least every TRIP_TIMER_INTERVAL for those that others have set.
 */
@Injectable()
export class TripTimers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly handlers = new Map<TripTimer, TimerHandler>();
  private readonly failures: BackgroundFailures;
  private readonly atOnce = new Set<Promise<void>>();
  private looking: Promise<void> | undefined;
  private sleep: NodeJS.Timeout | undefined;
  /** When the next timer that is known of is due, epoch ms of Redis. */
  private nextAt = Infinity;
  private lookedAt = 0;
  private isRunning = false;

  constructor(
    @Inject(tripsConfig.KEY) private readonly settings: ConfigType<typeof tripsConfig>,
    private readonly timers: TimersStore,
    private readonly clock: TripClock,
    private readonly log: Log,
  ) {
    this.failures = new BackgroundFailures(log, 'dealing with due timers of trips');
  }

  register(kind: TripTimer, handler: TimerHandler): void {
    this.handlers.set(kind, handler);
  }

  /** An instance without the owner of some kind takes none: it would keep it from the others. */
  onApplicationBootstrap(): void {
    this.isRunning = Object.values(TripTimer).every((kind) => this.handlers.has(kind));
    if (this.isRunning) this.notice(0);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isRunning = false;
    clearTimeout(this.sleep);
    await this.looking;
    await Promise.all(this.atOnce);
  }

  /** What a step of this instance has set, once it is written. */
  noted(changes: readonly TimerChange[], written: TripRecord): void {
    if (!this.isRunning) return;
    for (const { at, ...timer } of changes) {
      // Others take it over only if this instance dies.
      if (at === AT_ONCE) this.doAtOnce(timer, written);
      else if (at !== null) this.notice(at);
    }
  }

  private doAtOnce(timer: DueTimer, written: TripRecord): void {
    const step = this.deal(timer, { isDue: false, written })
      .then(
        () => undefined,
        (error: unknown) => this.report(timer, error),
      )
      .finally(() => this.atOnce.delete(step));
    this.atOnce.add(step);
  }

  private notice(dueAt: number): void {
    if (dueAt >= this.nextAt) return;
    this.nextAt = dueAt;
    this.sleepOn();
  }

  /** Sleeps until the next timer is due; a look that is under way does so at its end. */
  private sleepOn(): void {
    if (!this.isRunning || this.looking) return;
    const { timerIntervalMs } = this.settings;
    const sinceLookMs = this.clock.now() - this.lookedAt;
    const untilDueMs = this.nextAt + CLOCK_SLACK_MS - this.clock.now();
    const shortestMs = Math.min(SHORTEST_PAUSE_MS, timerIntervalMs) - sinceLookMs;
    const sleepMs = Math.min(Math.max(0, shortestMs, untilDueMs), timerIntervalMs);
    clearTimeout(this.sleep);
    this.sleep = setTimeout(() => this.wake(), sleepMs);
  }

  private wake(): void {
    this.nextAt = Infinity;
    this.looking = this.look()
      .then(
        (nextAt) => {
          this.failures.clear();
          this.nextAt = Math.min(this.nextAt, nextAt);
        },
        (error: unknown) => this.failures.note(error),
      )
      .finally(() => {
        this.looking = undefined;
        this.lookedAt = this.clock.now();
        this.sleepOn();
      });
  }

  /** @returns when the next timer is due, epoch ms of Redis; Infinity for none */
  private async look(): Promise<number> {
    for (;;) {
      const { claimed, nextAt, jumpMs } = await this.timers.claim(BATCH, CLAIM_MS);
      if (jumpMs !== 0)
        this.log.warn(
          { jumpMs },
          'the clock of Redis has jumped: trips and leases go on without it',
        );
      await Promise.all(claimed.map((timer) => this.settle(timer)));
      if (claimed.length < BATCH || !this.isRunning) return nextAt;
    }
  }

  private async settle(timer: ClaimedTimer): Promise<void> {
    try {
      const dueAgainAt = await this.deal(timer, { isDue: true, written: undefined });
      await this.timers.settle(timer, dueAgainAt);
      if (dueAgainAt !== null) this.notice(dueAgainAt);
    } catch (error) {
      if (error instanceof RequestError && error.code === 'NOT_FOUND') {
        // Of a trip that is gone; left as it is it would come again for ever.
        await this.timers
          .settle(timer, null)
          .catch((failed: unknown) => this.report(timer, failed));
        return;
      }
      // It stays claimed for a while and is tried again then, by the first that looks.
      this.report(timer, error);
    }
  }

  private async deal({ kind, id }: DueTimer, occasion: TimerOccasion): Promise<number | null> {
    return (await this.handlers.get(kind)!(id, occasion)) ?? null;
  }

  private report({ kind, id }: DueTimer, error: unknown): void {
    const isAway = error instanceof RequestError && error.code === 'REDIS_UNAVAILABLE';
    if (isAway) this.log.debug({ kind, id }, 'a trip timer waits for redis');
    else this.log.error({ kind, id, err: error }, 'a trip timer failed');
  }
}
