import { Module } from '@nestjs/common';
import { ChatModule } from '#libs/chat';
import { TripsModule } from '#libs/trips';
import { SocketModule } from '../socket/socket.module.js';
import { ChatGateway } from './chat.gateway.js';
import { ChatModerationGateway } from './chat-moderation.gateway.js';
import { ChatWelcome } from './chat-welcome.js';
import { ConversationDelivery } from './conversation-delivery.js';
import { FollowedConversations } from './followed-conversations.js';

@Module({
  imports: [ChatModule, SocketModule, TripsModule],
  providers: [
    ChatWelcome,
    ChatGateway,
    ChatModerationGateway,
    ConversationDelivery,
    FollowedConversations,
  ],
  exports: [ConversationDelivery],
})
export class ChatRealtimeModule {}
