import { Module } from '@nestjs/common';
import { FleetModule } from '#libs/fleet';
import { SocketModule } from '../socket/socket.module.js';
import { AdminGateway } from './admin.gateway.js';
import { FleetBroadcast } from './fleet-broadcast.js';
import { FleetSnapshotSender } from './fleet-snapshot-sender.js';
import { ViewportBroadcast } from './viewport-broadcast.js';

@Module({
  imports: [SocketModule, FleetModule],
  providers: [AdminGateway, FleetBroadcast, FleetSnapshotSender, ViewportBroadcast],
})
export class AdminModule {}
