import { Module } from '@nestjs/common';
import { LocationModule } from '#libs/location';
import { AvailabilityFeed } from './availability.feed.js';
import { AvailabilityService } from './availability.service.js';
import { AvailabilityStore } from './availability.store.js';
import { LeaseReaper } from './lease-reaper.js';

@Module({
  imports: [LocationModule],
  providers: [AvailabilityStore, AvailabilityService, AvailabilityFeed, LeaseReaper],
  exports: [AvailabilityService, AvailabilityFeed],
})
export class AvailabilityModule {}
