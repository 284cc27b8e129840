import { Inject, Injectable } from '@nestjs/common';
import { chatConfig, type ConfigType } from '#libs/config';
import { traced, Tracing } from '#libs/observability';
import { LuaScript, RedisCommands, ShardPublisher } from '#libs/redis';
import { type MuteEverywhere } from '#libs/contracts';
import { ChatKeys } from './chat-keys.js';
import { toRefusal, type ChatRefusal } from './chat-refusals.js';

const scripts = {
  mute: LuaScript.load(import.meta.url, 'mute_everywhere'),
  list: LuaScript.load(import.meta.url, 'list_conversation'),
  spend: LuaScript.load(import.meta.url, 'spend_message'),
};

export type Spent = { kind: 'OK' } | { kind: 'LIMITED'; retryAfterMs: number } | ChatRefusal;

/** What noting a conversation came to: `full` when it is refused as one too many. */
export type Listing = 'new' | 'known' | 'full';

/** What is known of a person over all conversations: where it is, and how much it has written. */
@Injectable()
export class PeopleStore {
  constructor(
    @Inject(chatConfig.KEY) private readonly settings: ConfigType<typeof chatConfig>,
    private readonly redis: RedisCommands,
    private readonly publisher: ShardPublisher,
    private readonly keys: ChatKeys,
    private readonly tracing: Tracing,
  ) {}

  /** @returns until when the person may write nowhere, epoch ms; null when it may */
  async muteEverywhere(userId: string, ms: number, byId: string): Promise<number | null> {
    const keys = [this.keys.muteOf(userId), this.keys.mutedBy(userId)];
    return ((await this.redis.run(scripts.mute, keys, [ms, byId])) as number) || null;
  }

  /** Until when a person may write nowhere, epoch ms; 0 when it may. */
  async mutedUntil(userId: string): Promise<number> {
    return Number(await this.redis.do((redis) => redis.get(this.keys.muteOf(userId)))) || 0;
  }

  /** Those of these people who may write nowhere; as many as a conversation lists as members. */
  async mutedEverywhere(userIds: readonly string[]): Promise<Map<string, MuteEverywhere>> {
    const found = await this.redis.do((redis) =>
      Promise.all(
        userIds.map((userId) => redis.mget(this.keys.muteOf(userId), this.keys.mutedBy(userId))),
      ),
    );
    const muted = new Map<string, MuteEverywhere>();
    for (const [i, [until, writtenBy]] of found.entries()) {
      if (!until) continue;
      const [at, by = null] = writtenBy?.split(' ') ?? [];
      muted.set(userIds[i]!, { until: Number(until), by: at === until ? by : null });
    }
    return muted;
  }

  /**
   * Notes that a person is in a conversation, before it is: what is noted in vain is found out when
   * the list is read.
   * @param refuses whether one too many is refused; else the oldest but for rooms and the lobby is listed no more
   */
  async list(userId: string, id: string, refuses: boolean): Promise<Listing> {
    const reply = await this.redis.run(
      scripts.list,
      [this.keys.conversationsOf(userId)],
      [id, this.settings.maxConversations, refuses ? 1 : 0],
    );
    return reply as Listing;
  }

  /** Tells the devices of a person, on its own channel, that it is in a conversation. */
  callIn(userId: string, conversation: string): void {
    const call = { conversation, ...traced(this.tracing.keptTraceparent) };
    this.publisher.publish(this.keys.personChannel(userId), JSON.stringify(call));
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
  spendMessage(userId: string): Promise<Spent> {
    const { messages, windowMs } = this.settings.messageLimit;
    return this.spend(userId, 'messages', messages, windowMs);
  }

  /** The same for the rooms that a person begins: each stays for as long as entries are kept. */
  spendRoom(userId: string): Promise<Spent> {
    const { rooms, windowMs } = this.settings.roomLimit;
    return this.spend(userId, 'rooms', rooms, windowMs);
  }

  private async spend(
    userId: string,
    what: 'messages' | 'rooms',
    most: number,
    windowMs: number,
  ): Promise<Spent> {
    const [kind, value = 0] = (await this.redis.run(
      scripts.spend,
      [this.keys.spentBy(userId, what), this.keys.muteOf(userId)],
      [most, windowMs],
    )) as [string, number?];
    if (kind === 'OK') return { kind };
    return kind === 'LIMITED' ? { kind, retryAfterMs: value } : toRefusal(kind, value);
  }
}
