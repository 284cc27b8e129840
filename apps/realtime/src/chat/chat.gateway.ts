import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { ConversationsService, MessagesService } from '#libs/chat';
import {
  ChatEditDto,
  ChatHistoryDto,
  ChatJoinDto,
  ChatMarkDto,
  ChatMessageDto,
  ChatOpenDto,
  ChatRequest,
  ChatSendDto,
  ConversationDto,
  Namespace,
  type ChatConversation,
  type ChatList,
  type ChatMarks,
  type ChatMessage,
  type ChatPage,
} from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { Outbox } from '../socket/sending/outbox.js';
import { callerOf } from './chat-caller.js';
import { ConversationDelivery } from './conversation-delivery.js';

/** The conversations of clients that know `chat:*`. */
@WebSocketGateway({ namespace: Namespace.chat })
export class ChatGateway {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly messages: MessagesService,
    private readonly outbox: Outbox,
    private readonly delivery: ConversationDelivery,
  ) {}

  @RequestCost(10)
  @SubscribeMessage(ChatRequest.list)
  list(@ConnectedSocket() socket: RealtimeSocket): Promise<ChatList> {
    return this.conversations.list(callerOf(socket));
  }

  @RequestCost(5)
  @SubscribeMessage(ChatRequest.open)
  open(
    @MessageBody() request: ChatOpenDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatConversation> {
    const conversationId = this.conversations.idToOpen(callerOf(socket), request);
    return this.join({ conversationId }, socket);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.join)
  async join(
    @MessageBody() { conversationId, version }: ChatJoinDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatConversation> {
    const { conversation } = await this.delivery.follow(socket, conversationId, () =>
      this.conversations.enter(callerOf(socket), conversationId, version ?? undefined),
    );
    return conversation;
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.leave)
  async leave(
    @MessageBody() { conversationId }: ConversationDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ conversationId: string }> {
    await this.conversations.leave(callerOf(socket), conversationId);
    this.delivery.unfollow(socket, conversationId);
    return { conversationId };
  }

  @SubscribeMessage(ChatRequest.send)
  send(
    @MessageBody() request: ChatSendDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMessage> {
    return this.messages.send(callerOf(socket), request);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.history)
  history(
    @MessageBody() request: ChatHistoryDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatPage> {
    return this.messages.history(callerOf(socket), request);
  }

  @SubscribeMessage(ChatRequest.mark)
  async mark(
    @MessageBody() request: ChatMarkDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMarks> {
    const caller = callerOf(socket);
    const { marks, isOwn } = await this.messages.mark(caller, request);
    const { conversationId } = request;
    // The other devices of the caller show it as read as well.
    if (isOwn)
      this.outbox.toChatter(caller.userId, 'chat:marks', {
        conversationId,
        userId: caller.userId,
        ...marks,
      });
    return marks;
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.edit)
  edit(
    @MessageBody() request: ChatEditDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMessage> {
    return this.messages.edit(callerOf(socket), request);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.delete)
  delete(
    @MessageBody() request: ChatMessageDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMessage> {
    return this.messages.delete(callerOf(socket), request);
  }
}
