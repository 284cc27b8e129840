import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ChannelFeed } from '#libs/channels';
import {
  channelOf,
  ChatAccess,
  conversationNotFound,
  MessagesService,
  type ChatEntry,
} from '#libs/chat';
import { RequestError } from '#libs/contracts';
import { encodeEvent, sendEncoded, type EncodedEvent } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';
import { callerOf } from './chat-caller.js';
import { type ChatDialect, type TypingPerson } from './chat-dialect.js';
import { ConversationDelivery } from './conversation-delivery.js';
import { type ConversationReader, type LocalConversation } from './local-conversation.js';

interface Typist extends TypingPerson {
  /** Where it types: a socket of this instance, or another instance. */
  author: unknown;
  /** Epoch ms. */
  until: number;
  /** When the other instances were told last, epoch ms. */
  toldAt: number;
}

interface TypingViewer extends Viewer {
  readonly reader: ConversationReader;
  readonly typed: TypedConversation;
  readonly dialect: ChatDialect;
  /** Of whom it believes that they type. */
  readonly told: Map<string, TypingPerson>;
}

/** A conversation in which somebody types, or somebody has yet to learn that nobody does. */
interface TypedConversation {
  readonly conversation: LocalConversation;
  readonly typists: Map<string, Typist>;
  readonly viewers: Map<ConversationReader, TypingViewer>;
}

/** What instances tell each other in passing. */
interface TypingNews {
  typing: TypingPerson & { from: string; isTyping: boolean };
}

/** After the last keystroke. */
const LASTS_MS = 2_000;
/** Other instances are told anew this often while somebody goes on ... */
const RENEWED_EVERY_MS = 1_000;
/** ... and forget a typist of whom they hear nothing: its instance died. */
const FORGOTTEN_AFTER_MS = LASTS_MS + RENEWED_EVERY_MS;
const TICK_MS = 100;
/** People of one conversation who are shown as typing at the same time. */
const MOST_SHOWN = 10;
/** In a conversation of many fewer are shown: each costs a fact a reader. */
const FACTS_AT_ONCE = 2_000;

/**
 * Who types where. It is kept nowhere: a reader is told the difference to what it believes, at most
 * once a tick, and is left out while it reads too slowly. Nobody is told of itself.
 */
@Injectable()
export class Typing implements OnModuleInit {
  private readonly instanceId = randomUUID();
  private readonly conversations = new Map<string, TypedConversation>();
  private readonly names = new WeakMap<RealtimeSocket, string>();
  /** Whether clients may type: what is being asked, by conversation. */
  private readonly asking = new Map<string, Map<RealtimeSocket, Promise<void>>>();
  /** What clients were told who may not, by conversation; and until when it is believed, epoch ms. */
  private readonly refused = new WeakMap<
    RealtimeSocket,
    Map<string, { error: RequestError; until: number }>
  >();
  private readonly loop: FrameLoop<TypingViewer>;

  constructor(
    private readonly access: ChatAccess,
    private readonly messages: MessagesService,
    private readonly delivery: ConversationDelivery,
    private readonly feed: ChannelFeed,
    loops: FrameLoops,
  ) {
    this.loop = loops.open({
      name: 'showing who types',
      tickMs: TICK_MS,
      // The first thing that is dropped.
      behindBytes: 16 * 1024,
      caughtUpBytes: 4 * 1024,
      look: (_due, now) => this.look(now),
      // What was missed is in the difference that the next frame tells.
      startOver: () => undefined,
    });
  }

  onModuleInit(): void {
    this.delivery.watch({
      joined: (reader) => {
        const typed = this.conversations.get(reader.conversation.id);
        if (typed) this.show(typed, reader);
      },
      left: (reader, isLast) => this.forget(reader, isLast),
      heard: (conversation, entry) => this.hear(conversation, entry),
      passed: (conversation, message) => this.receive(conversation, message),
    });
  }

  /**
   * A keystroke, or the end of typing.
   * @throws RequestError NOT_FOUND for one who is not in the conversation, or may say nothing there;
   * CHAT_MUTED, CHAT_CLOSED
   */
  note(socket: RealtimeSocket, id: string, isTyping: boolean): void | Promise<void> {
    const conversation = this.delivery.readBy(socket, id);
    if (!conversation) throw conversationNotFound();
    const { userId } = socket.data.principal;
    if (!isTyping) {
      this.asking.get(id)?.delete(socket);
      this.end(id, userId, socket);
      return undefined;
    }
    const name = this.names.get(socket);
    if (name === undefined || this.mustBeAsked(socket, id))
      return this.beginOnce(conversation, socket);
    this.begin(conversation, { userId, name }, socket);
    return undefined;
  }

