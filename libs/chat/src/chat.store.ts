import { Injectable } from '@nestjs/common';
import { appendEntryPart, readEntry, type ChannelRetention } from '#libs/channels';
import {
  type ChatConversation,
  type ChatMarks,
  type ChatPerson,
  type ConversationType,
} from '#libs/contracts';
import { LuaScript, RedisCommands, ShardPublisher } from '#libs/redis';
import {
  toChatMessage,
  type ChatEntry,
  type MessageContent,
  type MessageEntry,
} from './chat-content.js';
import { ChatKeys } from './chat-keys.js';

const scriptOf = (name: string) =>
  LuaScript.load(import.meta.url, name, appendEntryPart, 'conversation');
const scripts = {
  enter: scriptOf('enter_conversation'),
  followTrip: scriptOf('follow_trip'),
  leave: scriptOf('leave_conversation'),
  send: scriptOf('send_message'),
  read: scriptOf('read_messages'),
  list: LuaScript.load(import.meta.url, 'list_conversation'),
  spend: LuaScript.load(import.meta.url, 'spend_message'),
};

/** What a caller may do in a conversation, decided before each script and applied within it. */
export interface ChatPlan {
  person: ChatPerson;
  /** When the caller is made a member that it is not yet: in open conversations, always, never. */
  adds: 'always' | 'open' | 'never';
  /** What the conversation becomes when there is none yet; absent where only others may begin it. */
  creates?: {
    type: ConversationType;
    access: 'open' | 'invited';
    title?: string;
    /** Members from the first moment on, beside the caller. */
    people?: ChatPerson[];
  };
  /** The people of a trip, as of a version of it. */
  trip?: { version: number; people: ChatPerson[] };
  keep: ChannelRetention & { forever?: boolean };
  maxMembers: number;
}

export type ChatRefusal =
  /** There is none, or the caller is no member and may not become one. */
  | { kind: 'GONE' }
  /** The trip has moved on since it was read. */
  | { kind: 'STALE' }
  | { kind: 'CLOSED' }
  | { kind: 'FULL' }
  | { kind: 'MUTED'; until: number };

export interface Entered {
  kind: 'OK';
  conversation: ChatConversation;
  version: number;
  /** Whether `entries` are all that was missed; else they are the newest messages. */
  isComplete: boolean;
  entries: ChatEntry[];
}

