import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/availability';
import { LocationModule } from '#libs/location';
import { FleetFollower } from './fleet-follower.js';
import { NearbyService } from './nearby.service.js';

@Module({
  imports: [LocationModule, AvailabilityModule],
  providers: [FleetFollower, NearbyService],
  exports: [FleetFollower, NearbyService],
})
export class FleetModule {}
