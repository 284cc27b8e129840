import { Injectable } from '@nestjs/common';
import { Tracing } from '#libs/observability';
import { LuaPart, LuaScript, RedisCommands } from '#libs/redis';
import { readEntry, type ChannelEntry, type ChannelRetention } from './channel-entry.js';
import { ChannelKeys } from './channel-keys.js';

/**
 * For scripts of other libraries that must check something in the step that appends: `channel_range`,
 * `known_version`, `entries_from`, `append_entry`, `replace_content`. Its head describes them.
 */
export const appendEntryPart = LuaPart.load(import.meta.url, 'append_entry');

const scripts = {
  append: LuaScript.load(import.meta.url, 'append', appendEntryPart),
  readAfter: LuaScript.load(import.meta.url, 'read_after', appendEntryPart),
};

export interface Appended {
  version: number;
  /** Epoch ms. */
  at: number;
  /** False when the same sender has sent it before: then it is the entry of that time. */
  isNew: boolean;
}

export interface ChannelRange<Content> {
  /** Of the newest entry; 0 when there was never one. */
  version: number;
  /** Of the oldest entry that is kept; above `version` when none is. */
  first: number;
  entries: ChannelEntry<Content>[];
}

/** Appends to channels and reads them. */
@Injectable()
export class ChannelsStore {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ChannelKeys,
    private readonly tracing: Tracing,
  ) {}

  /**
   * What scripts that append are told of retention: with the trace of this moment where it is kept,
   * so that whoever is told of the entry goes on with it.
   */
  traced<Retention extends ChannelRetention>(retention: Retention): Retention {
    const traceparent = this.tracing.keptTraceparent;
    return traceparent === undefined ? retention : { ...retention, traceparent };
  }

  /**
   * @param key names what is appended: a second time it is the same entry, for as long as that is kept
   * @throws RequestError REDIS_UNAVAILABLE; it may have been appended then
   */
  async append(
    channelId: string,
    content: object,
    retention: ChannelRetention,
    key = '',
  ): Promise<Appended> {
    const { head, log, sent, feed } = this.keys.of(channelId);
    const [version, at, isNew] = (await this.redis.run(
      scripts.append,
      [head, log, sent, feed],
      [key, JSON.stringify(content), JSON.stringify(this.traced(retention))],
    )) as [number, number, number];
    return { version, at, isNew: isNew === 1 };
  }

  /** What was appended after a version, the oldest first, at most so many. */
  async readAfter<Content>(
    channelId: string,
    version: number,
    limit: number,
  ): Promise<ChannelRange<Content>> {
    const { head, log } = this.keys.of(channelId);
    const [newest, first, ...entries] = (await this.redis.run(
      scripts.readAfter,
      [head, log],
      [version, limit],
    )) as [number, number, ...string[]];
    return { version: newest, first, entries: entries.map((json) => readEntry<Content>(json)) };
  }
}
