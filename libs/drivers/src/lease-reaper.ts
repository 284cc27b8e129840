import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { driversConfig, type ConfigType } from '#libs/config';
import { LocationService } from '#libs/location';
import { Log, Metrics, type Count } from '#libs/observability';
import { BackgroundTask } from '#libs/redis';
import { AvailabilityStore } from './availability.store.js';

/** Longer than instances take between two renewals of the leases that they hold. */
const RENEWALS_DONE_PER_LEASE = 4;

/**
 * Ends leases that have run out: dispatchers get `driver:offline`. Every instance runs it and any may die at any line: the script
 * ends and announces in one step, and a departed driver stays listed until it is out of the index.
 */
@Injectable()
export class LeaseReaper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly settleMs: number;
  /** By the clock of `performance`, as the next: it never steps. */
  private reachedAt = 0;
  private heldUntil = 0;
  private readonly task: BackgroundTask;
  private readonly reaped: Count;

  constructor(
    @Inject(driversConfig.KEY) private readonly settings: ConfigType<typeof driversConfig>,
    private readonly store: AvailabilityStore,
    private readonly locations: LocationService,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    const { leaseTtlMs, reaperIntervalMs } = settings;
    this.task = new BackgroundTask(log, 'ending leases', () => this.reap());
    this.reaped = metrics.counter(
      'ridewire_driver_leases_reaped_total',
      'Leases of drivers that ran out and that this instance ended.',
    );
    this.settleMs = Math.max(leaseTtlMs / RENEWALS_DONE_PER_LEASE, 3 * reaperIntervalMs);
  }

  onApplicationBootstrap(): void {
    this.reachedAt = performance.now();
    this.task.start(this.settings.reaperIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** @returns whether leases could end now */
  private async reap(): Promise<boolean> {
    await this.retireDeparted();
    if (this.isSettling(performance.now())) return false;
    let ended = 0;
    let gone: string[];
    // Until none is left: the drivers of an instance that died lapse at the same time.
    do {
      gone = await this.store.reap();
      ended += gone.length;
      this.reaped.value += gone.length;
    } while (gone.length > 0);
    if (ended > 0) {
      this.log.debug({ drivers: ended }, 'leases lapsed');
      await this.retireDeparted();
    }
    return true;
  }

  /**
   * While Redis was away leases ran out that nobody could renew: the drivers are still there, and
   * their instances say so first.
   */
  private isSettling(now: number): boolean {
    if (now - this.reachedAt > this.settleMs) this.heldUntil = now + this.settleMs;
    this.reachedAt = now;
    return now < this.heldUntil;
  }

  private async retireDeparted(): Promise<void> {
    for (;;) {
      const departed = await this.store.readDeparted();
      if (departed.length === 0) return;
      await this.locations.retire(departed);
      await this.store.clearDeparted(departed);
    }
  }
}
