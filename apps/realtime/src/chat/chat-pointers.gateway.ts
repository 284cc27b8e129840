import { type OnModuleInit } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { channelOf, ChatAccess } from '#libs/chat';
import { ChatCursorMoveDto, ChatRequest, Namespace, readConversationId } from '#libs/contracts';
import { Log } from '#libs/observability';
import { Cursors } from '../cursors/cursors.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Volatile } from '../socket/request/request-policy.decorator.js';
import { callerOf } from './chat-caller.js';
import { ConversationDelivery } from './conversation-delivery.js';

/** The pointers of those who are in a room: whoever is told its messages sees them. */
@WebSocketGateway({ namespace: Namespace.chat })
export class ChatPointersGateway implements OnModuleInit {
  constructor(
    private readonly access: ChatAccess,
    private readonly delivery: ConversationDelivery,
    private readonly cursors: Cursors,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.delivery.watch({
      joined: ({ socket, conversation }) => this.join(socket, conversation.id),
      left: ({ socket, conversation }, isLast) => {
        if (isLast) void this.cursors.leave(socket, conversation.id);
      },
    });
  }

  @Volatile()
  @SubscribeMessage(ChatRequest.cursorMove)
  moveCursor(
    @MessageBody() point: ChatCursorMoveDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): void | Promise<void> {
    const nameOf = async () => (await this.access.personOf(callerOf(socket))).name;
    return this.cursors.move(socket, point.conversationId, point, nameOf);
  }

  /** The channel of the room is followed already, so that this waits for nothing. */
  private join(socket: RealtimeSocket, id: string): void {
    if (readConversationId(id)?.type !== 'room') return;
    this.cursors.join(socket, id, channelOf(id)).catch((error: unknown) => {
      this.log.warn({ err: error }, 'somebody in a room does not see its pointers');
    });
  }
}
