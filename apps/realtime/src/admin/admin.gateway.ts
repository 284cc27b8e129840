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
  FeedMode,
  Namespace,
} from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { sayHello } from '../socket/welcome.js';
import { FleetBroadcast } from './fleet-broadcast.js';

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminGateway {
  constructor(private readonly fleet: FleetBroadcast) {}

  async handleConnection(socket: RealtimeSocket): Promise<void> {
    await socket.join([ADMIN_ALL_ROOM, ADMIN_DRIVERS_ROOM, ADMIN_TRIPS_ROOM]);
    sayHello(socket);
    const { feed } = socket.handshake.auth as { feed?: unknown };
    this.fleet.add(socket, feed === FeedMode.frames ? FeedMode.frames : FeedMode.events);
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
}
