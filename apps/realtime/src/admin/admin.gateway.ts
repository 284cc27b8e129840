import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  AdminDemandGetDto,
  AdminFeedSetDto,
  AdminRequest,
  AdminViewportSetDto,
  Namespace,
  type DemandMap,
  type FeedCheck,
} from '#libs/contracts';
import { FleetBroadcast } from '../fleet/fleet-broadcast.js';
import { SupplyAndDemand } from '../fleet/supply-and-demand.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminGateway {
  constructor(
    private readonly fleet: FleetBroadcast,
    private readonly demand: SupplyAndDemand,
  ) {}

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

  @RequestCost(5)
  @SubscribeMessage(AdminRequest.demandGet)
  getDemand(@MessageBody() { bbox }: AdminDemandGetDto): Promise<DemandMap> {
    return this.demand.within(bbox);
  }

  /** Whether what this dispatcher is shown is as it should be. */
  @SubscribeMessage(AdminRequest.feedCheck)
  checkFeed(): FeedCheck {
    return { at: Date.now(), behindMs: this.fleet.behindMs() };
  }
}
