import { Inject, Injectable } from '@nestjs/common';
import { ChannelFeed } from '#libs/channels';
import {
  channelOf,
  conversationNotFound,
  ConversationsService,
  toChatMessage,
  type ChatEntry,
  type Entered,
  type MessageEntry,
} from '#libs/chat';
import { socketsConfig, type ConfigType } from '#libs/config';
import {
  ChatSnapshotReason,
  readConversationId,
  RequestError,
  type ChatPerson,
} from '#libs/contracts';
import { DeliveryDelays, Log } from '#libs/observability';
import { readUntilDone } from '#libs/redis';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { ByteBudget } from '../socket/sending/byte-budget.js';
import { Outbox } from '../socket/sending/outbox.js';
import { chatFacts, type ChatDialect } from './chat-dialect.js';
import { callerOf } from './chat-caller.js';
import { LocalConversation, type ConversationReader } from './local-conversation.js';

/** Is told what happens in the conversations that somebody on this instance reads. */
export interface ConversationWatcher {
  /** The reader is told everything from now on. */
  joined?: (reader: ConversationReader, person: ChatPerson) => void;
  /** @param isLast whether its socket does not read the conversation in another dialect */
  left?: (reader: ConversationReader, isLast: boolean) => void;
  heard?: (conversation: LocalConversation, entry: ChatEntry) => void;
  passed?: (conversation: LocalConversation, message: object) => void;
}

/** Readers that are looked at together. */
const LOOK_BATCH = 20;

/**
 * Brings what happens in conversations to the sockets on this instance that follow them. A channel is
 * followed while somebody here reads it; nothing goes to a whole cluster (FAN1).
 */
@Injectable()
export class ConversationDelivery {
  private readonly conversations = new Map<string, LocalConversation>();
  private readonly followedBy = new Map<RealtimeSocket, Set<ConversationReader>>();
  private readonly watchers: ConversationWatcher[] = [];

  constructor(
    @Inject(socketsConfig.KEY) private readonly settings: ConfigType<typeof socketsConfig>,
    private readonly feed: ChannelFeed,
    private readonly service: ConversationsService,
    private readonly outbox: Outbox,
    private readonly budget: ByteBudget,
    private readonly log: Log,
    delays: DeliveryDelays,
  ) {
    this.watch({ heard: (_conversation, { at }) => delays.note('chat', at) });
  }

  /**
   * A socket follows a conversation from here on: whatever happens after the version that `enter`
   * gives is told, once and in order, until the person is no member any more.
   * @param id the one spelling of the conversation's id
   * @param enter lets the person in, e.g. `() => conversations.enter(caller, id, version)`; what it gives as
   * missed is told before anything else
   * @param dialect how the client is told; clients of older systems have one of their own
   * @throws RequestError what `enter` throws, TOO_MANY_ROOMS, REDIS_UNAVAILABLE; NOT_FOUND for a client
   * that has left meanwhile, or whose person is no member any more
   */
  async follow(
    socket: RealtimeSocket,
    id: string,
    enter: () => Promise<Entered>,
    dialect: ChatDialect = chatFacts,
  ): Promise<Entered> {
    // Nobody would take out again who is gone already.
    if (!socket.connected) throw conversationNotFound();
    const earlier = this.readerOf(socket, id, dialect);
    const followed = this.followedBy.get(socket) ?? new Set();
    if (!earlier && followed.size >= this.settings.maxRoomsPerSocket)
      throw new RequestError('TOO_MANY_ROOMS');
    const local = this.conversations.get(id) ?? this.begin(id);
    const reader = local.add(socket, dialect);
    followed.add(reader);
    this.followedBy.set(socket, followed);
    try {
      await this.feed.follow(channelOf(id), local);
      if (!followed.has(reader)) throw conversationNotFound();
      const entered = await this.enterKnown(local, enter);
      if (earlier && followed.has(earlier) && (earlier.after !== undefined || earlier.isLost)) {
        // Whoever asks again and has missed nothing goes on where it is: that may be before this version.
        if (!earlier.isLost && entered.isComplete && entered.entries.length === 0) {
          this.forget(reader);
          return entered;
        }
        this.forget(earlier);
      }
      if (!followed.has(reader)) throw conversationNotFound();
      const { isComplete, entries } = entered;
      if (!isComplete) this.showState(socket, entered, ChatSnapshotReason.eventsGone);
      local.begin(reader, entered, isComplete ? entries : []);
      // What came meanwhile may have been that its person was removed.
      if (!followed.has(reader)) throw conversationNotFound();
      for (const watcher of this.watchers) watcher.joined?.(reader, entered.person);
      return entered;
    } catch (error) {
      this.forget(reader);
      throw error;
    }
  }

  watch(watcher: ConversationWatcher): void {
    this.watchers.push(watcher);
  }

  /** The conversation, if the socket was let in there and is told what happens in it. */
  readBy(socket: RealtimeSocket, id: string): LocalConversation | undefined {
    for (const { conversation, after } of this.followedBy.get(socket) ?? [])
      if (conversation.id === id && after !== undefined) return conversation;
    return undefined;
  }

  /** Whether the socket follows a conversation in this dialect. */
  follows(socket: RealtimeSocket, id: string, dialect: ChatDialect = chatFacts): boolean {
    return this.readerOf(socket, id, dialect) !== undefined;
  }

  /** Tells the socket nothing more of a conversation; its person stays a member. */
  unfollow(socket: RealtimeSocket, id: string, dialect: ChatDialect = chatFacts): void {
    const reader = this.readerOf(socket, id, dialect);
    if (reader) this.forget(reader);
  }

