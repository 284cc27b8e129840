import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { AdminFeedSetDto, AdminRequest, AdminViewportSetDto, Namespace } from '#libs/contracts';
import { FleetBroadcast } from '../fleet/fleet-broadcast.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminGateway {
  constructor(private readonly fleet: FleetBroadcast) {}

  @SubscribeMessage(AdminRequest.feedSet)
  setFeed(
    @MessageBody() request: AdminFeedSetDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): AdminFeedSetDto {
    this.fleet.setMode(socket, request.mode);
    return { mode: request.mode };
  }

  /** What is in view instead of all drivers: a frame with everything, then changes. */
  @RequestCost(2)
  @SubscribeMessage(AdminRequest.viewportSet)
  setViewport(
    @MessageBody() request: AdminViewportSetDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): AdminViewportSetDto {
    this.fleet.setViewport(socket, request);
    return request;
  }
}
