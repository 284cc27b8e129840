import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { LocationModule } from '#libs/location';
import { CarTurns } from './car-turns.js';
import { FleetFollower } from './fleet-follower.js';
import { FreeCarsService } from './free-cars.service.js';
import { NearbyDriversService } from './nearby-drivers.service.js';

@Module({
  imports: [LocationModule, AvailabilityModule],
  providers: [CarTurns, FleetFollower, FreeCarsService, NearbyDriversService],
  exports: [FleetFollower, FreeCarsService, NearbyDriversService],
})
export class FleetModule {}
