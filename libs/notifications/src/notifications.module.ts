import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AuthModule } from '#libs/auth';
import { ChannelsModule } from '#libs/channels';
import { NotificationsService } from './notifications.service.js';
import { OwnBoxStore } from './own-box.store.js';
import { SharedBoxes } from './shared-boxes.js';

@Module({
  imports: [AccountsModule, AuthModule, ChannelsModule],
  providers: [NotificationsService, OwnBoxStore, SharedBoxes],
  exports: [NotificationsService, SharedBoxes],
})
export class NotificationsModule {}
