import { Module } from '@nestjs/common';
import { MatchingModule } from '#libs/matching';
import { TripsModule } from '#libs/trips';
import { DriverTripsController } from './driver-trips.controller.js';
import { PassengerTripsController } from './passenger-trips.controller.js';
import { TripsController } from './trips.controller.js';

/** Trips over REST for passengers and drivers. */
@Module({
  imports: [TripsModule, TripsModule, MatchingModule],
  controllers: [PassengerTripsController, DriverTripsController, TripsController],
})
export class TripsRestModule {}
