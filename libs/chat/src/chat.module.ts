import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { ChannelsModule } from '#libs/channels';
import { TripsModule } from '#libs/trips';
import { ChatAccess } from './chat-access.js';
import { ChatKeys } from './chat-keys.js';
import { ChatStore } from './chat.store.js';
import { ConversationsService } from './conversations.service.js';
import { MessagesService } from './messages.service.js';
import { ModerationService } from './moderation.service.js';

@Module({
  imports: [AccountsModule, ChannelsModule, TripsModule],
  providers: [
    ChatKeys,
    ChatStore,
    ChatAccess,
    ConversationsService,
    MessagesService,
    ModerationService,
  ],
  exports: [ConversationsService, MessagesService, ModerationService, ChatAccess, ChannelsModule],
})
export class ChatModule {}
