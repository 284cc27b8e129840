import { Module } from '@nestjs/common';
import { MatchingModule } from '#libs/matching';
import { SharesModule } from '#libs/shares';
import { TripsModule } from '#libs/trips';
import { DriverTripsController } from './driver-trips.controller.js';
import { PassengerTripsController } from './passenger-trips.controller.js';
import { SharesController } from './shares.controller.js';
import { TripsController } from './trips.controller.js';

/** Trips over REST for passengers and drivers. */
@Module({
  imports: [TripsModule, SharesModule, MatchingModule],
  controllers: [PassengerTripsController, DriverTripsController, TripsController, SharesController],
})
export class TripsRestModule {}