  /** To be called when a socket has left. */
  remove(socket: RealtimeSocket): void {
    for (const reader of this.followedBy.get(socket) ?? []) this.forget(reader);
  }

  /**
   * All sockets of a person here are told nothing more of a conversation, from this moment on.
   * @returns false where none of them follows it
   */
  drop(userId: string, id: string): boolean {
    return this.conversations.get(id)?.drop(userId) ?? false;
  }

  /** Says that a conversation is not there, or not for this person: which of both, nobody learns. */
  sayGone(socket: RealtimeSocket, conversationId: string): void {
    const reason = ChatSnapshotReason.conversationGone;
    this.outbox.chat.toSocket(socket, 'chat:snapshot', {
      conversationId,
      version: 0,
      reason,
      conversation: null,
      messages: [],
    });
  }

  private begin(id: string): LocalConversation {
    const local: LocalConversation = new LocalConversation(id, {
      send: (sockets, fact) => this.outbox.chat.toEach(this.budget.readersOfChat(sockets), fact),
      dropped: (reader) => this.forget(reader),
      gone: () => void this.lookAgain(local),
      restored: () => void this.followTripAnew(id),
      heard: (entry) => {
        for (const watcher of this.watchers) watcher.heard?.(local, entry);
      },
      passed: (message) => {
        for (const watcher of this.watchers) watcher.passed?.(local, message);
      },
    });
    this.conversations.set(id, local);
    return local;
  }

  private readerOf(
    socket: RealtimeSocket,
    id: string,
    dialect: ChatDialect,
  ): ConversationReader | undefined {
    for (const reader of this.followedBy.get(socket) ?? [])
      if (reader.conversation.id === id && reader.dialect === dialect) return reader;
    return undefined;
  }

  private forget(reader: ConversationReader): void {
    const { socket, conversation } = reader;
    const followed = this.followedBy.get(socket);
    if (!followed?.delete(reader)) return;
    if (followed.size === 0) this.followedBy.delete(socket);
    conversation.remove(reader);
    const isLast = ![...followed].some((other) => other.conversation === conversation);
    for (const watcher of this.watchers) watcher.left?.(reader, isLast);
    if (!conversation.isEmpty || this.conversations.get(conversation.id) !== conversation) return;
    this.conversations.delete(conversation.id);
    void this.feed.leave(channelOf(conversation.id), conversation);
  }

  private showState(
    socket: RealtimeSocket,
    { conversation, version, entries }: Entered,
    reason: ChatSnapshotReason,
  ): void {
    this.outbox.chat.toSocket(socket, 'chat:snapshot', {
      conversationId: conversation.id,
      version,
      reason,
      conversation,
      messages: entries.filter(isMessage).map((entry) => toChatMessage(conversation.id, entry)),
    });
  }

  /** Lets somebody in, again where events were lost meanwhile: one of them may have taken it out. */
  private async enterKnown(
    local: LocalConversation,
    enter: () => Promise<Entered>,
  ): Promise<Entered> {
    for (;;) {
      const { losses } = local;
      const entered = await enter();
      if (local.losses === losses) return entered;
    }
  }

  /** What was missed is not kept: members may have left unseen, and the others get the state. */
  private async lookAgain(local: LocalConversation): Promise<void> {
    const { losses } = local;
    const lost = local.lost();
    for (let first = 0; first < lost.length; first += LOOK_BATCH)
      await Promise.all(
        lost.slice(first, first + LOOK_BATCH).map((reader) => this.lookAt(local, reader, losses)),
      );
  }

  private async lookAt(
    local: LocalConversation,
    reader: ConversationReader,
    losses: number,
  ): Promise<void> {
    const { socket } = reader;
    // What is lost meanwhile is looked at for itself.
    const isWanted = (): boolean =>
      local.losses === losses && reader.isLost && this.isFollowing(reader);
    const isDone = await this.insist(async () => {
      try {
        const entered = await this.service.look(callerOf(socket), local.id);
        if (!isWanted()) return;
        this.showState(socket, entered, ChatSnapshotReason.eventsGone);
        local.begin(reader, entered, []);
      } catch (error) {
        if (!(error instanceof RequestError) || error.code !== 'NOT_FOUND') throw error;
        if (isWanted()) this.end(reader);
      }
    }, isWanted);
    // Nobody is told anything unlooked at: it has to ask again.
    if (!isDone && isWanted()) this.end(reader);
  }

  private isFollowing(reader: ConversationReader): boolean {
    return this.followedBy.get(reader.socket)?.has(reader) ?? false;
  }

  private end(reader: ConversationReader): void {
    this.forget(reader);
    this.sayGone(reader.socket, reader.conversation.id);
  }

  /** The announcement that a trip has another driver may have been lost. */
  private async followTripAnew(id: string): Promise<void> {
    const name = readConversationId(id);
    if (name?.type === 'trip') await this.insist(() => this.service.followTrip(name.tripId));
  }

  /** @returns false when it failed for another reason than an outage */
  private async insist(
    step: () => Promise<void>,
    isWanted: () => boolean = () => true,
  ): Promise<boolean> {
    try {
      await readUntilDone(step, isWanted);
      return true;
    } catch (error) {
      this.log.error({ err: error }, 'reading a conversation anew failed');
      return false;
    }
  }
}

function isMessage(entry: ChatEntry): entry is MessageEntry {
  return entry.content.kind === 'message';
}
