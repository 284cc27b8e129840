import { type ChatLink } from '#libs/client';
import {
  type ChatConversation,
  type ChatFact,
  type ChatMessageFact,
  type ChatPerson,
} from '#libs/contracts/browser';

export interface InboxState {
  /** The one with the newest message first. */
  conversations: readonly ChatConversation[];
  /** Over all of them. */
  unread: number;
  mentions: number;
  status: 'loading' | 'ready' | 'failed';
}

/** Many things happen in a second: the list is read once for all of them. */
const REREAD_AFTER_MS = 3_000;
const DELIVERED_AFTER_MS = 500;

interface AnyFact extends ChatFact {
  userId?: string;
  read?: number;
  member?: ChatPerson;
  reason?: string;
  isClosed?: boolean;
  message?: ChatMessageFact['message'];
  messageVersion?: number;
}

/** All conversations of the dispatcher with what is unread in each, as they change. */
export class Inbox {
  private state: InboxState = { conversations: [], unread: 0, mentions: 0, status: 'loading' };
  private readonly listeners = new Set<() => void>();
  private readonly delivered = new Map<string, number>();
  private rereadTimer: ReturnType<typeof setTimeout> | undefined;
  private deliveredTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly chat: ChatLink) {
    chat.join(this);
  }

  readonly get = (): InboxState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  /** The namespace is up to date after it has connected. */
  ready(): void {
    void this.read();
  }

  /** An answer may be a conversation that was joined or opened. */
  learn(data: unknown): void {
    if (isConversation(data)) this.put(data);
  }

  receive(event: string, payload: unknown): void {
    if (event === 'chat:conversation') this.put(payload as ChatConversation);
    else if (event.startsWith('chat:')) this.hear(event, payload as AnyFact);
  }

  /** Reads the list again, with what else happens meanwhile. */
  readSoon(): void {
    this.rereadTimer ??= setTimeout(() => void this.read(), REREAD_AFTER_MS);
  }

  async read(): Promise<void> {
    clearTimeout(this.rereadTimer);
    this.rereadTimer = undefined;
    const answer = await this.chat.request('chat:list', {});
    if (answer.ok) {
      this.show(answer.data.conversations, 'ready');
      for (const each of answer.data.conversations) if (each.unread > 0) this.hasCome(each);
    } else if (this.state.status !== 'ready') this.show([], 'failed');
  }

  private hear(event: string, fact: AnyFact): void {
    const { conversationId, message, userId, member, read = 0 } = fact;
    const ownId = this.chat.hello?.userId;
    const known = this.state.conversations.find(({ id }) => id === conversationId);
    if (event === 'chat:message' && message) {
      if (!known) return this.readSoon();
      const isOthers = message.from.userId !== ownId;
      const isNamed = isOthers && ownId !== undefined && message.mentions.includes(ownId);
      const changed = {
        ...known,
        version: message.version,
        lastMessage: message,
        unread: known.unread + Number(isOthers),
        mentions: known.mentions + Number(isNamed),
      };
      this.put(changed);
      if (isOthers) this.hasCome(changed);
    } else if (event === 'chat:marks' && known && userId === ownId) {
      if (read >= (known.lastMessage?.version ?? 0)) this.put({ ...known, unread: 0, mentions: 0 });
      else this.readSoon();
    } else if (event === 'chat:closed' && known) {
      this.put({ ...known, closedAt: fact.isClosed ? fact.at : null });
    } else if (event === 'chat:member:left' && member?.userId === ownId) {
      const others = this.state.conversations.filter(({ id }) => id !== conversationId);
      this.show(others, this.state.status);
    } else if (event.startsWith('chat:message:')) this.readSoon();
  }

  private put(conversation: ChatConversation): void {
    const others = this.state.conversations.filter(({ id }) => id !== conversation.id);
    this.show([conversation, ...others], this.state.status);
  }

  private show(conversations: readonly ChatConversation[], status: InboxState['status']): void {
    const sum = (field: 'unread' | 'mentions'): number =>
      conversations.reduce((total, each) => total + each[field], 0);
    this.state = {
      conversations: conversations.toSorted(
        (a, b) => (b.lastMessage?.sentAt ?? 0) - (a.lastMessage?.sentAt ?? 0),
      ),
      unread: sum('unread'),
      mentions: sum('mentions'),
      status,
    };
    for (const listener of this.listeners) listener();
  }

  /** Tells the people of small conversations that what they wrote has come. */
  private hasCome({ id, type, version }: ChatConversation): void {
    if (type !== 'direct' && type !== 'trip') return;
    this.delivered.set(id, version);
    this.deliveredTimer ??= setTimeout(() => {
      this.deliveredTimer = undefined;
      for (const [conversationId, delivered] of this.delivered)
        this.chat.send('chat:mark', { conversationId, delivered });
      this.delivered.clear();
    }, DELIVERED_AFTER_MS);
  }
}

function isConversation(data: unknown): data is ChatConversation {
  const { id, unread, marks } = (data ?? {}) as Partial<ChatConversation>;
  return typeof id === 'string' && typeof unread === 'number' && typeof marks === 'object';
}
