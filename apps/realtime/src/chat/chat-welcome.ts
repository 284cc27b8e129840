import { Injectable } from '@nestjs/common';
import { Namespace } from '#libs/contracts';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';
import { ConversationDelivery } from './conversation-delivery.js';
import { FollowedConversations } from './followed-conversations.js';

/** Welcomes somebody to /chat: follows its channel, says `hello`, brings it into its conversations. */
@Injectable()
@Welcomes(Namespace.chat)
export class ChatWelcome implements NamespaceWelcome {
  constructor(
    private readonly channels: PersonalChannels,
    private readonly conversations: FollowedConversations,
    private readonly delivery: ConversationDelivery,
  ) {}

  async welcome(socket: RealtimeSocket): Promise<void> {
    await this.channels.join(socket);
    if (!socket.connected) return;
    sayHello(socket);
    await this.conversations.add(socket);
  }

  async farewell(socket: RealtimeSocket): Promise<void> {
    this.delivery.remove(socket);
    await this.channels.leave(socket);
  }
}
