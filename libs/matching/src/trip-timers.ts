import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { tripsConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import {
  Approach,
  type ClaimedTimer,
  DriverWatch,
  type DueTimer,
  Odometer,
  TimersStore,
  TripsService,
  TripTimer,
  Waiting,
} from '#libs/trips';
import { Matcher } from './matcher.js';
import { OfferDeadlines } from './offer-deadlines.js';

/** Timers that one instance takes at a time. */
const BATCH = 100;
/** Longer than dealing with one takes; then another instance may. */
const CLAIM_MS = 5_000;

/**
 * Does what is due about trips. Every instance looks and any may die at any line: what is due stays
 * in Redis until it is done, and doing it twice changes nothing (TRIP2).
 */
@Injectable()
export class TripTimers implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly task: BackgroundTask;
  private readonly atOnce = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    @Inject(tripsConfig.KEY) private readonly settings: ConfigType<typeof tripsConfig>,
    private readonly timers: TimersStore,
    private readonly trips: TripsService,
    private readonly matcher: Matcher,
    private readonly offers: OfferDeadlines,
    private readonly approach: Approach,
    private readonly waiting: Waiting,
    private readonly odometer: Odometer,
    private readonly drivers: DriverWatch,
    private readonly log: Log,
  ) {
    this.task = new BackgroundTask(log, 'dealing with due timers of trips', () => this.look());
  }

  onApplicationBootstrap(): void {
    this.trips.onDue((due) => this.doAtOnce(due));
    this.task.start(this.settings.timerIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.task.stop();
    await Promise.all(this.atOnce);
  }

  /** What a step of this instance left to be done: others take it over only if this one dies. */
  private doAtOnce(due: DueTimer): void {
    if (this.stopped) return;
    const step = this.deal(due, false)
      .then(
        () => undefined,
        (error: unknown) => this.report(due, error),
      )
      .finally(() => this.atOnce.delete(step));
    this.atOnce.add(step);
  }

  private async look(): Promise<boolean> {
    let claimed: ClaimedTimer[];
    do {
      claimed = await this.timers.claim(BATCH, CLAIM_MS);
      await Promise.all(claimed.map((timer) => this.settle(timer)));
    } while (claimed.length === BATCH && !this.stopped);
    return true;
  }

  private async settle(timer: ClaimedTimer): Promise<void> {
    try {
      const dueAgainAt = await this.deal(timer, true);
      await this.timers.settle(timer, dueAgainAt);
    } catch (error) {
      if (error instanceof RequestError && error.code === 'NOT_FOUND') {
        // Of a trip that is gone; left as it is it would come again for ever.
        await this.timers
          .settle(timer, null)
          .catch((failed: unknown) => this.report(timer, failed));
        return;
      }
      // It stays claimed for a while and is tried again then, by whoever is first.
      this.report(timer, error);
    }
  }

  /** @returns when it is due again, epoch ms; null when it is done with or was set anew */
  private async deal({ kind, id }: DueTimer, isDue: boolean): Promise<number | null> {
    switch (kind) {
      case TripTimer.match:
        await this.matcher.advance(id, isDue);
        return null;
      case TripTimer.offer:
        return this.offers.meet(id);
      case TripTimer.approach:
        await this.approach.begin(id);
        return null;
      case TripTimer.waiting:
        await this.waiting.charge(id);
        return null;
      case TripTimer.odometer:
        await this.odometer.note(id);
        return null;
      case TripTimer.lost:
        return this.drivers.lookFor(id);
      case TripTimer.vanished:
        await this.drivers.vanished(id);
        return null;
      case TripTimer.stuck:
        return this.trips.noteStuck(id);
      case TripTimer.archive:
        await this.trips.archive(id);
        return null;
    }
  }

  private report({ kind, id }: DueTimer, error: unknown): void {
    const isAway = error instanceof RequestError && error.code === 'REDIS_UNAVAILABLE';
    if (isAway) this.log.debug({ kind, id }, 'a trip timer waits for redis');
    else this.log.error({ kind, id, err: error }, 'a trip timer failed');
  }
}
