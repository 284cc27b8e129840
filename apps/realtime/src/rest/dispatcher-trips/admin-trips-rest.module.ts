import { Module } from '@nestjs/common';
import { TripsModule } from '#libs/trips';
import { AdminTripsController } from './admin-trips.controller.js';
import { AssigningController } from './assigning.controller.js';
import { BookingController } from './booking.controller.js';
import { SearchOverridesReader } from './dispatcher-bodies.dto.js';
import { TripActionsController } from './trip-actions.controller.js';

/** Trips over REST for dispatchers. */
@Module({
  imports: [TripsModule],
  providers: [SearchOverridesReader],
  controllers: [
    AdminTripsController,
    BookingController,
    TripActionsController,
    AssigningController,
  ],
})
export class AdminTripsRestModule {}
