import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { ChatService } from '#libs/chat';
import {
  ChatHistoryDto,
  ChatJoinDto,
  ChatOpenDto,
  ChatRequest,
  ChatSendDto,
  ConversationDto,
  Namespace,
  type ChatConversation,
  type ChatMessage,
  type ChatPage,
} from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { callerOf } from './chat-caller.js';
import { ConversationDelivery } from './conversation-delivery.js';

/** The conversations of clients that know `chat:*`. */
@WebSocketGateway({ namespace: Namespace.chat })
export class ChatGateway {
  constructor(
    private readonly chat: ChatService,
    private readonly delivery: ConversationDelivery,
  ) {}

  @RequestCost(5)
  @SubscribeMessage(ChatRequest.open)
  open(
    @MessageBody() request: ChatOpenDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatConversation> {
    const conversationId = this.chat.idToOpen(callerOf(socket), request);
    return this.join({ conversationId }, socket);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.join)
  async join(
    @MessageBody() { conversationId, version }: ChatJoinDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatConversation> {
    const { conversation } = await this.delivery.follow(socket, conversationId, () =>
      this.chat.enter(callerOf(socket), conversationId, version ?? undefined),
    );
    return conversation;
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.leave)
  async leave(
    @MessageBody() { conversationId }: ConversationDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ conversationId: string }> {
    await this.chat.leave(callerOf(socket), conversationId);
    this.delivery.unfollow(socket, conversationId);
    return { conversationId };
  }

  @SubscribeMessage(ChatRequest.send)
  send(
    @MessageBody() request: ChatSendDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMessage> {
    return this.chat.send(callerOf(socket), request);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.history)
  history(
    @MessageBody() request: ChatHistoryDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatPage> {
    return this.chat.history(callerOf(socket), request);
  }
}
