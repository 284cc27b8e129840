import { Inject, Injectable } from '@nestjs/common';
import { chatConfig, type ConfigType } from '#libs/config';
import {
  isWithinCharacters,
  UserType,
  type ChatEditDto,
  type ChatHistoryDto,
  type ChatMarkDto,
  type ChatMarks,
  type ChatMessage,
  type ChatMessageDto,
  type ChatPage,
  type ChatPerson,
  type ChatSendDto,
  type ConversationName,
} from '#libs/contracts';
import { readAttachment } from './attachment.js';
import { ChatAccess, nameOf, type ChatCaller } from './chat-access.js';
import { toChatMessage, type MessageContent } from './chat-content.js';
import { assertSpent, invalid, refusalOf } from './chat-refusals.js';
import { ChatStore } from './chat.store.js';
import { PeopleStore } from './people.store.js';
import { maskContacts } from './mask-contacts.js';

const DEFAULT_PAGE = 50;

/** What is said in conversations, and read of it. Access is decided in the script that does it. */
@Injectable()
export class MessagesService {
  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly store: ChatStore,
    private readonly people: PeopleStore,
    private readonly access: ChatAccess,
  ) {}

  /**
   * Says something (`sendMessage` and `sendRoomMessage` of older clients). A message that comes again
   * under its `clientMessageId` is the message of the first time, on whatever instance.
   * @throws RequestError NOT_FOUND for somebody who is no member, CHAT_MUTED, CHAT_CLOSED,
   * RATE_LIMITED, VALIDATION_FAILED
   */
  async send(caller: ChatCaller, request: ChatSendDto): Promise<ChatMessage> {
    const conversation = nameOf(request.conversationId);
    const text = this.readText(request.text ?? '', conversation);
    const attachment = readAttachment(request.attachment ?? null, this.settings);
    if (text === '' && !attachment) throw invalid('text or attachment must be there');
    // Asked together: each answer that is waited for alone costs more than what it says.
    const [spent, person] = await Promise.all([
      this.people.spendMessage(caller.userId),
      this.access.personOf(caller),
    ]);
    // Whoever is muted everywhere still gets the answer for a message that was sent before.
    if (spent.kind !== 'MUTED') assertSpent(spent);
    const muted = spent.kind === 'MUTED' ? { mutedUntil: spent.until } : {};
    const key = `${caller.userId} ${request.clientMessageId}`;
    const mentions = [...new Set(request.mentions ?? [])];
    const use = { writes: true, person };
    const { entry } = await this.access.carryOut(caller, conversation, use, (plan) => {
      const content: MessageContent = {
        kind: 'message',
        from: person,
        clientMessageId: request.clientMessageId,
        text,
        ...(attachment ? { attachment } : {}),
        ...((request.replyTo ?? null) === null ? {} : { replyTo: request.replyTo! }),
      };
      return this.store.send(conversation.id, { ...plan, ...muted }, key, content, mentions);
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
    const { entries } = await this.access.carryOut(caller, conversation, {}, (plan) =>
      this.store.messagesBefore(conversation.id, plan, before ?? 0, wanted + 1),
    );
    return {
      conversationId: conversation.id,
      messages: entries.slice(-wanted).map((entry) => toChatMessage(conversation.id, entry)),
      hasMore: entries.length > wanted,
    };
  }

  /**
   * Notes how far the caller has got. Marks only rise, and none is above the newest event.
   * @returns the marks; `isOwn` when they rose and the other members were not told, being too many
   */
  async mark(
    caller: ChatCaller,
    { conversationId, delivered, read }: ChatMarkDto,
  ): Promise<{ marks: ChatMarks; isOwn: boolean }> {
    const conversation = nameOf(conversationId);
    const { marks, rose, isTold } = await this.access.carryOut(caller, conversation, {}, (plan) =>
      this.store.mark(conversation.id, plan, { delivered: delivered ?? 0, read: read ?? 0 }),
    );
    return { marks, isOwn: rose && !isTold };
  }

  /**
   * Says a message anew: its author within CHAT_EDIT_WINDOW, an admin always.
   * @throws RequestError NOT_FOUND, CONFLICT when it is too late, CHAT_MUTED, CHAT_CLOSED
   */
  edit(caller: ChatCaller, { conversationId, version, text }: ChatEditDto): Promise<ChatMessage> {
    const conversation = nameOf(conversationId);
    return this.change(caller, conversation, version, this.readText(text, conversation));
  }

  /** Deletes a message likewise; a tombstone stays, the text is kept nowhere. */
  delete(caller: ChatCaller, { conversationId, version }: ChatMessageDto): Promise<ChatMessage> {
    return this.change(caller, nameOf(conversationId), version, null);
  }

  private async change(
    caller: ChatCaller,
    conversation: ConversationName,
    version: number,
    text: string | null,
  ): Promise<ChatMessage> {
    const isAdmin = caller.userType === UserType.admin;
    const muted = isAdmin ? {} : { mutedUntil: await this.people.mutedUntil(caller.userId) };
    if (text !== null && !isAdmin) assertSpent(await this.people.spendMessage(caller.userId));
    const { entry } = await this.access.carryOut(
      caller,
      conversation,
      { moderates: isAdmin },
      (plan) =>
        this.store.change(
          conversation.id,
          { ...plan, ...muted },
          version,
          text,
          isAdmin ? -1 : this.settings.editWindowMs,
        ),
    );
    return toChatMessage(conversation.id, entry);
  }

  /**
   * Refuses a person who may say nothing there; membership is not checked.
   * @throws RequestError NOT_FOUND, CHAT_CLOSED, CHAT_MUTED
   */
  async assertMaySpeak(person: ChatPerson, conversationId: string): Promise<void> {
    const conversation = nameOf(conversationId);
    const [mutedUntil] = await Promise.all([
      this.people.mutedUntil(person.userId),
      this.access.assertMaySpeak(person, conversation),
    ]);
    const may = await this.store.mayWrite(conversation.id, person.userId, mutedUntil);
    if (may.kind !== 'OK') throw refusalOf(may);
  }

  /** @throws RequestError VALIDATION_FAILED */
  private readText(text: string, { type }: ConversationName): string {
    if (!isWithinCharacters(text, this.settings.maxText))
      throw invalid(`text must have at most ${this.settings.maxText} characters`);
    return type === 'trip' && this.settings.masksContacts ? maskContacts(text) : text;
  }
}
