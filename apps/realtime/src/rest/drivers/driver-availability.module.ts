import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { FleetModule } from '#libs/fleet';
import { LocationModule } from '#libs/location';
import { DriverAvailabilityController } from './driver-availability.controller.js';

@Module({
  imports: [FleetModule, AvailabilityModule, LocationModule],
  controllers: [DriverAvailabilityController],
})
export class DriverAvailabilityModule {}
