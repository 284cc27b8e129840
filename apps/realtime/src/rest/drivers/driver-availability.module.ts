import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { FleetModule } from '#libs/fleet';
import { LocationModule } from '#libs/location';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../../socket/socket.module.js';
import { DriverAvailabilityController } from './driver-availability.controller.js';
import { DriverReportsController } from './driver-reports.controller.js';
import { ReportingSessions } from './reporting-sessions.js';

@Module({
  imports: [FleetModule, AvailabilityModule, LocationModule, TripsModule, SocketModule],
  // In this order: the first has names where the second has ids of drivers.
  controllers: [DriverReportsController, DriverAvailabilityController],
  providers: [ReportingSessions],
})
export class DriverAvailabilityModule {}
