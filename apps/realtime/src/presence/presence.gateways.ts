import { Injectable } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  Namespace,
  PresenceForgetDto,
  PresencePeopleDto,
  PresenceRequest,
  PresenceSetDto,
  type PresenceSnapshot,
} from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { OwnPresence } from './own-presence.js';
import { PeopleWatch } from './people-watch.js';

/** Who of certain people is online, and what a client says of its own person. */
@Injectable()
abstract class PresenceRequests {
  constructor(
    private readonly people: PeopleWatch,
    private readonly own: OwnPresence,
  ) {}

  @RequestCost(5)
  @SubscribeMessage(PresenceRequest.subscribe)
  subscribe(
    @MessageBody() { userIds }: PresencePeopleDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<PresenceSnapshot> {
    return this.people.watch(socket, userIds);
  }

  @SubscribeMessage(PresenceRequest.unsubscribe)
  unsubscribe(
    @MessageBody() { userIds }: PresenceForgetDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<void> {
    return this.people.forget(socket, userIds ?? undefined);
  }

  @SubscribeMessage(PresenceRequest.set)
  async set(
    @MessageBody() { away }: PresenceSetDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ away: boolean }> {
    await this.own.set(socket, away);
    return { away };
  }

  handleDisconnect(socket: RealtimeSocket): Promise<void> {
    return this.people.forget(socket);
  }
}

@WebSocketGateway({ namespace: Namespace.chat })
export class ChatPresenceGateway extends PresenceRequests {}

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminPresenceGateway extends PresenceRequests {}
