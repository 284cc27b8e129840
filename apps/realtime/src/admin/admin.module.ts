import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AuthModule } from '#libs/auth';
import { FaresModule } from '#libs/fares';
import { FleetModule } from '#libs/fleet';
import { TripsModule } from '#libs/trips';
import { CursorsModule } from '../cursors/cursors.module.js';
import { FleetBroadcast } from '../fleet/fleet-broadcast.js';
import { FleetFacts } from '../fleet/fleet-facts.js';
import { FleetSnapshotSender } from '../fleet/fleet-snapshot-sender.js';
import { SupplyAndDemand } from '../fleet/supply-and-demand.js';
import { SocketModule } from '../socket/socket.module.js';
import { TripsRealtimeModule } from '../trips/trips.module.js';
import { VisitorsModule } from '../visitors/visitors.module.js';
import { AdminPagesGateway } from './admin-pages.gateway.js';
import { AdminTripsGateway } from './admin-trips.gateway.js';
import { AdminGateway } from './admin.gateway.js';
import { DeskGateway } from './desk.gateway.js';
import { DispatcherWelcome } from './dispatcher-welcome.js';
import { SessionFeed } from './session-feed.js';

@Module({
  imports: [
    AccountsModule,
    AuthModule,
    CursorsModule,
    SocketModule,
    FaresModule,
    FleetModule,
    TripsModule,
    TripsRealtimeModule,
    VisitorsModule,
  ],
  providers: [
    DispatcherWelcome,
    SessionFeed,
    AdminGateway,
    AdminPagesGateway,
    AdminTripsGateway,
    DeskGateway,
    FleetBroadcast,
    FleetFacts,
    FleetSnapshotSender,
    SupplyAndDemand,
  ],
})
export class AdminModule {}
