import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/availability';
import { ExportsModule } from '#libs/exports';
import { TimersStore } from './timers.store.js';
import { TripAudit } from './trip-audit.service.js';
import { TripClock } from './trip-clock.js';
import { TripKeys } from './trip-keys.js';
import { TripListsStore } from './trip-lists.store.js';
import { TripQueries } from './trip-queries.service.js';
import { TripRulesProvider } from './trip-rules.provider.js';
import { TripFeed } from './trip.feed.js';
import { TripsService } from './trips.service.js';
import { TripsStore } from './trips.store.js';

@Module({
  imports: [AvailabilityModule, ExportsModule],
  providers: [
    TripKeys,
    TripClock,
    TripRulesProvider,
    TripsStore,
    TripListsStore,
    TimersStore,
    TripsService,
    TripQueries,
    TripAudit,
    TripFeed,
  ],
  exports: [TripClock, TripsService, TripQueries, TripAudit, TripFeed, TimersStore],
})
export class TripsModule {}
