import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { AdminRequest, Namespace, TripIdDto, TripResumeDto, type TripView } from '#libs/contracts';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { DispatcherTrips } from '../trips/dispatcher-trips.js';

@WebSocketGateway({ namespace: Namespace.admin })
export class AdminTripsGateway {
  constructor(private readonly trips: DispatcherTrips) {}

  @RequestCost(2)
  @SubscribeMessage(AdminRequest.tripJoin)
  join(
    @MessageBody() { tripId, version }: TripResumeDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    return this.trips.join(socket, tripId, version ?? undefined);
  }

  @SubscribeMessage(AdminRequest.tripLeave)
  leave(
    @MessageBody() { tripId }: TripIdDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): { tripId: string } {
    this.trips.leave(socket, tripId);
    return { tripId };
  }
}
