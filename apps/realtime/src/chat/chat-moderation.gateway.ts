import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { ModerationService } from '#libs/chat';
import {
  ChatCloseDto,
  ChatCreateDto,
  ChatMemberDto,
  ChatMuteDto,
  ChatRequest,
  Namespace,
  type ChatCloseState,
  type ChatConversation,
  type ChatMemberRef,
  type ChatMuteState,
} from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { callerOf } from './chat-caller.js';
import { FollowedConversations } from './followed-conversations.js';

/** What admins do in conversations; for everybody else it is FORBIDDEN. */
@WebSocketGateway({ namespace: Namespace.chat })
export class ChatModerationGateway {
  constructor(
    private readonly moderation: ModerationService,
    private readonly followed: FollowedConversations,
  ) {}

  @RequestCost(5)
  @SubscribeMessage(ChatRequest.create)
  async create(
    @MessageBody() request: ChatCreateDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatConversation> {
    const { conversation } = await this.moderation.create(callerOf(socket), request);
    await this.followed.follow(socket, conversation.id);
    return conversation;
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.invite)
  async invite(
    @MessageBody() request: ChatMemberDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMemberRef> {
    await this.moderation.invite(callerOf(socket), request);
    return refOf(request);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.remove)
  async remove(
    @MessageBody() request: ChatMemberDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMemberRef> {
    await this.moderation.remove(callerOf(socket), request);
    return refOf(request);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.mute)
  mute(
    @MessageBody() request: ChatMuteDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatMuteState> {
    return this.moderation.mute(callerOf(socket), request);
  }

  @RequestCost(2)
  @SubscribeMessage(ChatRequest.close)
  close(
    @MessageBody() request: ChatCloseDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<ChatCloseState> {
    return this.moderation.close(callerOf(socket), request);
  }
}

function refOf({ conversationId, userId }: ChatMemberDto): ChatMemberRef {
  return { conversationId, userId };
}
