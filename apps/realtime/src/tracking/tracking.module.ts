import { Module } from '@nestjs/common';
import { AuthModule } from '#libs/auth';
import { TrackingModule } from '#libs/tracking';
import { SocketModule } from '../socket/socket.module.js';
import { TrackingBroadcast } from './tracking-broadcast.js';
import { TrackingSessions } from './tracking-sessions.js';
import { TrackingWelcome } from './tracking-welcome.js';
import { TrackingGateway } from './tracking.gateway.js';

@Module({
  imports: [AuthModule, SocketModule, TrackingModule],
  providers: [TrackingWelcome, TrackingGateway, TrackingSessions, TrackingBroadcast],
})
export class TrackingRealtimeModule {}
