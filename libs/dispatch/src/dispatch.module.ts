import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/availability';
import { LocationModule } from '#libs/location';
import { RidesModule } from '#libs/rides';
import { TripsModule } from '#libs/trips';
import { Approach } from './approach.js';
import { CandidateSearch } from './candidate-search.js';
import { Dispatcher } from './dispatcher.js';
import { DriverWatch } from './driver-watch.js';
import { OfferDeadlines } from './offer-deadlines.js';
import { TripTimers } from './trip-timers.js';

@Module({
  imports: [TripsModule, RidesModule, AvailabilityModule, LocationModule],
  providers: [Dispatcher, CandidateSearch, OfferDeadlines, Approach, DriverWatch, TripTimers],
  exports: [Dispatcher, Approach],
})
export class DispatchModule {}
