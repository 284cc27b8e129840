import { Module } from '@nestjs/common';
import { NotificationsModule } from '#libs/notifications';
import { SocketModule } from '../socket/socket.module.js';
import { NotificationDelivery } from './notification-delivery.js';
import { NotificationRequests } from './notification.requests.js';

@Module({
  imports: [NotificationsModule, SocketModule],
  providers: [NotificationDelivery, NotificationRequests],
})
export class NotificationsRealtimeModule {}
