import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  Namespace,
  PassengersRequest,
  TripCancelDto,
  TripParty,
  TripRequestDto,
  TripResumeDto,
  type TripView,
} from '#libs/contracts';
import { RidesService, toTripView } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { TripDelivery } from '../trips/trip-delivery.js';

@WebSocketGateway({ namespace: Namespace.passengers })
export class PassengerTripsGateway {
  constructor(
    private readonly delivery: TripDelivery,
    private readonly rides: RidesService,
  ) {}

  @RequestCost(5)
  @SubscribeMessage(PassengersRequest.tripRequest)
  async request(
    @MessageBody() request: TripRequestDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    const { trip } = await this.rides.request(socket.data.principal.userId, request);
    return toTripView(trip);
  }

  @RequestCost(2)
  @SubscribeMessage(PassengersRequest.tripCancel)
  async cancel(
    @MessageBody() { tripId, reason }: TripCancelDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    const by = { kind: TripParty.passenger, id: socket.data.principal.userId };
    const { trip } = await this.rides.cancel(by, tripId, reason ?? 'passenger_cancelled');
    return toTripView(trip);
  }

  @RequestCost(2)
  @SubscribeMessage(PassengersRequest.tripResume)
  resume(
    @MessageBody() { tripId, version }: TripResumeDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<void> {
    return this.delivery.resume(socket, tripId, version ?? undefined);
  }
}
