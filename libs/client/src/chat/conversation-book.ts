import {
  type ChatConversation,
  type ChatFact,
  type ChatMessage,
  type ChatSnapshot,
} from '#libs/contracts/browser';
import { Book } from '../book.js';
import { type Ask, type Link, type LinkPart, type RequestOptions } from '../link.js';
import { queueFull, type Refusal, type Result } from '../result.js';
import { makeId } from '../waiting.js';
import { type ConversationState, type MessageExtras } from './conversation-state.js';
import { applyChatFact } from './apply-chat-fact.js';

/** The server takes no more in `auth.chats`. */
const NAMED_CHATS = 50;
/** Messages that wait in all conversations together; one more is refused at once. */
const MAX_WAITING = 200;
/** That messages have come is told no more often. */
const MARK_EVERY_MS = 1_000;

/** The conversations of a person: what was said in each, and what this device wants to say. */
export class ConversationBook extends Book<ConversationState, ChatFact> implements LinkPart {
  /**
   * Whether the others are told that messages have come (`delivered`) of a conversation that is watched,
   * where they see how far each member has got.
   */
  tellsDelivered = true;
  readonly #link: Link<'/chat'>;
  /** Of each conversation the last message on its way: the next one goes after it. */
  readonly #last = new Map<string, Promise<unknown>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting = 0;

  constructor(link: Link<'/chat'>) {
    super(
      (conversationId) => ({
        conversationId,
        conversation: null,
        messages: [],
        hasMore: true,
        pending: [],
        version: 0,
        missed: null,
      }),
      'chats',
      NAMED_CHATS,
    );
    this.#link = link;
  }

  /** @returns the conversation, once its newest messages are there too */
  async join(conversationId: string, options?: RequestOptions): Promise<Result<ChatConversation>> {
    const result = await this.#link.request('chat:join', { conversationId }, options);
    return this.#enter(this.note(conversationId, result), options);
  }

  /** The conversation with a person, or of a trip. */
  async open(
    whom: { userId: string } | { tripId: string },
    options?: RequestOptions,
  ): Promise<Result<ChatConversation>> {
    return this.#enter(await this.#link.request('chat:open', whom, options));
  }

  /** Leaves the lobby or a room; of others it hears nothing more. */
  async leave(
    conversationId: string,
    options?: RequestOptions,
  ): Promise<Result<{ conversationId: string }>> {
    const result = await this.#link.request('chat:leave', { conversationId }, options);
    if (result.ok) this.forget(conversationId);
    return result;
  }

