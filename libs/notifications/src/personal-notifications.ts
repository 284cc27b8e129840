import { Injectable, Module } from '@nestjs/common';
import { ChannelKeys } from '#libs/channels';
import { type Notification } from '#libs/contracts';
import { type ErasedCounts, type Person } from '#libs/personal-data';
import { RedisCommands } from '#libs/redis';
import { boxOfUser, OWN_BOX } from './box.js';
import { toNotification } from './notifications.service.js';
import { OwnBoxStore } from './own-box.store.js';

/** What the company told one person. What it told many is not about anybody. */
@Injectable()
export class PersonalNotifications {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: ChannelKeys,
    private readonly box: OwnBoxStore,
  ) {}

  async exportOf({ id }: Person): Promise<Notification[]> {
    const { entries, seen } = await this.box.read(id);
    return entries.map((entry) =>
      toNotification(OWN_BOX, entry, seen.has(`${OWN_BOX}-${entry.version}`)),
    );
  }

  async erase({ id }: Person): Promise<ErasedCounts> {
    const { channelId } = boxOfUser(id);
    const { head, log, sent } = this.keys.of(channelId);
    const keys = [head, log, sent, this.keys.key(channelId, 'seen')];
    return { notifications: await this.redis.do((redis) => redis.del(...keys)) };
  }
}

/** For commands: without what an instance does by itself. */
@Module({
  providers: [ChannelKeys, OwnBoxStore, PersonalNotifications],
  exports: [PersonalNotifications],
})
export class PersonalNotificationsModule {}
