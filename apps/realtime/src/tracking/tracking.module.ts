import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AuthModule } from '#libs/auth';
import { SharesModule } from '#libs/shares';
import { TrackingModule } from '#libs/tracking';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { TripsRealtimeModule } from '../trips/trips.module.js';
import { ShareFollowing } from './share-following.js';
import { ShareWelcome } from './share-welcome.js';
import { TrackingBroadcast } from './tracking-broadcast.js';
import { TrackingSessions } from './tracking-sessions.js';
import { TrackingWelcome } from './tracking-welcome.js';
import { TrackingGateway } from './tracking.gateway.js';

@Module({
  imports: [
    AccountsModule,
    AuthModule,
    SharesModule,
    SocketModule,
    TrackingModule,
    TripsModule,
    TripsRealtimeModule,
  ],
  providers: [
    TrackingWelcome,
    TrackingGateway,
    TrackingSessions,
    TrackingBroadcast,
    ShareWelcome,
    ShareFollowing,
  ],
})
export class TrackingRealtimeModule {}
