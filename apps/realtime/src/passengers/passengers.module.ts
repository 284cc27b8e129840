import { Module } from '@nestjs/common';
import { FleetModule } from '#libs/fleet';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { TripsRealtimeModule } from '../trips/trips.module.js';
import { NearbyCarsBroadcast } from './nearby-cars-broadcast.js';
import { PassengerTripsGateway } from './passenger-trips.gateway.js';
import { PassengerWelcome } from './passenger-welcome.js';
import { PassengersGateway } from './passengers.gateway.js';

@Module({
  imports: [SocketModule, FleetModule, TripsModule, TripsRealtimeModule],
  providers: [PassengerWelcome, PassengersGateway, PassengerTripsGateway, NearbyCarsBroadcast],
})
export class PassengersModule {}
