import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { FaresModule } from '#libs/fares';
import { LocationModule } from '#libs/location';
import { TripsModule } from '#libs/trips';
import { DispatcherActions } from './dispatcher-actions.service.js';
import { Odometer } from './odometer.js';
import { RidesService } from './rides.service.js';
import { Waiting } from './waiting.js';

@Module({
  imports: [TripsModule, AccountsModule, FaresModule, LocationModule],
  providers: [RidesService, DispatcherActions, Odometer, Waiting],
  exports: [RidesService, DispatcherActions, Odometer, Waiting],
})
export class RidesModule {}
