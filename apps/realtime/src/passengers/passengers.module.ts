import { Module } from '@nestjs/common';
import { SocketModule } from '../socket/socket.module.js';
import { PassengersGateway } from './passengers.gateway.js';

@Module({ imports: [SocketModule], providers: [PassengersGateway] })
export class PassengersModule {}
