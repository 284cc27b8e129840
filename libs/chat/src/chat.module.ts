import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { ChannelsModule } from '#libs/channels';
import { TripsModule } from '#libs/trips';
import { ChatAccess } from './chat-access.js';
import { ChatKeys } from './chat-keys.js';
import { ChatService } from './chat.service.js';
import { ChatStore } from './chat.store.js';

@Module({
  imports: [AccountsModule, ChannelsModule, TripsModule],
  providers: [ChatKeys, ChatStore, ChatAccess, ChatService],
  exports: [ChatService, ChatAccess, ChannelsModule],
})
export class ChatModule {}
