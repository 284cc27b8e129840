import { Module } from '@nestjs/common';
import { PresenceModule } from '#libs/presence';
import { SocketModule } from '../socket/socket.module.js';
import { BusiestPagesBroadcast } from './busiest-pages.js';
import { VisitorCounts } from './visitor-counts.js';
import { VisitorsGateway } from './visitors.gateway.js';

@Module({
  imports: [SocketModule, PresenceModule],
  providers: [BusiestPagesBroadcast, VisitorCounts, VisitorsGateway],
  exports: [BusiestPagesBroadcast],
})
export class VisitorsModule {}
