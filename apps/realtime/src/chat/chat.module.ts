import { Module } from '@nestjs/common';
import { ChatModule } from '#libs/chat';
import { TripsModule } from '#libs/trips';
import { CursorsModule } from '../cursors/cursors.module.js';
import { SocketModule } from '../socket/socket.module.js';
import { ChatGateway } from './chat.gateway.js';
import { ChatModerationGateway } from './chat-moderation.gateway.js';
import { ChatWelcome } from './chat-welcome.js';
import { ChatPointersGateway } from './chat-pointers.gateway.js';
import { ConversationDelivery } from './conversation-delivery.js';
import { FollowedConversations } from './followed-conversations.js';
import { Typing } from './typing.js';
import { TypingGateway } from './typing.gateway.js';

@Module({
  imports: [ChatModule, CursorsModule, SocketModule, TripsModule],
  providers: [
    ChatWelcome,
    ChatGateway,
    ChatModerationGateway,
    ChatPointersGateway,
    ConversationDelivery,
    FollowedConversations,
    Typing,
    TypingGateway,
  ],
  exports: [ConversationDelivery, Typing],
})
export class ChatRealtimeModule {}
