import { Inject, Injectable } from '@nestjs/common';
import {
  ChannelFeed,
  ChannelsStore,
  type ChannelEntry,
  type ChannelListener,
} from '#libs/channels';
import { notificationsConfig, type ConfigType } from '#libs/config';
import { type Box, type NotificationContent } from './box.js';

export type NotificationEntry = ChannelEntry<NotificationContent>;
export type SharedEntryListener = (box: Box, entry: NotificationEntry) => void;

interface FollowedBox {
  box: Box;
  followers: number;
  /** The entries that are kept, in order. */
  entries: NotificationEntry[];
  listener: ChannelListener<NotificationContent>;
  opened: Promise<void>;
  hasFailed: boolean;
}

/**
 * The boxes of many that this instance follows, with all that they keep: thousands who connect at
 * once read nothing of it from Redis.
 */
@Injectable()
export class SharedBoxes {
  private readonly followed = new Map<string, FollowedBox>();
  private readonly listeners = new Set<SharedEntryListener>();

  constructor(
    @Inject(notificationsConfig.KEY)
    private readonly settings: ConfigType<typeof notificationsConfig>,
    private readonly feed: ChannelFeed,
    private readonly store: ChannelsStore,
  ) {}

  /** Told every entry of the boxes that are followed, once and in order; it is in `entries` then. */
  onEntry(listener: SharedEntryListener): void {
    this.listeners.add(listener);
  }

  /**
   * To be called once for each `leave`, also where it throws.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async follow(box: Box): Promise<void> {
    const known = this.followed.get(box.channelId) ?? this.begin(box);
    known.followers += 1;
    if (known.hasFailed) known.opened = this.open(known);
    await known.opened;
  }

  async leave({ channelId }: Box): Promise<void> {
    const known = this.followed.get(channelId);
    if (!known) return;
    known.followers -= 1;
    if (known.followers > 0) return;
    this.followed.delete(channelId);
    await this.feed.leave(channelId, known.listener);
  }

  /** All that a box keeps; of one that is not followed it is read. */
  async entriesOf({ channelId }: Box): Promise<readonly NotificationEntry[]> {
    const known = this.followed.get(channelId);
    if (!known) return this.read(channelId);
    await known.opened;
    return known.entries;
  }

  private begin(box: Box): FollowedBox {
    const known: FollowedBox = {
      box,
      followers: 0,
      entries: [],
      listener: { entry: (entry) => this.receive(known, entry) },
      opened: Promise.resolve(),
      hasFailed: false,
    };
    this.followed.set(box.channelId, known);
    known.opened = this.open(known);
    return known;
  }

  private async open(known: FollowedBox): Promise<void> {
    const { channelId } = known.box;
    known.hasFailed = false;
    let kept: readonly NotificationEntry[];
    try {
      await this.feed.follow(channelId, known.listener);
      kept = await this.read(channelId);
    } catch (error) {
      known.hasFailed = true;
      throw error;
    }
    const newest = kept.at(-1)?.version ?? 0;
    // What came meanwhile stands behind what was read.
    known.entries = [...kept, ...known.entries.filter(({ version }) => version > newest)];
  }

  private receive(known: FollowedBox, entry: NotificationEntry): void {
    known.entries = [...known.entries, entry].slice(-this.settings.retention.entries);
    for (const listener of this.listeners) listener(known.box, entry);
  }

  private async read(channelId: string): Promise<NotificationEntry[]> {
    const { entries } = this.settings.retention;
    return (await this.store.readAfter<NotificationContent>(channelId, 0, entries)).entries;
  }
}
