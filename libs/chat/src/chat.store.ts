import { Injectable } from '@nestjs/common';
import { appendEntryPart, ChannelsStore, readEntry } from '#libs/channels';
import { type ChatMarks, type ChatPerson } from '#libs/contracts';
import { LuaScript, RedisCommands } from '#libs/redis';
import { ChatArchive } from './chat-archive.js';
import { type MessageContent, type MessageEntry } from './chat-content.js';
import { ChatKeys } from './chat-keys.js';
import { readOverview, type ChatPlan, type Entered, type ModerationStep } from './chat-plan.js';
import { refusalOf, toRefusal, type ChatRefusal } from './chat-refusals.js';

const scriptOf = (name: string, ...parts: string[]) =>
  LuaScript.load(import.meta.url, name, appendEntryPart, 'conversation', ...parts);
const scripts = {
  enter: scriptOf('enter_conversation'),
  followTrip: scriptOf('follow_trip'),
  leave: scriptOf('leave_conversation'),
  send: scriptOf('send_message'),
  read: scriptOf('read_messages'),
  mark: scriptOf('mark_messages', 'conversation_changes'),
  mayWrite: scriptOf('may_write'),
  change: scriptOf('change_message', 'conversation_changes'),
  moderate: scriptOf('moderate', 'conversation_changes'),
  address: scriptOf('address_people', 'conversation_changes'),
};

/** The only code that reads and writes conversations. */
@Injectable()
export class ChatStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ChatKeys,
    private readonly archive: ChatArchive,
    private readonly channels: ChannelsStore,
  ) {}

  async exists(id: string): Promise<boolean> {
    return (await this.redis.do((redis) => redis.exists(this.keys.info(id)))) === 1;
  }

  /** @param after the newest version that the caller has seen; -1 for none */
  async enter(
    id: string,
    plan: ChatPlan,
    after: number,
    limit: number,
  ): Promise<Entered | ChatRefusal> {
    if (plan.adds !== 'never' || plan.trip) await this.archive.expect(id);
    const [kind, overview, version, since, isComplete, ...entries] = (await this.redis.run(
      scripts.enter,
      this.keys.conversation(id),
      [this.planned(plan), after, limit],
    )) as [string, string, number, number, number, ...string[]];
    if (kind !== 'OK') return toRefusal(kind);
    return {
      kind,
      person: plan.person,
      conversation: readOverview(id, overview),
      version,
      since,
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
      JSON.stringify(this.channels.traced(keep)),
    ]);
  }

  /** Whether each of these people is a member, in their order. */
  async areIn(id: string, userIds: readonly string[]): Promise<boolean[]> {
    const found = await this.redis.do((redis) => redis.hmget(this.keys.members(id), ...userIds));
    return found.map((member) => member !== null);
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
      JSON.stringify(this.channels.traced(keep)),
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
      this.planned(plan),
      key,
      JSON.stringify(content),
      ...mentions,
    ])) as [string, string | number, number];
    if (kind !== 'OK') return toRefusal(kind, value);
    return { kind, entry: readEntry(String(value)), isNew: isNew === 1 };
  }

  /**
   * What keeps somebody from writing, member or not.
   * @param mutedUntil until when it is muted everywhere, epoch ms; 0 for not at all
   */
  async mayWrite(
    id: string,
    userId: string,
    mutedUntil: number,
  ): Promise<{ kind: 'OK' } | ChatRefusal> {
    const keys = this.keys.conversation(id);
    const [kind, value] = (await this.redis.run(scripts.mayWrite, keys, [userId, mutedUntil])) as [
      string,
      number?,
    ];
    return kind === 'OK' ? { kind } : toRefusal(kind, value);
  }

  /** @param before only messages below this version; 0 for the newest */
  async messagesBefore(
    id: string,
    plan: ChatPlan,
    before: number,
    limit: number,
  ): Promise<{ kind: 'OK'; entries: MessageEntry[] } | ChatRefusal> {
    const [kind, ...entries] = (await this.redis.run(scripts.read, this.keys.conversation(id), [
      this.planned(plan),
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
      this.planned(plan),
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
      this.planned(plan),
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
      this.planned(plan),
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
      this.planned(plan),
      JSON.stringify(people),
    ])) as [string];
    if (kind !== 'OK') throw refusalOf(toRefusal(kind));
  }

  private planned(plan: Pick<ChatPlan, 'keep'>): string {
    const keep = this.channels.traced(plan.keep);
    return JSON.stringify(keep === plan.keep ? plan : { ...plan, keep });
  }
}
