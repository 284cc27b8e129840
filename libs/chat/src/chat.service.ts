import { Inject, Injectable } from '@nestjs/common';
import { chatConfig, type ConfigType } from '#libs/config';
import {
  ChatLeaveReason,
  directConversationId,
  isWithinCharacters,
  readConversationId,
  RequestError,
  tripConversationId,
  type ChatHistoryDto,
  type ChatMessage,
  type ChatOpenDto,
  type ChatPage,
  type ChatSendDto,
  type ConversationName,
} from '#libs/contracts';
import { readAttachment } from './attachment.js';
import { ChatAccess, conversationNotFound, type ChatCaller } from './chat-access.js';
import { toChatMessage, type MessageContent } from './chat-content.js';
import { ChatStore, type ChatPlan, type ChatRefusal, type Entered } from './chat.store.js';

const DEFAULT_PAGE = 50;
/** A trip that changes faster than this is read is no trip. */
const MAX_ROUNDS = 10;

/**
 * Conversations: who is in them and what is said. All of it is decided anew at each call, in one
 * script with what it changes; delivery is another matter, see apps/realtime/src/chat.
 */
@Injectable()
export class ChatService {
  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly store: ChatStore,
    private readonly access: ChatAccess,
  ) {}

  /**
   * Lets the caller in: as a new member of the lobby (`joinChat` of older clients), of an open room
   * (`joinRoom`), of a trip as a dispatcher, or of a direct conversation; else the caller must be a
   * member already. Who is one already changes nothing by it.
   * @param after the newest version that the caller has seen; undefined for none
   * @param title what a room that begins with this is called
   * @returns the conversation as the caller sees it, and what it missed after that version
   * @throws RequestError NOT_FOUND, CHAT_CLOSED, TOO_MANY_ROOMS, CONFLICT when it is full
   */
  async enter(
    caller: ChatCaller,
    conversationId: string,
    after?: number,
    title?: string,
  ): Promise<Entered> {
    const conversation = nameOf(conversationId);
    return this.planned(caller, conversation, true, title, async (plan) => {
      const others = plan.creates?.people ?? [];
      for (const { userId } of [caller, ...others]) await this.list(userId, conversation);
      const entered = await this.store.enter(
        conversation.id,
        plan,
        after ?? -1,
        this.settings.mostReplayed,
      );
      if (entered.kind === 'OK')
        for (const { userId } of others) this.store.callIn(userId, conversation.id);
      return entered;
    });
  }

  /**
   * As `enter`, for a member or one of a trip's people: nobody else is let in by it, and no
   * conversation begins with it.
   * @throws RequestError NOT_FOUND
   */
  resume(caller: ChatCaller, conversationId: string, after?: number): Promise<Entered> {
    const conversation = nameOf(conversationId);
    return this.planned(caller, conversation, false, undefined, (plan) =>
      this.store.enter(conversation.id, plan, after ?? -1, this.settings.mostReplayed),
    );
  }

  /**
   * The conversation as a member sees it, with the newest messages; nobody becomes one by it.
   * @throws RequestError NOT_FOUND
   */
  look(caller: ChatCaller, conversationId: string): Promise<Entered> {
    const conversation = nameOf(conversationId);
    return this.planned(caller, conversation, false, undefined, (plan) =>
      this.store.enter(conversation.id, plan, -1, 0),
    );
  }

  /**
   * Makes the people of a trip, as it is now, the members of its conversation; to be called when the
   * trip is known to have changed. Whoever is replaced gets nothing that is said from then on.
   */
  async followTrip(tripId: string): Promise<void> {
    const trip = await this.access.tripAsItIs(tripId);
    if (trip)
      await this.store.followTrip(tripConversationId(tripId), trip, this.settings.retention);
  }

  /**
   * The id of the conversation with a person, or of a trip, to be entered: that begins it.
   * @throws RequestError VALIDATION_FAILED, NOT_FOUND
   */
  idToOpen(caller: ChatCaller, { userId, tripId }: ChatOpenDto): string {
    if (tripId && !userId) return tripConversationId(tripId);
    if (!userId || tripId) throw invalid('either userId or tripId must be there');
    if (userId === caller.userId) throw conversationNotFound();
    return directConversationId(userId, caller.userId);
  }

  /**
   * Ends the membership of the caller (`leaveRoom` of older clients). Whoever is no member, the people
   * of a trip as long as it is theirs, and the two of a direct conversation stay what they are.
   */
  async leave(caller: ChatCaller, conversationId: string): Promise<void> {
    const conversation = nameOf(conversationId);
    if (conversation.type === 'direct' || conversation.type === 'broadcast') return;
    if (conversation.type !== 'trip' || caller.userType === 'admin') {
      const { keep } = await this.access.planFor(caller, conversation, false);
      await this.store.leave(conversation.id, caller.userId, ChatLeaveReason.left, keep);
    }
    await this.store.unlist(caller.userId, conversation.id);
  }

  /**
   * Says something (`sendMessage` and `sendRoomMessage` of older clients). A message that comes again
   * under its `clientMessageId` is the message of the first time, on whatever instance.
   * @throws RequestError NOT_FOUND for somebody who is no member, CHAT_MUTED, CHAT_CLOSED,
   * RATE_LIMITED, VALIDATION_FAILED
   */
  async send(caller: ChatCaller, request: ChatSendDto): Promise<ChatMessage> {
    const conversation = nameOf(request.conversationId);
    const text = request.text ?? '';
    const attachment = readAttachment(request.attachment ?? null, this.settings);
    if (text === '' && !attachment) throw invalid('text or attachment must be there');
    if (!isWithinCharacters(text, this.settings.maxText))
      throw invalid(`text must have at most ${this.settings.maxText} characters`);
    if (conversation.type === 'broadcast') throw conversationNotFound();
    await this.spend(caller);
    const key = `${caller.userId} ${request.clientMessageId}`;
    const { entry } = await this.planned(caller, conversation, false, undefined, (plan) => {
      const content: MessageContent = {
        kind: 'message',
        from: plan.person,
        clientMessageId: request.clientMessageId,
        text,
        ...(attachment ? { attachment } : {}),
        ...((request.replyTo ?? null) === null ? {} : { replyTo: request.replyTo! }),
      };
      return this.store.send(conversation.id, plan, key, content, [
        ...new Set(request.mentions ?? []),
      ]);
    });
    return toChatMessage(conversation.id, entry);
  }

  /**
   * A page of messages, backwards; the oldest of it first.
   * @throws RequestError NOT_FOUND for somebody who is no member
   */
  async history(
    caller: ChatCaller,
    { conversationId, before, limit }: ChatHistoryDto,
  ): Promise<ChatPage> {
    const conversation = nameOf(conversationId);
    const wanted = limit ?? DEFAULT_PAGE;
    const { entries } = await this.planned(caller, conversation, false, undefined, (plan) =>
      this.store.messagesBefore(conversation.id, plan, before ?? 0, wanted + 1),
    );
    return {
      conversationId: conversation.id,
      messages: entries.slice(-wanted).map((entry) => toChatMessage(conversation.id, entry)),
      hasMore: entries.length > wanted,
    };
  }

  /** Where the caller is, or was: each has to be entered before it is believed. The newest first. */
  conversationsOf(userId: string): Promise<string[]> {
    return this.store.listOf(userId);
  }

  private async list(userId: string, { id, type }: ConversationName): Promise<void> {
    const isListed = await this.store.list(
      userId,
      id,
      this.settings.maxConversations,
      type === 'room',
    );
    if (!isListed)
      throw new RequestError('TOO_MANY_ROOMS', {
        message: 'You are in as many rooms as you may be. Leave one first.',
      });
  }

  private async spend({ userId }: ChatCaller): Promise<void> {
    const { messages, windowMs } = this.settings.messageLimit;
    const spent = await this.store.spend(userId, messages, windowMs);
    if (spent.kind === 'OK') return;
    if (spent.kind === 'LIMITED')
      throw new RequestError('RATE_LIMITED', {
        message: 'You write too much. Wait retryAfterMs, then send it again.',
        retryAfterMs: spent.retryAfterMs,
      });
    throw refusalOf(spent);
  }

  /** Does something by a plan, and again where the trip has moved on since the plan was made. */
  private async planned<Done extends { kind: 'OK' }>(
    caller: ChatCaller,
    conversation: ConversationName,
    enters: boolean,
    title: string | undefined,
    step: (plan: ChatPlan) => Promise<Done | ChatRefusal>,
  ): Promise<Done> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const plan = await this.access.planFor(caller, conversation, enters, title);
      const done = await step(plan);
      if (done.kind === 'OK') return done;
      if (done.kind === 'STALE') continue;
      if (done.kind === 'GONE') await this.store.unlist(caller.userId, conversation.id);
      throw refusalOf(done);
    }
    throw new RequestError('CONFLICT', { message: 'The trip changes too fast. Send it again.' });
  }
}

/** @throws RequestError NOT_FOUND */
function nameOf(conversationId: string): ConversationName {
  const name = readConversationId(conversationId);
  if (!name) throw conversationNotFound();
  return name;
}

function invalid(detail: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [detail] });
}

function refusalOf(refusal: ChatRefusal): RequestError {
  switch (refusal.kind) {
    case 'MUTED':
      return new RequestError('CHAT_MUTED', { details: { mutedUntil: refusal.until } });
    case 'CLOSED':
      return new RequestError('CHAT_CLOSED');
    case 'FULL':
      return new RequestError('CONFLICT', {
        message: 'The conversation has no room for more people.',
      });
    default:
      return conversationNotFound();
  }
}
