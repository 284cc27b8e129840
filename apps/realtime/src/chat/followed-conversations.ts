import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { conversationNotFound, ConversationsService } from '#libs/chat';
import {
  LOBBY_ID,
  Namespace,
  RequestError,
  servedAs,
  TERMINAL_TRIP_STATUSES,
  tripConversationId,
} from '#libs/contracts';
import { Log, Tracing } from '#libs/observability';
import { readUntilDone } from '#libs/redis';
import { tripAnnouncementIn, type TripAnnouncement } from '#libs/trips';
import { ConnectionRegistry } from '../socket/connection/connection-registry.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { ByteBudget } from '../socket/sending/byte-budget.js';
import { Outbox } from '../socket/sending/outbox.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';
import { callerOf } from './chat-caller.js';
import { ConversationDelivery } from './conversation-delivery.js';

/** Conversations that a client is put into when it connects. */
const MOST_AT_ONCE = 50;
/** How often a client with much unread is looked at. */
const UNREAD_LOOK_MS = 50;

/**
 * Puts clients into the conversations that they need not ask for: those that they name when they
 * connect, those that others have put their person into, and that of their trip.
 */
@Injectable()
export class FollowedConversations implements OnModuleInit {
  constructor(
    private readonly service: ConversationsService,
    private readonly delivery: ConversationDelivery,
    private readonly channels: PersonalChannels,
    private readonly registry: ConnectionRegistry,
    private readonly outbox: Outbox,
    private readonly budget: ByteBudget,
    private readonly log: Log,
    private readonly tracing: Tracing,
  ) {}

  onModuleInit(): void {
    this.channels.onMessage((personId, message) => {
      const announcement = tripAnnouncementIn(message);
      if (announcement) return this.receive(personId, announcement);
      const call = callIn(message);
      if (!call) return undefined;
      const add = () => this.addAll(personId, call.conversation);
      if (!this.tracing.follows(call.traceparent)) return add();
      const attributes = { 'ridewire.channel.kind': 'person', 'ridewire.event': 'conversation' };
      return this.tracing.deliver(call.traceparent, attributes, add);
    });
  }

  /** What a client is told when it connects: what it missed of what it names, then the rest. */
  async add(socket: RealtimeSocket): Promise<void> {
    const named = socket.data.connection.options.chats;
    const listed = await this.service.idsOf(callerOf(socket));
    for (const [id, version] of named) {
      // Much may have been missed, and a slow line must not be closed for what it is sent here.
      while (socket.connected && !this.budget.hasRoom(socket, 'presence'))
        await sleep(UNREAD_LOOK_MS);
      await this.resume(socket, id, version);
    }
    const unnamed = listed.filter((id) => !named.has(id) && isFollowedUnasked(id));
    await Promise.all(unnamed.slice(0, MOST_AT_ONCE).map((id) => this.follow(socket, id)));
  }

  private async resume(socket: RealtimeSocket, id: string, version: number): Promise<void> {
    try {
      await this.delivery.follow(socket, id, () =>
        this.service.resume(callerOf(socket), id, version),
      );
    } catch (error) {
      if (!(error instanceof RequestError) || error.retryable) throw error;
      this.delivery.sayGone(socket, id);
    }
  }

  /**
   * Where the person is no member any more there is nothing to say: it never asked. Open rooms are
   * joined by whoever wants to hear them.
   * @param after with 0 the client is told all that was said, in a conversation that just began
   */
  async follow(socket: RealtimeSocket, id: string, after?: number): Promise<void> {
    try {
      await this.delivery.follow(socket, id, async () => {
        const entered = await this.service.resume(callerOf(socket), id, after);
        // Here, so that nobody hears of it as having come and left.
        if (entered.conversation.isOpen) throw conversationNotFound();
        this.outbox.chat.toSocket(socket, 'chat:conversation', entered.conversation);
        return entered;
      });
    } catch (error) {
      if (!(error instanceof RequestError) || error.retryable) throw error;
    }
  }

  private addAll(userId: string, id: string): void {
    for (const socket of this.registry.ofUser(userId)) {
      if (servedAs(socket.nsp.name) !== Namespace.chat || this.delivery.follows(socket, id))
        continue;
      // The welcome brings what the client has named, and tells it what it missed.
      if (socket.data.connection.options.chats.has(id)) continue;
      readUntilDone(
        () => this.follow(socket, id, 0),
        () => socket.connected,
      ).catch((error: unknown) =>
        this.log.error({ err: error }, 'putting a client into a conversation failed'),
      );
    }
  }

  /** A driver who was replaced hears nothing more, before anybody has written down that it is so. */
  private receive(
    userId: string,
    { tripId, passengerId, driverId, status }: TripAnnouncement,
  ): void {
    const id = tripConversationId(tripId);
    if (userId === passengerId || userId === driverId) {
      if (driverId !== null && !TERMINAL_TRIP_STATUSES.includes(status)) this.addAll(userId, id);
      return;
    }
    if (!this.delivery.drop(userId, id)) return;
    readUntilDone(
      () => this.service.followTrip(tripId),
      () => true,
    ).catch((error: unknown) =>
      this.log.error({ err: error }, 'taking a driver out of a conversation failed'),
    );
  }
}

/** That the person is in a conversation now, and the W3C `traceparent` of what said so. */
function callIn(message: object): { conversation: string; traceparent?: string } | undefined {
  return 'conversation' in message && typeof message.conversation === 'string'
    ? (message as { conversation: string })
    : undefined;
}

/** The lobby is joined by whoever wants to hear it. */
function isFollowedUnasked(id: string): boolean {
  return id !== LOBBY_ID;
}
