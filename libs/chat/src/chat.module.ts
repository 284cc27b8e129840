import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { ChannelsModule } from '#libs/channels';
import { LocationModule } from '#libs/location';
import { ExportsModule } from '#libs/exports';
import { TripsModule } from '#libs/trips';
import { BroadcastsService } from './broadcasts.service.js';
import { AcquaintancesService } from './acquaintances.service.js';
import { ChatAccess } from './chat-access.js';
import { ChatArchive } from './chat-archive.js';
import { ChatExporter } from './chat-exporter.js';
import { ChatKeys } from './chat-keys.js';
import { ChatStore } from './chat.store.js';
import { ConversationsService } from './conversations.service.js';
import { DriversInArea } from './drivers-in-area.js';
import { MessagesService } from './messages.service.js';
import { PeopleStore } from './people.store.js';
import { ModerationService } from './moderation.service.js';

@Module({
  imports: [AccountsModule, ChannelsModule, ExportsModule, LocationModule, TripsModule],
  providers: [
    AcquaintancesService,
    ChatKeys,
    ChatArchive,
    ChatExporter,
    ChatStore,
    PeopleStore,
    ChatAccess,
    ConversationsService,
    MessagesService,
    ModerationService,
    DriversInArea,
    BroadcastsService,
  ],
  exports: [
    AcquaintancesService,
    ConversationsService,
    MessagesService,
    ModerationService,
    BroadcastsService,
    ChatAccess,
    ChannelsModule,
  ],
})
export class ChatModule {}