  /** Who types on is asked about as often as others are told of it. */
  private mustBeAsked(socket: RealtimeSocket, id: string): boolean {
    const typist = this.conversations.get(id)?.typists.get(socket.data.principal.userId);
    return typist?.author !== socket || Date.now() - typist.toldAt >= RENEWED_EVERY_MS;
  }

  /** Keystrokes that come while it is asked, or soon after a refusal, have the same answer. */
  private beginOnce(conversation: LocalConversation, socket: RealtimeSocket): Promise<void> {
    const { id } = conversation;
    const refusal = this.refused.get(socket)?.get(id);
    if (refusal && Date.now() < refusal.until) throw refusal.error;
    const asking = this.asking.get(id) ?? new Map<RealtimeSocket, Promise<void>>();
    this.asking.set(id, asking);
    const known = asking.get(socket);
    if (known) return known;
    const asked: Promise<void> = this.beginIfAllowed(conversation, socket, () => {
      return asking.get(socket) === asked;
    })
      .catch((error: unknown) => {
        this.noteRefusal(conversation, socket, error);
        throw error;
      })
      .finally(() => {
        if (asking.get(socket) === asked) asking.delete(socket);
        if (asking.size === 0 && this.asking.get(id) === asking) this.asking.delete(id);
      });
    asking.set(socket, asked);
    return asked;
  }

  private noteRefusal(
    conversation: LocalConversation,
    socket: RealtimeSocket,
    error: unknown,
  ): void {
    if (!(error instanceof RequestError) || error.retryable) return;
    // What is noted of a conversation is forgotten when the client leaves it.
    if (this.delivery.readBy(socket, conversation.id) !== conversation) return;
    const refused = this.refused.get(socket) ?? new Map();
    this.refused.set(socket, refused);
    refused.set(conversation.id, { error, until: Date.now() + RENEWED_EVERY_MS });
  }

  /** @param isWanted false once the author has said meanwhile that it types no more, or what it typed */
  private async beginIfAllowed(
    conversation: LocalConversation,
    socket: RealtimeSocket,
    isWanted: () => boolean,
  ): Promise<void> {
    const { id } = conversation;
    const caller = callerOf(socket);
    const name = this.names.get(socket);
    const person =
      name === undefined ? await this.access.personOf(caller) : this.access.named(caller, name);
    this.names.set(socket, person.name);
    await this.messages.assertMaySpeak(person, id);
    // It may have left meanwhile.
    if (isWanted() && this.delivery.readBy(socket, id) === conversation)
      this.begin(conversation, { userId: person.userId, name: person.name }, socket);
  }

  private begin(
    conversation: LocalConversation,
    person: TypingPerson,
    socket: RealtimeSocket,
  ): void {
    const now = Date.now();
    const typist = this.keep(conversation, person, socket, now + LASTS_MS);
    if (now - typist.toldAt < RENEWED_EVERY_MS) return;
    typist.toldAt = now;
    this.tellOthers(conversation.id, person, true);
  }

  private keep(
    conversation: LocalConversation,
    { userId, name }: TypingPerson,
    author: unknown,
    until: number,
  ): Typist {
    const { typists } = this.opened(conversation);
    const typist = typists.get(userId) ?? { userId, name, author, until, toldAt: 0 };
    typist.author = author;
    typist.until = until;
    typists.set(userId, typist);
    return typist;
  }

  /** Only where it types: what another device of the person does is its own matter. */
  private end(id: string, userId: string, author: unknown): void {
    const { typists } = this.conversations.get(id) ?? {};
    const typist = typists?.get(userId);
    if (!typist || typist.author !== author) return;
    typists!.delete(userId);
    if (typeof author !== 'string') this.tellOthers(id, typist, false);
  }

  /** With all readers, also those who were let go when nobody typed any more. */
  private opened(conversation: LocalConversation): TypedConversation {
    let typed = this.conversations.get(conversation.id);
    if (typed && typed.typists.size > 0) return typed;
    typed ??= { conversation, typists: new Map(), viewers: new Map() };
    this.conversations.set(conversation.id, typed);
    for (const reader of conversation.all()) {
      if (reader.after !== undefined && !typed.viewers.has(reader)) this.show(typed, reader);
    }
    return typed;
  }

