import { Module } from '@nestjs/common';
import { LocationModule } from '#libs/location';
import { AvailabilityFeed } from './availability.feed.js';
import { AvailabilityService } from './availability.service.js';
import { AvailabilityStore } from './availability.store.js';
import { DispatchKeys } from './dispatch-keys.js';
import { LeaseReaper } from './lease-reaper.js';

@Module({
  imports: [LocationModule],
  providers: [DispatchKeys, AvailabilityStore, AvailabilityService, AvailabilityFeed, LeaseReaper],
  exports: [AvailabilityService, AvailabilityFeed, DispatchKeys],
})
export class AvailabilityModule {}
