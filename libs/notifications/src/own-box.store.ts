import { Inject, Injectable } from '@nestjs/common';
import { appendEntryPart, ChannelKeys, readEntry, type ChannelEntry } from '#libs/channels';
import { notificationsConfig, type ConfigType } from '#libs/config';
import { LuaScript, RedisCommands } from '#libs/redis';
import { boxOfUser, type NotificationContent } from './box.js';

const readScript = LuaScript.load(import.meta.url, 'read_box', appendEntryPart);
const markScript = LuaScript.load(import.meta.url, 'mark_seen');

export interface OwnBox {
  /** Of the newest entry. */
  version: number;
  /** Ids of notifications of all boxes. */
  seen: ReadonlySet<string>;
  entries: ChannelEntry<NotificationContent>[];
}

/** The box of a person, and which notifications of all its boxes the person has seen. */
@Injectable()
export class OwnBoxStore {
  constructor(
    @Inject(notificationsConfig.KEY)
    private readonly settings: ConfigType<typeof notificationsConfig>,
    private readonly redis: RedisCommands,
    private readonly keys: ChannelKeys,
  ) {}

  async read(userId: string): Promise<OwnBox> {
    const { head, log } = this.keys.of(boxOfUser(userId).channelId);
    const [version, seen, ...entries] = (await this.redis.run(
      readScript,
      [head, log, this.seenOf(userId)],
      [this.settings.retention.entries],
    )) as [number, string[], ...string[]];
    return {
      version,
      seen: new Set(seen),
      entries: entries.map((json) => readEntry<NotificationContent>(json)),
    };
  }

  /**
   * @param oldest by the name of a box: the oldest version that it keeps
   * @returns those that had not been seen
   */
  async markSeen(
    userId: string,
    ids: readonly string[],
    oldest: Record<string, number>,
  ): Promise<string[]> {
    const { entries, ageMs } = this.settings.retention;
    return (await this.redis.run(
      markScript,
      [this.seenOf(userId)],
      [ageMs, 4 * entries, JSON.stringify(oldest), ...ids],
    )) as string[];
  }

  private seenOf(userId: string): string {
    return this.keys.key(boxOfUser(userId).channelId, 'seen');
  }
}
