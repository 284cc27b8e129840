import { randomUUID } from 'node:crypto';
import { type OnModuleInit } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { AccountsService } from '#libs/accounts';
import {
  ChatAccess,
  conversationNotFound,
  ConversationsService,
  MessagesService,
} from '#libs/chat';
import {
  ChatRequest,
  cleanText,
  LOBBY_ID,
  Namespace,
  OldMessageDto,
  OldRoomDto,
  OldRoomMessageDto,
  RequestError,
  type OldRoomMembers,
} from '#libs/contracts';
import { Log } from '#libs/observability';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { AnswersOldClients, RequestCost } from '../socket/request/request-policy.decorator.js';
import { Outbox } from '../socket/sending/outbox.js';
import { callerOf } from './chat-caller.js';
import { ConversationDelivery } from './conversation-delivery.js';
import { lobbyDialect, RoomDialects, type OldDialect } from './old-dialects.js';
import { OldRooms, usernameOf } from './old-rooms.js';

/** People whom one answer names. */
const MOST_NAMED = 1_000;

/**
 * The lobby and the rooms of the older chat, on the conversations of today. The name of a person is
 * that of its account, whatever the client claims.
 */
@WebSocketGateway({ namespace: Namespace.chat })
export class OldChatGateway implements OnModuleInit {
  private readonly dialects = new RoomDialects();

  constructor(
    private readonly accounts: AccountsService,
    private readonly access: ChatAccess,
    private readonly conversations: ConversationsService,
    private readonly messages: MessagesService,
    private readonly delivery: ConversationDelivery,
    private readonly rooms: OldRooms,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    // An admin has removed the person, or another device of it has left.
    this.delivery.watch({
      left: ({ socket, conversation: { id }, dialect }) => {
        if (!socket.connected || this.rooms.dialectOf(socket, id) !== dialect) return;
        this.rooms.leave(socket, id).catch((error: unknown) => {
          this.log.error({ err: error }, 'taking a client out of a room failed');
        });
      },
    });
  }

  async handleConnection(socket: RealtimeSocket): Promise<void> {
    const caller = callerOf(socket);
    const [{ name: username }, account] = await Promise.all([
      this.access.personOf(caller),
      this.accounts.find(caller.userId),
    ]);
    const user = { id: caller.userId, email: account?.email ?? null, username };
    const timestamp = new Date().toISOString();
    this.outbox.chat.toSocket(socket, 'welcome', { message: 'Welcome to the chat!', timestamp });
    this.outbox.chat.toSocket(socket, 'authenticated', { user, timestamp });
  }

  handleDisconnect(socket: RealtimeSocket): Promise<void> {
    return this.rooms.forget(socket);
  }

  @RequestCost(2)
  @AnswersOldClients()
  @SubscribeMessage(ChatRequest.joinChat)
  async joinChat(@ConnectedSocket() socket: RealtimeSocket): Promise<{ username: string }> {
    const { username } = await this.enter(socket, LOBBY_ID, lobbyDialect);
    const { userId } = socket.data.principal;
    const others = [...this.rooms.people(LOBBY_ID)].filter(([person]) => person !== userId);
    const users = others.slice(0, MOST_NAMED - 1).map(([, here]) => usernameOf(here));
    this.outbox.chat.toSocket(socket, 'onlineUsers', { users: [...users, username] });
    return { username };
  }

  @AnswersOldClients({
    failure: { code: 'MESSAGE_SEND_ERROR', message: 'Failed to send message' },
  })
  @SubscribeMessage(ChatRequest.sendMessage)
  sendMessage(
    @MessageBody() message: OldMessageDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ id: string }> {
    return this.send(socket, message);
  }

  @AnswersOldClients({
    failure: { code: 'MESSAGE_SEND_ERROR', message: 'Failed to send message' },
  })
  @SubscribeMessage(ChatRequest.sendRoomMessage)
  sendRoomMessage(
    @MessageBody() message: OldRoomMessageDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ id: string }> {
    return this.send(socket, message);
  }

  @RequestCost(2)
  @AnswersOldClients()
  @SubscribeMessage(ChatRequest.joinRoom)
  async joinRoom(
    @MessageBody() { room, conversationId, isBare }: OldRoomDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ room: string; members: number }> {
    const dialect = this.dialects.of(room, isBare);
    const { count } = await this.enter(socket, conversationId, dialect, cleanText(room));
    for (const id of dialect.isOnlyRoom ? this.rooms.of(socket) : [])
      if (id !== conversationId && this.rooms.dialectOf(socket, id)?.isOnlyRoom)
        await this.leave(socket, id);
    return { room, members: count };
  }

  @RequestCost(2)
  @AnswersOldClients()
  @SubscribeMessage(ChatRequest.leaveRoom)
  async leaveRoom(
    @MessageBody() { room, conversationId }: OldRoomDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ room: string }> {
    await this.leave(socket, conversationId);
    return { room };
  }

  /** Of a room that the client is not in it says what it says of one that is not there: nobody. */
  @RequestCost(2)
  @AnswersOldClients()
  @SubscribeMessage(ChatRequest.getRoomMembers)
  getRoomMembers(
    @MessageBody() { room, conversationId }: OldRoomDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): OldRoomMembers {
    if (!this.rooms.dialectOf(socket, conversationId))
      return { room, memberCount: 0, socketIds: [], members: [] };
    const people = [...this.rooms.people(conversationId)].slice(0, MOST_NAMED);
    return {
      room,
      memberCount: this.rooms.count(conversationId),
      socketIds: people.map((_, i) => `member-${i + 1}`),
      members: people.map(([userId, here]) => ({ userId, username: usernameOf(here) })),
    };
  }

  /** @param title what a room that begins with this is called */
  private async enter(
    socket: RealtimeSocket,
    id: string,
    dialect: OldDialect,
    title?: string,
  ): Promise<{ username: string; count: number }> {
    const caller = callerOf(socket);
    const before = this.rooms.dialectOf(socket, id);
    const { person } = await this.delivery.follow(
      socket,
      id,
      () => this.conversations.enter(caller, id, undefined, title),
      dialect,
    );
    const username = person.name;
    try {
      const count = await this.rooms.enter(socket, id, dialect, username);
      if (!this.delivery.follows(socket, id, dialect)) throw conversationNotFound();
      // As it spells the room now.
      if (before && before !== dialect) this.delivery.unfollow(socket, id, before);
      this.outbox.chat.toEach([socket], dialect.arrived(username));
      return { username, count };
    } catch (error) {
      if (this.rooms.dialectOf(socket, id) === dialect) await this.rooms.leave(socket, id);
      this.delivery.unfollow(socket, id, dialect);
      throw error;
    }
  }

  /** The person is a member as long as one of its clients is there. */
  private async leave(socket: RealtimeSocket, id: string): Promise<void> {
    const dialect = this.rooms.dialectOf(socket, id);
    if (!dialect) return;
    const isElsewhere = await this.rooms.leave(socket, id);
    this.delivery.unfollow(socket, id, dialect);
    if (!isElsewhere) await this.conversations.leave(callerOf(socket), id);
  }

  private async send(
    socket: RealtimeSocket,
    { conversationId, text, clientMessageId = randomUUID() }: OldMessageDto,
  ): Promise<{ id: string }> {
    if (!this.rooms.dialectOf(socket, conversationId)) {
      const what = conversationId === LOBBY_ID ? 'chat' : 'room';
      throw new RequestError('NOT_FOUND', { message: `You must join the ${what} first` });
    }
    const message = { conversationId, text, clientMessageId };
    const { id } = await this.messages.send(callerOf(socket), message);
    return { id };
  }
}
