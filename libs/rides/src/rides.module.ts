import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AvailabilityModule } from '#libs/availability';
import { FaresModule } from '#libs/fares';
import { LocationModule } from '#libs/location';
import { TripsModule } from '#libs/trips';
import { DispatcherActions } from './dispatcher-actions.service.js';
import { DriverSightings } from './driver-sightings.js';
import { Odometer } from './odometer.js';
import { RidesService } from './rides.service.js';
import { Waiting } from './waiting.js';

@Module({
  imports: [TripsModule, AccountsModule, AvailabilityModule, FaresModule, LocationModule],
  providers: [RidesService, DispatcherActions, Odometer, Waiting, DriverSightings],
  exports: [RidesService, DispatcherActions, Odometer, Waiting, DriverSightings],
})
export class RidesModule {}
