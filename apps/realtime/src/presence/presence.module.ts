import { Module } from '@nestjs/common';
import { ChatModule } from '#libs/chat';
import { PresenceModule } from '#libs/presence';
import { SocketModule } from '../socket/socket.module.js';
import { OwnPresence } from './own-presence.js';
import { PeopleWatch } from './people-watch.js';
import { AdminPresenceGateway, ChatPresenceGateway } from './presence.gateways.js';

@Module({
  imports: [ChatModule, PresenceModule, SocketModule],
  providers: [AdminPresenceGateway, ChatPresenceGateway, OwnPresence, PeopleWatch],
})
export class PresenceRealtimeModule {}
