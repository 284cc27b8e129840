import { Module } from '@nestjs/common';
import { AvailabilityModule } from '#libs/drivers';
import { LocationModule } from '#libs/location';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { DriversGateway } from './drivers.gateway.js';
import { LeaseKeeper } from './lease-keeper.js';

@Module({
  imports: [SocketModule, AvailabilityModule, LocationModule, TripsModule],
  providers: [DriversGateway, LeaseKeeper],
})
export class DriversModule {}
