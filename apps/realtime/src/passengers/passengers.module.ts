import { Module } from '@nestjs/common';
import { FleetModule } from '#libs/fleet';
import { SocketModule } from '../socket/socket.module.js';
import { NearbyCarsBroadcast } from './nearby-cars-broadcast.js';
import { PassengersGateway } from './passengers.gateway.js';

@Module({
  imports: [SocketModule, FleetModule],
  providers: [PassengersGateway, NearbyCarsBroadcast],
})
export class PassengersModule {}