  private show(typed: TypedConversation, reader: ConversationReader): void {
    const { socket, dialect } = reader;
    const viewer = { reader, socket, dialect, typed, told: new Map(), isBehind: false };
    typed.viewers.set(reader, viewer);
    this.loop.add(viewer);
  }

  private forget(reader: ConversationReader, isLast: boolean): void {
    const { conversation, socket } = reader;
    if (isLast) this.refused.get(socket)?.delete(conversation.id);
    const typed = this.conversations.get(conversation.id);
    if (!typed) return;
    this.drop(typed, reader);
    if (isLast) this.end(conversation.id, socket.data.principal.userId, socket);
    if (typed.viewers.size === 0) this.conversations.delete(conversation.id);
  }

  private drop(typed: TypedConversation, reader: ConversationReader): void {
    const viewer = typed.viewers.get(reader);
    if (!viewer) return;
    typed.viewers.delete(reader);
    this.loop.delete(viewer);
  }

  /** Who has said it, or has left, types no more. Every instance hears of it in its order. */
  private hear({ id }: LocalConversation, { content }: ChatEntry): void {
    const person =
      content.kind === 'message'
        ? content.from
        : content.kind === 'left'
          ? content.person
          : undefined;
    if (!person) return;
    const { userId } = person;
    const asking = this.asking.get(id);
    for (const socket of asking?.keys() ?? [])
      if (socket.data.principal.userId === userId) asking!.delete(socket);
    const typist = this.conversations.get(id)?.typists.get(userId);
    if (typist) this.end(id, userId, typist.author);
  }

  private receive(conversation: LocalConversation, message: object): void {
    if (!isTypingNews(message)) return;
    const { from, isTyping, ...person } = message.typing;
    if (from === this.instanceId) return;
    if (isTyping) this.keep(conversation, person, from, Date.now() + FORGOTTEN_AFTER_MS);
    else this.end(conversation.id, person.userId, from);
  }

  private tellOthers(id: string, { userId, name }: TypingPerson, isTyping: boolean): void {
    const news: TypingNews = { typing: { from: this.instanceId, userId, name, isTyping } };
    this.feed.tell(channelOf(id), news);
  }

  private look(now: number): Show<TypingViewer> {
    for (const typed of this.conversations.values()) {
      for (const { userId, author, until } of typed.typists.values())
        if (until <= now) this.end(typed.conversation.id, userId, author);
      if (typed.typists.size === 0) this.rest(typed);
    }
    const encoded = new EncodedTyping();
    return (viewer) => showTo(viewer, encoded);
  }

  /** Only those who believe that somebody types are still waited for. */
  private rest(typed: TypedConversation): void {
    for (const [reader, { told }] of typed.viewers) if (told.size === 0) this.drop(typed, reader);
    if (typed.viewers.size === 0) this.conversations.delete(typed.conversation.id);
  }
}

function showTo(viewer: TypingViewer, encoded: EncodedTyping): void {
  const { reader, told, typed, socket } = viewer;
  // It may be no member any more.
  if (reader.isLost) return;
  const { typists, viewers } = typed;
  for (const [userId, person] of told) {
    if (typists.has(userId)) continue;
    told.delete(userId);
    sendEncoded(socket.conn, encoded.of(viewer, person, false));
  }
  const most = Math.max(1, Math.min(MOST_SHOWN, Math.floor(FACTS_AT_ONCE / viewers.size)));
  for (const typist of typists.values()) {
    if (told.size >= most) return;
    if (told.has(typist.userId) || typist.userId === socket.data.principal.userId) continue;
    told.set(typist.userId, typist);
    sendEncoded(socket.conn, encoded.of(viewer, typist, true));
  }
}

/** The facts of one tick: each is encoded once a dialect and namespace. */
class EncodedTyping {
  private readonly events = new Map<ChatDialect, Map<string, EncodedEvent>>();

  of(
    { dialect, socket, typed }: TypingViewer,
    person: TypingPerson,
    isTyping: boolean,
  ): EncodedEvent {
    const { id } = typed.conversation;
    let events = this.events.get(dialect);
    if (!events) this.events.set(dialect, (events = new Map()));
    const nsp = socket.nsp.name;
    const key = `${nsp} ${id} ${person.userId} ${isTyping}`;
    let encoded = events.get(key);
    if (!encoded) {
      const { event, payload } = dialect.typing(id, person, isTyping);
      events.set(key, (encoded = encodeEvent(nsp, event, payload)));
    }
    return encoded;
  }
}

function isTypingNews(message: object): message is TypingNews {
  return 'typing' in message;
}
