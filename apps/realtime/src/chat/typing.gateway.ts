import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { ChatRequest, ChatTypingDto, Namespace, OldTypingDto } from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Volatile } from '../socket/request/request-policy.decorator.js';
import { Typing } from './typing.js';

@WebSocketGateway({ namespace: Namespace.chat })
export class TypingGateway {
  constructor(private readonly typing: Typing) {}

  @Volatile()
  @SubscribeMessage(ChatRequest.typing)
  type(
    @MessageBody() { conversationId, isTyping }: ChatTypingDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): void | Promise<void> {
    return this.typing.note(socket, conversationId, isTyping);
  }

  /** The same of clients of the older chat. */
  @Volatile()
  @SubscribeMessage(ChatRequest.oldTyping)
  typeInOldChat(
    @MessageBody() { conversationId, isTyping }: OldTypingDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): void | Promise<void> {
    return this.typing.note(socket, conversationId, isTyping);
  }
}
