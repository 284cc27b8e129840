import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { AvailabilityModule } from '#libs/drivers';
import { LocationModule } from '#libs/location';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { TripsRealtimeModule } from '../trips/trips.module.js';
import { DriverTripsGateway } from './driver-trips.gateway.js';
import { DriverWelcome } from './driver-welcome.js';
import { DriversGateway } from './drivers.gateway.js';
import { LeaseKeeper } from './lease-keeper.js';

@Module({
  imports: [
    AuthModule,
    SocketModule,
    TripsModule,
    TripsRealtimeModule,
    AvailabilityModule,
    LocationModule,
  ],
  providers: [DriverWelcome, DriversGateway, DriverTripsGateway, LeaseKeeper],
})
export class DriversModule {}
