import { Module } from '@nestjs/common';
import { FleetModule } from '#libs/fleet';
import { FleetBroadcast } from '../fleet/fleet-broadcast.js';
import { FleetSnapshotSender } from '../fleet/fleet-snapshot-sender.js';
import { ViewportBroadcast } from '../fleet/viewport-broadcast.js';
import { SocketModule } from '../socket/socket.module.js';
import { AdminGateway } from './admin.gateway.js';

@Module({
  imports: [SocketModule, FleetModule],
  providers: [AdminGateway, FleetBroadcast, FleetSnapshotSender, ViewportBroadcast],
})
export class AdminModule {}
