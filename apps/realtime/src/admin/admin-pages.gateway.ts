import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { AdminRequest, Namespace } from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { BusiestPagesBroadcast } from '../visitors/busiest-pages.js';

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminPagesGateway {
  constructor(private readonly pages: BusiestPagesBroadcast) {}

  @RequestCost(2)
  @SubscribeMessage(AdminRequest.pagesSubscribe)
  subscribe(@ConnectedSocket() socket: RealtimeSocket): void {
    this.pages.watch(socket);
  }

  @SubscribeMessage(AdminRequest.pagesUnsubscribe)
  unsubscribe(@ConnectedSocket() socket: RealtimeSocket): void {
    this.pages.forget(socket);
  }

  handleDisconnect(socket: RealtimeSocket): void {
    this.pages.forget(socket);
  }
}
