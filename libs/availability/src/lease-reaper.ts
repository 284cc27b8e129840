import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Configuration } from '#libs/config';
import { LocationService } from '#libs/location';
import { Log } from '#libs/observability';
import { AvailabilityStore } from './availability.store.js';

/**
 * Ends leases that have run out. Every instance runs it and any may die at any line: the script
 * ends and announces in one step, and a departed driver stays listed until it is out of the index.
 */
@Injectable()
export class LeaseReaper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly configuration: Configuration,
    private readonly store: AvailabilityStore,
    private readonly locations: LocationService,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running ??= this.reap()
        .catch((error: unknown) => this.log.debug({ err: error }, 'reaping waits for redis'))
        .finally(() => (this.running = undefined));
    }, this.configuration.drivers.reaperIntervalMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async reap(): Promise<void> {
    const gone = await this.store.reap();
    if (gone.length > 0) this.log.debug({ drivers: gone.length }, 'leases lapsed');
    const departed = await this.store.readDeparted();
    if (departed.length === 0) return;
    await this.locations.retire(departed);
    await this.store.clearDeparted(departed);
  }
}
