import { Module } from '@nestjs/common';
import { NotificationsModule } from '#libs/notifications';
import { AdminNotificationsController } from './admin-notifications.controller.js';
import { OwnNotificationsController } from './own-notifications.controller.js';

@Module({
  imports: [NotificationsModule],
  controllers: [AdminNotificationsController, OwnNotificationsController],
})
export class NotificationsRestModule {}
