import { Injectable, Module } from '@nestjs/common';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { hasForeignTrip, type DriverState } from './availability-record.js';
import { AvailabilityStore } from './availability.store.js';
import { DispatchKeys } from './dispatch-keys.js';

/** Every connection that there was is older. */
const AFTER_ALL_MS = 60_000;

/** What is known of a driver as such. */
@Injectable()
export class PersonalAvailability {
  constructor(private readonly store: AvailabilityStore) {}

  async exportOf({ id }: Person): Promise<DriverState | null> {
    const [state = null] = await this.store.read([id]);
    return state;
  }

  /**
   * Takes the driver off the map, which is announced.
   * @returns whether it has no lease any more; an instance may still hold one that it just renewed
   */
  async leave({ id }: Person): Promise<boolean> {
    const [state] = await this.store.read([id]);
    if (state && hasForeignTrip(state.record)) await this.store.setTrip(id, null);
    if (state?.live) await this.store.withdraw(id, Date.now() + AFTER_ALL_MS);
    while ((await this.store.reap()).length > 0);
    return !state?.live;
  }

  /** To be done when the driver has left; nothing happens before. */
  async erase({ id }: Person): Promise<ErasedCounts> {
    return { availability: (await this.store.erase(id)) ?? 0 };
  }
}

/** For commands: without what an instance does by itself. */
@Module({
  providers: [DispatchKeys, AvailabilityStore, PersonalAvailability],
  exports: [DispatchKeys, PersonalAvailability],
})
export class PersonalAvailabilityModule {}
