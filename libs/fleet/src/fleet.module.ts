import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { LocationModule } from '#libs/location';
import { CarTurns } from './car-turns.js';
import { FleetFollower } from './fleet-follower.js';
import { FreeCarsService } from './free-cars.service.js';
import { NearbyService } from './nearby.service.js';

@Module({
  imports: [LocationModule, AvailabilityModule],
  providers: [CarTurns, FleetFollower, FreeCarsService, NearbyService],
  exports: [FleetFollower, FreeCarsService, NearbyService],
})
export class FleetModule {}
