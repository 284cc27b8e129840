import { Inject, Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { SessionsService } from '#libs/auth';
import { ChannelsStore } from '#libs/channels';
import { notificationsConfig, type ConfigType } from '#libs/config';
import { RequestError, type Notification, type Principal } from '#libs/contracts';
import { traced, Tracing } from '#libs/observability';
import { RedisKeys, ShardPublisher } from '#libs/redis';
import {
  boxOfUser,
  sharedBoxesOf,
  sharedBoxOf,
  type Box,
  type NotificationAudience,
  type NotificationContent,
} from './box.js';
import { OwnBoxStore } from './own-box.store.js';
import { SharedBoxes, type NotificationEntry } from './shared-boxes.js';

export type Receiver = Pick<Principal, 'userId' | 'sid' | 'userType'>;

/** A notification in the boxes of a person. */
export interface BoxedNotification {
  boxName: string;
  entry: NotificationEntry;
  notification: Notification;
}

/** All that a person may see now, the oldest first. */
export interface Inbox {
  items: BoxedNotification[];
  unread: number;
  /** Of each box the newest version that was looked at, by its name. */
  versions: Readonly<Record<string, number>>;
}

export interface SentNotification {
  id: string;
  /** Epoch ms. */
  at: number;
  expiresAt: number;
  /** False when it had been sent under its key before. */
  isNew: boolean;
}

/** What the channel of a person carries when something has come into its box. */
export interface BoxAnnouncement {
  notification: NotificationEntry;
  /** W3C: the request that sent it; absent where that is not traced. */
  traceparent?: string;
}

export function boxAnnouncementIn(message: object): BoxAnnouncement | undefined {
  return 'notification' in message ? (message as BoxAnnouncement) : undefined;
}

/** Notifications: sent by admins and the company's systems, kept until they are seen or expire. */
@Injectable()
export class NotificationsService {
  constructor(
    @Inject(notificationsConfig.KEY)
    private readonly settings: ConfigType<typeof notificationsConfig>,
    private readonly channels: ChannelsStore,
    private readonly shared: SharedBoxes,
    private readonly own: OwnBoxStore,
    private readonly accounts: AccountsService,
    private readonly sessions: SessionsService,
    private readonly keys: RedisKeys,
    private readonly publisher: ShardPublisher,
    private readonly tracing: Tracing,
  ) {}

  /**
   * @param key names the request: a second time it is the same notification
   * @throws RequestError NOT_FOUND for a person or session that does not exist
   */
  async send(
    audience: NotificationAudience,
    { ttlMs, ...content }: Omit<NotificationContent, 'expiresAt' | 'sid'> & { ttlMs?: number },
    key = '',
  ): Promise<SentNotification> {
    const { box, userId } = await this.boxFor(audience);
    const lifeMs = Math.min(ttlMs ?? Infinity, this.settings.retention.ageMs);
    const filled: NotificationContent = {
      ...content,
      ...(audience.kind === 'session' ? { sid: audience.sid } : {}),
      expiresAt: Date.now() + lifeMs,
    };
    const { version, at, isNew } = await this.channels.append(
      box.channelId,
      filled,
      this.settings.retention,
      key,
    );
    // Sent again, it may say something else: what counts is what was sent first.
    const notification = isNew
      ? { version, at, content: filled }
      : await this.entryOf(box, version);
    // Told again when it is sent again: an instance may have died before it told.
    if (userId !== undefined && notification) {
      const announcement: BoxAnnouncement = {
        notification,
        ...traced(this.tracing.keptTraceparent),
      };
      this.publisher.publish(this.keys.personChannel(userId), JSON.stringify(announcement));
    }
    const { expiresAt } = notification?.content ?? filled;
    return { id: `${box.name}-${version}`, at, expiresAt, isNew };
  }

  /** @throws RequestError REDIS_UNAVAILABLE */
  async inbox(person: Receiver): Promise<Inbox> {
    const { userId } = person;
    const own = boxOfUser(userId);
    const boxes = sharedBoxesOf(person);
    const [{ version, seen, entries: ownEntries }, ...before] = await Promise.all([
      this.own.read(userId),
      ...boxes.map((box) => this.shared.entriesOf(box)),
    ]);
    const isShared = before.some((entries) => entries.length > 0);
    const account = isShared ? await this.accounts.find(userId) : undefined;
    const since = account ? Date.parse(account.createdAt) : 0;
    // Read once more: what has come meanwhile is told to those who follow the box by now.
    const shared = await Promise.all(boxes.map((box) => this.shared.entriesOf(box)));
    const now = Date.now();
    const items: BoxedNotification[] = [];
    const put = (box: Box, entries: readonly NotificationEntry[]) => {
      for (const entry of entries) {
        const { sid, expiresAt } = entry.content;
        if (expiresAt <= now || (sid !== undefined && sid !== person.sid)) continue;
        const id = `${box.name}-${entry.version}`;
        const notification = toNotification(box.name, entry, seen.has(id));
        items.push({ boxName: box.name, entry, notification });
      }
    };
    put(own, ownEntries);
    const versions: Record<string, number> = { [own.name]: version };
    for (const [i, box] of boxes.entries()) {
      put(
        box,
        shared[i]!.filter(({ at }) => at >= since),
      );
      versions[box.name] = shared[i]!.at(-1)?.version ?? 0;
    }
    items.sort((a, b) => a.entry.at - b.entry.at);
    const unread = items.filter(({ notification }) => !notification.seen).length;
    return { items, unread, versions };
  }

  /**
   * @param ids `all` for all that there are
   * @returns those that had not been seen before, and how many are unread now
   */
  async markSeen(
    person: Receiver,
    ids: readonly string[] | 'all',
  ): Promise<{ ids: string[]; unread: number }> {
    const { items, unread } = await this.inbox(person);
    const named = ids === 'all' ? undefined : new Set(ids);
    const marked = items
      .map(({ notification }) => notification)
      .filter(({ id, seen }) => !seen && (named?.has(id) ?? true))
      .map(({ id }) => id);
    if (marked.length === 0) return { ids: [], unread };
    const oldest: Record<string, number> = {};
    for (const { boxName, entry } of items) oldest[boxName] ??= entry.version;
    return {
      ids: await this.own.markSeen(person.userId, marked, oldest),
      unread: unread - marked.length,
    };
  }

  /** Undefined when it is not kept any more. */
  private async entryOf(
    { channelId }: Box,
    version: number,
  ): Promise<NotificationEntry | undefined> {
    const after = version - 1;
    const { entries } = await this.channels.readAfter<NotificationContent>(channelId, after, 1);
    return entries.find((entry) => entry.version === version);
  }

  private async boxFor(audience: NotificationAudience): Promise<{ box: Box; userId?: string }> {
    if (audience.kind === 'type' || audience.kind === 'everybody')
      return { box: sharedBoxOf(audience) };
    const userId =
      audience.kind === 'user' ? audience.userId : await this.sessions.ownerOf(audience.sid);
    if (userId === undefined || !(await this.accounts.find(userId)))
      throw new RequestError('NOT_FOUND', {
        message: `There is no such ${audience.kind === 'user' ? 'account' : 'session'}.`,
      });
    return { box: boxOfUser(userId), userId };
  }
}

export function toNotification(
  boxName: string,
  { version, at, content }: NotificationEntry,
  seen = false,
): Notification {
  const { title, body, type, data, sid, expiresAt } = content;
  const audience = { own: sid === undefined ? 'user' : 'session', all: 'everybody' }[boxName];
  return {
    id: `${boxName}-${version}`,
    audience: audience ?? boxName,
    title,
    ...(body === undefined ? {} : { body }),
    ...(type === undefined ? {} : { type }),
    ...(data === undefined ? {} : { data }),
    at: new Date(at).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    seen,
  };
}
