import { type ChannelListener } from '#libs/channels';
import { type ChatContent, type ChatEntry, type Entered } from '#libs/chat';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { type ChatDialect, type ChatFactToSend } from './chat-dialect.js';

/** A socket that follows a conversation, in one dialect. */
export interface ConversationReader {
  readonly conversation: LocalConversation;
  readonly socket: RealtimeSocket;
  readonly dialect: ChatDialect;
  /** Events up to this version are known to the client; undefined while that is being found out. */
  after: number | undefined;
  /** Changes of messages before this version are not for the client; 0 where all are. */
  since: number;
  /** Events were missed that are not kept: it is told nothing until it is known that it is still a member. */
  isLost: boolean;
  /** Events that came meanwhile. */
  readonly waiting: ChatEntry[];
}

export interface LocalConversationOptions {
  send: (sockets: readonly RealtimeSocket[], fact: ChatFactToSend) => void;
  /** A reader is none any more, because its person is no member any more. */
  dropped: (reader: ConversationReader) => void;
  /** Events were missed that are not kept: each lost reader has to be looked at, and begun or dropped. */
  gone: () => void;
  restored: () => void;
  /** An event was told to all readers. */
  heard: (entry: ChatEntry) => void;
  /** Something was said in passing. */
  passed: (message: object) => void;
}

/**
 * The readers of one conversation on this instance. Each event is encoded once for all readers of a
 * dialect. Nobody is told an event at or below what it knows, and nobody any after it has left.
 */
export class LocalConversation implements ChannelListener<ChatContent> {
  private readonly readers = new Set<ConversationReader>();
  /** Readers that know all that was told so far, by dialect: nearly always all of them. */
  private readonly current = new Map<ChatDialect, Set<ConversationReader>>();
  private told = -1;
  private lossCount = 0;

  constructor(
    readonly id: string,
    private readonly on: LocalConversationOptions,
  ) {}

  get isEmpty(): boolean {
    return this.readers.size === 0;
  }

  /** How often events were missed; who was let in before the last time may be no member any more. */
  get losses(): number {
    return this.lossCount;
  }

  /** From here on events wait for the reader. */
  add(socket: RealtimeSocket, dialect: ChatDialect): ConversationReader {
    const waiting: ChatEntry[] = [];
    const reader = {
      conversation: this,
      socket,
      dialect,
      after: undefined,
      since: 0,
      isLost: false,
      waiting,
    };
    this.readers.add(reader);
    return reader;
  }

  /**
   * Tells a reader what it missed, then what came meanwhile; later events follow by themselves.
   * @param missed events that the reader may read
   */
  begin(
    reader: ConversationReader,
    { version, since }: Pick<Entered, 'version' | 'since'>,
    missed: readonly ChatEntry[],
  ): void {
    for (const entry of missed) this.tell([reader.socket], reader.dialect, entry);
    reader.after = version;
    reader.since = since;
    reader.isLost = false;
    for (const entry of reader.waiting.splice(0)) {
      if (this.readers.has(reader)) this.tellReader(reader, entry);
    }
    if (this.readers.has(reader) && this.told >= reader.after) this.makeCurrent(reader);
  }

  remove(reader: ConversationReader): void {
    if (!this.readers.delete(reader)) return;
    const readers = this.current.get(reader.dialect);
    readers?.delete(reader);
    if (readers?.size === 0) this.current.delete(reader.dialect);
  }

  all(): ConversationReader[] {
    return [...this.readers];
  }

  /** Readers of whom nobody knows whether they are still members. */
  lost(): ConversationReader[] {
    return [...this.readers].filter(({ isLost }) => isLost);
  }

  entry(entry: ChatEntry): void {
    this.told = entry.version;
    const { content } = entry;
    const target = 'target' in content ? content.target : entry.version;
    for (const [dialect, readers] of this.current) {
      const facts = dialect.factsOf(this.id, entry);
      if (facts.length === 0) continue;
      const sockets = socketsOf(readers, target);
      for (const fact of facts) this.on.send(sockets, fact);
    }
    // The others may have come back since: that is seen when each is told.
    if (content.kind === 'left')
      for (const readers of this.current.values()) this.dropAll(content.person.userId, readers);
    if (this.countCurrent() < this.readers.size) this.tellOthers(entry);
    this.on.heard(entry);
  }

  passing(message: object): void {
    for (const [dialect, readers] of this.current) {
      for (const fact of dialect.passing?.(this.id, message) ?? [])
        this.on.send(socketsOf(readers), fact);
    }
    this.on.passed(message);
  }

  gone(version: number): void {
    this.told = version;
    this.lossCount += 1;
    this.current.clear();
    for (const reader of this.readers) {
      // Whoever is being let in is let in anew, see `losses`.
      if (reader.after !== undefined) reader.isLost = true;
      reader.after = undefined;
      reader.waiting.length = 0;
    }
    this.on.gone();
  }

  restored(): void {
    this.on.restored();
  }

  /** The person is no member any more. @returns whether one of its sockets was a reader */
  drop(userId: string): boolean {
    return this.dropAll(userId, this.readers);
  }

  private dropAll(userId: string, among: Iterable<ConversationReader>): boolean {
    const readers = [...among].filter(({ socket }) => socket.data.principal.userId === userId);
    for (const reader of readers) {
      this.remove(reader);
      this.on.dropped(reader);
    }
    return readers.length > 0;
  }

  private countCurrent(): number {
    let count = 0;
    for (const readers of this.current.values()) count += readers.size;
    return count;
  }

  /** Readers that are being let in, or know more than was told so far. */
  private tellOthers(entry: ChatEntry): void {
    for (const reader of this.readers) {
      if (this.current.get(reader.dialect)?.has(reader)) continue;
      if (reader.after === undefined) reader.waiting.push(entry);
      else this.tellReader(reader, entry);
    }
  }

  private tellReader(reader: ConversationReader, entry: ChatEntry): void {
    if (entry.version > reader.after!) {
      const { content } = entry;
      if (!('target' in content) || content.target >= reader.since)
        this.tell([reader.socket], reader.dialect, entry);
      reader.after = entry.version;
      if (
        content.kind === 'left' &&
        content.person.userId === reader.socket.data.principal.userId
      ) {
        this.remove(reader);
        this.on.dropped(reader);
        return;
      }
    }
    if (this.told >= reader.after!) this.makeCurrent(reader);
  }

  private makeCurrent(reader: ConversationReader): void {
    const readers = this.current.get(reader.dialect);
    if (readers) readers.add(reader);
    else this.current.set(reader.dialect, new Set([reader]));
  }

  private tell(sockets: readonly RealtimeSocket[], dialect: ChatDialect, entry: ChatEntry): void {
    for (const fact of dialect.factsOf(this.id, entry)) this.on.send(sockets, fact);
  }
}

/** @param target the version that is told or changed: readers for whom it is not are left out */
function socketsOf(
  readers: ReadonlySet<ConversationReader>,
  target = Number.MAX_SAFE_INTEGER,
): RealtimeSocket[] {
  const sockets: RealtimeSocket[] = [];
  for (const { since, socket } of readers) if (target >= since) sockets.push(socket);
  return sockets;
}
