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
import { ChatArchive } from './chat-archive.js';
import { ChatKeys } from './chat-keys.js';
import { refusalOf, toRefusal, type ChatRefusal } from './chat-refusals.js';

const scriptOf = (name: string) =>
  LuaScript.load(import.meta.url, name, appendEntryPart, 'conversation');
const scripts = {
  enter: scriptOf('enter_conversation'),
  followTrip: scriptOf('follow_trip'),
  leave: scriptOf('leave_conversation'),
  send: scriptOf('send_message'),
  read: scriptOf('read_messages'),
  mark: scriptOf('mark_messages'),
  change: scriptOf('change_message'),
  moderate: scriptOf('moderate'),
  address: scriptOf('address_people'),
  mute: LuaScript.load(import.meta.url, 'mute_everywhere'),
  list: LuaScript.load(import.meta.url, 'list_conversation'),
  spend: LuaScript.load(import.meta.url, 'spend_message'),
};

/** What a caller may do in a conversation, decided before each script and applied within it. */
export interface ChatPlan {
  person: ChatPerson;
  /**
   * What a caller becomes who is no member: one where the conversation is open, one always, nothing;
   * or it does what it does without becoming one.
   */
  adds: 'always' | 'open' | 'never' | 'as guest';
  /** What the conversation becomes when there is none yet; absent where only others may begin it. */
  creates?: {
    type: ConversationType;
    access: 'open' | 'invited';
    title?: string;
    /** Members from the first moment on, beside the caller. */
    people?: ChatPerson[];
    /** Refuses a conversation that there is already. */
    isNew?: boolean;
  };
  /** The people of a trip, as of a version of it. */
  trip?: { version: number; people: ChatPerson[] };
  keep: ChannelRetention & { forever?: boolean };
  maxMembers: number;
}

/** What an admin does to a conversation. */
export type ModerationStep =
  | { act: 'invite'; person: ChatPerson }
  | { act: 'remove'; userId: string }
  | { act: 'mute'; userId: string; ms: number }
  | { act: 'close'; isClosed: boolean; reason?: string };

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
    private readonly archive: ChatArchive,
  ) {}

  /** @param after the newest version that the caller has seen; -1 for none */
  async enter(
    id: string,
    plan: ChatPlan,
    after: number,
    limit: number,
  ): Promise<Entered | ChatRefusal> {
    if (plan.adds !== 'never' || plan.trip) await this.archive.expect(id);
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
    await this.archive.expect(id);
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
    await this.archive.expect(id);
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
    await this.archive.expect(id);
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

  async mark(
    id: string,
    plan: ChatPlan,
    { delivered, read }: ChatMarks,
  ): Promise<{ kind: 'OK'; marks: ChatMarks; rose: boolean; isTold: boolean } | ChatRefusal> {
    const [kind, ...reply] = (await this.redis.run(scripts.mark, this.keys.conversation(id), [
      JSON.stringify(plan),
      delivered,
      read,
    ])) as [string, ...number[]];
    if (kind !== 'OK') return toRefusal(kind);
    const [newDelivered = 0, newRead = 0, rose, isTold] = reply;
    return {
      kind,
      marks: { delivered: newDelivered, read: newRead },
      rose: rose === 1,
      isTold: isTold === 1,
    };
  }

  /**
   * @param text what the message says from now on; null deletes it
   * @param windowMs how long after it was sent its author may do so; -1 for an admin
   */
  async change(
    id: string,
    plan: ChatPlan,
    version: number,
    text: string | null,
    windowMs: number,
  ): Promise<{ kind: 'OK'; entry: MessageEntry } | ChatRefusal> {
    await this.archive.expect(id);
    const [kind, value] = (await this.redis.run(scripts.change, this.keys.conversation(id), [
      JSON.stringify(plan),
      version,
      text === null ? 'delete' : 'edit',
      text ?? '',
      windowMs,
    ])) as [string, string | number];
    return kind === 'OK' ? { kind, entry: readEntry(String(value)) } : toRefusal(kind, value);
  }

  /** @returns until when it holds, epoch ms; 0 for not at all */
  async moderate(
    id: string,
    plan: ChatPlan,
    step: ModerationStep,
  ): Promise<{ kind: 'OK'; until: number } | ChatRefusal> {
    await this.archive.expect(id);
    const [kind, until = 0] = (await this.redis.run(scripts.moderate, this.keys.conversation(id), [
      JSON.stringify(plan),
      JSON.stringify(step),
    ])) as [string, number?];
    return kind === 'OK' ? { kind, until } : toRefusal(kind);
  }

  /**
   * Makes people the recipients of a broadcast.
   * @throws RequestError CONFLICT when they are too many
   */
  async address(
    id: string,
    plan: Pick<ChatPlan, 'keep' | 'maxMembers'>,
    people: readonly ChatPerson[],
  ): Promise<void> {
    const [kind] = (await this.redis.run(scripts.address, this.keys.conversation(id), [
      JSON.stringify(plan),
      JSON.stringify(people),
    ])) as [string];
    if (kind !== 'OK') throw refusalOf(toRefusal(kind));
  }

  /** @returns until when the person may write nowhere, epoch ms; null when it may */
  async muteEverywhere(userId: string, ms: number): Promise<number | null> {
    const reply = await this.redis.run(scripts.mute, [this.keys.muteOf(userId)], [ms]);
    return (reply as number) || null;
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