/** The only code that reads and writes conversations. */
@Injectable()
export class ChatStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly publisher: ShardPublisher,
    private readonly keys: ChatKeys,
  ) {}

  /** @param after the newest version that the caller has seen; -1 for none */
  async enter(
    id: string,
    plan: ChatPlan,
    after: number,
    limit: number,
  ): Promise<Entered | ChatRefusal> {
    const [kind, overview, version, isComplete, ...entries] = (await this.redis.run(
      scripts.enter,
      this.keys.conversation(id),
      [JSON.stringify(plan), after, limit],
    )) as [string, string, number, number, ...string[]];
    if (kind !== 'OK') return toRefusal(kind);
    return {
      kind,
      conversation: toConversation(id, overview),
      version,
      isComplete: isComplete === 1,
      entries: entries.map((json) => readEntry(json)),
    };
  }

  /** Makes the people of a trip the members of its conversation, unless it knows a newer state. */
  async followTrip(
    id: string,
    trip: NonNullable<ChatPlan['trip']>,
    keep: ChatPlan['keep'],
  ): Promise<void> {
    await this.redis.run(scripts.followTrip, this.keys.conversation(id), [
      JSON.stringify(trip),
      JSON.stringify(keep),
    ]);
  }

  /** @returns false for somebody who is no member */
  async leave(
    id: string,
    userId: string,
    reason: string,
    keep: ChatPlan['keep'],
  ): Promise<boolean> {
    const reply = await this.redis.run(scripts.leave, this.keys.conversation(id), [
      userId,
      reason,
      JSON.stringify(keep),
    ]);
    return reply === 1;
  }

  /** @param key names the message: a second time it is the same one */
  async send(
    id: string,
    plan: ChatPlan,
    key: string,
    content: MessageContent,
    mentions: readonly string[],
  ): Promise<{ kind: 'OK'; entry: MessageEntry; isNew: boolean } | ChatRefusal> {
    const [kind, value, isNew] = (await this.redis.run(scripts.send, this.keys.conversation(id), [
      JSON.stringify(plan),
      key,
      JSON.stringify(content),
      ...mentions,
    ])) as [string, string | number, number];
    if (kind !== 'OK') return toRefusal(kind, value);
    return { kind, entry: readEntry(String(value)), isNew: isNew === 1 };
  }

  /** @param before only messages below this version; 0 for the newest */
  async messagesBefore(
    id: string,
    plan: ChatPlan,
    before: number,
    limit: number,
  ): Promise<{ kind: 'OK'; entries: MessageEntry[] } | ChatRefusal> {
    const [kind, ...entries] = (await this.redis.run(scripts.read, this.keys.conversation(id), [
      JSON.stringify(plan),
      before,
      limit,
    ])) as [string, ...string[]];
    if (kind !== 'OK') return toRefusal(kind);
    return { kind, entries: entries.map((json) => readEntry(json)) };
  }

  /**
   * Notes that a person is in a conversation, before it is: what is noted in vain is found out when
   * the list is read.
   * @returns false when it is one too many
   */
  async list(userId: string, id: string, most: number, refuses: boolean): Promise<boolean> {
    const reply = await this.redis.run(
      scripts.list,
      [this.keys.conversationsOf(userId)],
      [id, most, refuses ? 1 : 0],
    );
    return reply === 1;
  }

  /** Tells the devices of a person, on its own channel, that it is in a conversation. */
  callIn(userId: string, conversation: string): void {
    this.publisher.publish(this.keys.personChannel(userId), JSON.stringify({ conversation }));
  }

  async unlist(userId: string, ...ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.redis.do((redis) => redis.zrem(this.keys.conversationsOf(userId), ...ids));
  }

  /** The conversations that a person is, or was, in; the newest first. */
  async listOf(userId: string): Promise<string[]> {
    return this.redis.do((redis) => redis.zrevrange(this.keys.conversationsOf(userId), 0, -1));
  }

  /** Takes a message from what a person may send in a window of time. */
  async spend(
    userId: string,
    most: number,
    windowMs: number,
  ): Promise<{ kind: 'OK' } | { kind: 'LIMITED'; retryAfterMs: number } | ChatRefusal> {
    const [kind, value = 0] = (await this.redis.run(
      scripts.spend,
      [this.keys.spentBy(userId), this.keys.muteOf(userId)],
      [most, windowMs],
    )) as [string, number?];
    if (kind === 'OK') return { kind };
    return kind === 'LIMITED' ? { kind, retryAfterMs: value } : toRefusal(kind, value);
  }
}

function toRefusal(kind: string, value: string | number = 0): ChatRefusal {
  switch (kind) {
    case 'MUTED':
      return { kind, until: Number(value) };
    case 'STALE':
    case 'CLOSED':
    case 'FULL':
      return { kind };
    default:
      return { kind: 'GONE' };
  }
}

interface Overview {
  type: ConversationType;
  title?: string;
  access: string;
  version: number;
  memberCount: number;
  closedAt: number;
  mutedUntil: number;
  unread: number;
  mentions: number;
  marks: Record<string, ChatMarks>;
  /** An empty list is an empty object in the JSON of Redis. */
  members?: ChatPerson[] | Record<string, never>;
  /** JSON of an entry. */
  last?: string;
}

function toConversation(id: string, json: string): ChatConversation {
  const seen = JSON.parse(json) as Overview;
  const { type, version, memberCount, unread, mentions, marks, members, last } = seen;
  return {
    id,
    type,
    title: seen.title ?? null,
    isOpen: seen.access === 'open',
    version,
    memberCount,
    members: Array.isArray(members)
      ? members.map(({ userId, name, userType }) => ({ userId, name, userType }))
      : [],
    marks,
    unread,
    mentions,
    lastMessage: last === undefined ? null : toChatMessage(id, readEntry(last)),
    mutedUntil: seen.mutedUntil || null,
    closedAt: seen.closedAt || null,
  };
}
