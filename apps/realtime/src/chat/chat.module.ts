import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { ChatModule } from '#libs/chat';
import { PresenceModule } from '#libs/presence';
import { TripsModule } from '#libs/trips';
import { CursorsModule } from '../cursors/cursors.module.js';
import { SocketModule } from '../socket/socket.module.js';
import { ChatGateway } from './chat.gateway.js';
import { ChatModerationGateway } from './chat-moderation.gateway.js';
import { ChatWelcome } from './chat-welcome.js';
import { ChatPointersGateway } from './chat-pointers.gateway.js';
import { ConversationDelivery } from './conversation-delivery.js';
import { FollowedConversations } from './followed-conversations.js';
import { OldChatGateway } from './old-chat.gateway.js';
import { OldRooms } from './old-rooms.js';
import { RoomPresence } from './room-presence.js';
import { Typing } from './typing.js';
import { TypingGateway } from './typing.gateway.js';

@Module({
  imports: [AccountsModule, ChatModule, CursorsModule, PresenceModule, SocketModule, TripsModule],
  providers: [
    ChatWelcome,
    ChatGateway,
    ChatModerationGateway,
    ChatPointersGateway,
    ConversationDelivery,
    FollowedConversations,
    OldChatGateway,
    OldRooms,
    RoomPresence,
    Typing,
    TypingGateway,
  ],
  exports: [ConversationDelivery, Typing],
})
export class ChatRealtimeModule {}
