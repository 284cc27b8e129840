import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AvailabilityModule } from '#libs/drivers';
import { ExportsModule } from '#libs/exports';
import { FaresModule } from '#libs/fares';
import { LocationModule } from '#libs/location';
import { TripRulesProvider } from './machine/trip-rules.js';
import { Approach } from './ride/approach.js';
import { DispatcherActions } from './ride/dispatcher-actions.service.js';
import { DriverPositions } from './ride/driver-positions.js';
import { DriverWatch } from './ride/driver-watch.js';
import { Odometer } from './ride/odometer.js';
import { RidesService } from './ride/rides.service.js';
import { Waiting } from './ride/waiting.js';
import { AcknowledgingDevices } from './store/acknowledging-devices.js';
import { RideTrackStore } from './store/ride-track.store.js';
import { TripKeys } from './store/trip-keys.js';
import { TripListsStore } from './store/trip-lists.store.js';
import { TripFeed } from './store/trip.feed.js';
import { TripsStore } from './store/trips.store.js';
import { TimersStore } from './timers/timers.store.js';
import { TripClock } from './timers/trip-clock.js';
import { TripTimers } from './timers/trip-timers.js';
import { TripAudit } from './trip-audit.service.js';
import { TripMeasures } from './trip-measures.js';
import { TripQueries } from './trip-queries.service.js';
import { TripsService } from './trips.service.js';

@Module({
  imports: [AccountsModule, AvailabilityModule, ExportsModule, FaresModule, LocationModule],
  providers: [
    TripKeys,
    TripClock,
    TripRulesProvider,
    TripsStore,
    TripListsStore,
    RideTrackStore,
    AcknowledgingDevices,
    TimersStore,
    TripTimers,
    TripMeasures,
    TripsService,
    TripQueries,
    TripAudit,
    TripFeed,
    RidesService,
    DispatcherActions,
    Approach,
    DriverWatch,
    Odometer,
    Waiting,
    DriverPositions,
  ],
  exports: [
    TripClock,
    TripsService,
    TripQueries,
    TripAudit,
    TripFeed,
    TimersStore,
    TripTimers,
    RidesService,
    DispatcherActions,
    Approach,
    DriverWatch,
    Odometer,
    Waiting,
    DriverPositions,
    AcknowledgingDevices,
  ],
})
export class TripsModule {}