  /**
   * Says something, now or when there is a connection again: what is said in a conversation goes out
   * in order, and is there once however often it is sent. One that was refused is tried again under
   * its `clientMessageId`.
   */
  async say(
    conversationId: string,
    text: string,
    extras: MessageExtras & { clientMessageId?: string } = {},
  ): Promise<Result<ChatMessage>> {
    if (this.#waiting >= MAX_WAITING) return queueFull(MAX_WAITING);
    const message = { clientMessageId: makeId(), ...extras, text };
    const { clientMessageId } = message;
    this.discard(conversationId, clientMessageId);
    const { pending } = this.look(conversationId);
    this.put(conversationId, { pending: [...pending, { ...message, failure: null }] });
    this.#waiting += 1;
    const sent = Promise.resolve(this.#last.get(conversationId)).then(() =>
      this.#link.request('chat:send', { conversationId, ...message }, { deadlineMs: Infinity }),
    );
    this.#last.set(conversationId, sent);
    const result = await sent;
    this.#waiting -= 1;
    if (this.#last.get(conversationId) === sent) this.#last.delete(conversationId);
    this.discard(conversationId, clientMessageId, result.ok ? null : result.error);
    return result;
  }

  /** Takes a message away that was refused. */
  discard(conversationId: string, clientMessageId: string, refused: Refusal | null = null): void {
    const { pending } = this.look(conversationId);
    this.put(conversationId, {
      pending: pending.flatMap((each) => {
        if (each.clientMessageId !== clientMessageId) return [each];
        return refused ? [{ ...each, failure: refused }] : [];
      }),
    });
  }

  /** Brings the messages before the oldest that is known. @returns whether it could be asked */
  async older(conversationId: string, options?: RequestOptions): Promise<boolean> {
    const before = this.look(conversationId).messages[0]?.version ?? null;
    const page = await this.#link.request('chat:history', { conversationId, before }, options);
    if (!page.ok) return false;
    const { messages } = this.look(conversationId);
    // Some may have been told meanwhile.
    const first = messages[0]?.version ?? Infinity;
    const earlier = page.data.messages.filter(({ version }) => version < first);
    this.put(conversationId, { messages: [...earlier, ...messages], hasMore: page.data.hasMore });
    return true;
  }

  /** Everything that is shown of a conversation has been read, on all devices of the person. */
  async read(conversationId: string): Promise<void> {
    const { conversation, messages } = this.look(conversationId);
    const read = messages.at(-1)?.version;
    if (read && conversation?.unread) {
      await this.#link.request('chat:mark', { conversationId, read });
    }
  }

  receive(event: string, payload: unknown): void {
    if (event === 'chat:conversation') this.#take(payload as ChatConversation);
    else if (event === 'chat:snapshot') this.#show(payload as ChatSnapshot);
    else if (event.startsWith('chat:')) this.#hear(event, payload as ChatFact);
  }

  /** The server tells what was missed of those that were named before it answers anything. */
  async resume(ask: Ask): Promise<void> {
    const [conversationId] = Object.keys(this.report());
    if (conversationId) await ask('chat:history', { conversationId, limit: 1 });
    this.resumed();
  }

  protected override put(conversationId: string, change: Partial<ConversationState>): void {
    super.put(conversationId, change);
    this.#tellDelivered();
  }

  protected override isNamed({ version }: ConversationState): boolean {
    return version > 0;
  }

  protected override async begin(
    conversationId: string,
    options: RequestOptions,
  ): Promise<Result<unknown> | undefined> {
    this.#tellDelivered();
    const { messages, hasMore } = this.look(conversationId);
    // Its newest messages were not brought yet.
    return hasMore && !messages[0] ? this.join(conversationId, options) : undefined;
  }

  /**
   * Tells the others how far this person has got, where they see it: of large conversations nobody but
   * the person itself sees marks. Much may come in a moment, and is told by one mark.
   */
  #tellDelivered(): void {
    const tell = (): void => {
      this.#timer = undefined;
      const ownId = this.#link.hello?.userId;
      for (const { conversationId, conversation, messages } of this.all()) {
        const delivered = messages.findLast(({ from }) => from.userId !== ownId)?.version ?? 0;
        const isNews =
          conversation?.members[0] && delivered > (conversation.marks[ownId!]?.delivered ?? 0);
        if (isNews && this.tellsDelivered && this.isWatched(conversationId))
          void this.#link.request('chat:mark', { conversationId, delivered });
      }
    };
    this.#timer = this.#timer ?? setTimeout(tell, MARK_EVERY_MS);
  }

  async #enter(
    result: Result<ChatConversation>,
    options?: RequestOptions,
  ): Promise<Result<ChatConversation>> {
    if (result.ok) {
      this.#take(result.data);
      await this.older(result.data.id, options);
    }
    return result;
  }

  /** An answer may be older than what was told before it came: that is not forgotten. */
  #take(answered: ChatConversation): void {
    const { id } = answered;
    const state = this.look(id);
    if (state.conversation && answered.version < state.version) return;
    let conversation: ChatConversation | null = answered;
    for (const { event, fact } of this.takeEarly(id)) {
      // Marks have no number, and are no older than any.
      if (fact.version! <= answered.version) continue;
      const change = applyChatFact(
        { ...state, conversation },
        event,
        fact,
        this.#link.hello?.userId,
      );
      if (change.conversation !== undefined) conversation = change.conversation;
    }
    // The person was taken out meanwhile, and is told so already.
    if (!conversation) return;
    this.put(id, { conversation, version: Math.max(answered.version, state.version) });
  }

  #show({ conversationId, version, reason, conversation, messages }: ChatSnapshot): void {
    const hasMore = reason !== 'conversation_gone';
    const missed = hasMore ? 'some' : 'gone';
    this.lack(conversationId, missed);
    this.takeEarly(conversationId);
    this.put(conversationId, { conversation, version, messages, hasMore, missed });
  }

  #hear(event: string, fact: ChatFact): void {
    const { conversationId, version } = fact;
    const state = this.look(conversationId);
    // Marks have no number: the highest counts, and they may come at any time.
    if (version! <= state.version) return;
    const change = applyChatFact(state, event, fact, this.#link.hello?.userId);
    this.put(conversationId, { version: version ?? state.version, ...change });
    if (!this.look(conversationId).conversation) this.keepEarly(conversationId, { event, fact });
  }
}
