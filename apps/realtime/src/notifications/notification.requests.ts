import { Injectable } from '@nestjs/common';
import { MessageBody, SubscribeMessage } from '@nestjs/websockets';
import {
  GUEST,
  NotificationListDto,
  NotificationRequest,
  NotificationSeenDto,
  RequestError,
  type Guest,
  type NotificationPage,
  type Principal,
} from '#libs/contracts';
import { NotificationsService, pageOf } from '#libs/notifications';
import { CurrentUser, EveryNamespace, RequestCost } from '../socket/gateway-decorators.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { Outbox } from '../socket/sending/outbox.js';
import { NotificationDelivery } from './notification-delivery.js';

/** What every namespace serves of notifications; guests have none. */
@Injectable()
@EveryNamespace()
export class NotificationRequests {
  constructor(
    private readonly notifications: NotificationsService,
    private readonly delivery: NotificationDelivery,
    private readonly outbox: Outbox,
  ) {}

  async handleConnection(socket: RealtimeSocket): Promise<void> {
    const { userType } = socket.data.principal;
    if (userType !== GUEST) await this.delivery.add(socket, userType);
  }

  async handleDisconnect(socket: RealtimeSocket): Promise<void> {
    await this.delivery.remove(socket);
  }

  @RequestCost(2)
  @SubscribeMessage(NotificationRequest.list)
  async list(
    @MessageBody() request: NotificationListDto,
    @CurrentUser() principal: Principal | Guest,
  ): Promise<NotificationPage> {
    return pageOf(await this.notifications.inbox(personOf(principal)), request);
  }

  /** Told to all devices of the person, this one included. */
  @RequestCost(2)
  @SubscribeMessage(NotificationRequest.seen)
  async markSeen(
    @MessageBody() { ids, all }: NotificationSeenDto,
    @CurrentUser() principal: Principal | Guest,
  ): Promise<{ unread: number }> {
    const person = personOf(principal);
    const seen = await this.notifications.markSeen(person, all ? 'all' : (ids ?? []));
    if (seen.ids.length > 0)
      this.outbox.toDevices(person.userId, 'notification:seen', { ids: seen.ids });
    return { unread: seen.unread };
  }
}

function personOf(principal: Principal | Guest): Principal {
  if (principal.userType !== GUEST) return principal;
  throw new RequestError('FORBIDDEN', { message: 'Guests have no notifications. Log in.' });
}
