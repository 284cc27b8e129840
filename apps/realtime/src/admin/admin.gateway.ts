import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  ADMIN_ALL_ROOM,
  ADMIN_DRIVERS_ROOM,
  ADMIN_TRIPS_ROOM,
  AdminFeedSetDto,
  AdminRequest,
  AdminViewportSetDto,
  FeedMode,
  Namespace,
} from '#libs/contracts';
import { FleetBroadcast } from '../fleet/fleet-broadcast.js';
import { sayHello } from '../socket/connection/welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminGateway {
  constructor(private readonly fleet: FleetBroadcast) {}

  async handleConnection(socket: RealtimeSocket): Promise<void> {
    const { feed, viewport } = socket.handshake.auth as { feed?: unknown; viewport?: unknown };
    const firstView = viewport === undefined ? undefined : AdminViewportSetDto.parse(viewport);
    await socket.join([ADMIN_ALL_ROOM, ADMIN_DRIVERS_ROOM, ADMIN_TRIPS_ROOM]);
    sayHello(socket);
    if (firstView) {
      this.fleet.add(socket, null);
      this.fleet.setViewport(socket, firstView);
    } else {
      this.fleet.add(socket, feed === FeedMode.frames ? FeedMode.frames : FeedMode.events);
    }
  }

  handleDisconnect(socket: RealtimeSocket): void {
    this.fleet.remove(socket);
  }

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
