import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  DriversRequest,
  Namespace,
  OfferAcceptDto,
  OfferRejectDto,
  TripCancelDto,
  TripCompleteDto,
  TripIdDto,
  TripParty,
  TripResumeDto,
  type TripView,
} from '#libs/contracts';
import { RidesService, toTripView, type TripOutcome } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { TripDelivery } from '../trips/trip-delivery.js';

@WebSocketGateway({ namespace: Namespace.drivers })
export class DriverTripsGateway {
  constructor(
    private readonly delivery: TripDelivery,
    private readonly rides: RidesService,
  ) {}

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.offerAccept)
  accept(
    @MessageBody() { assignmentId }: OfferAcceptDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    return viewOf(this.rides.acceptOffer(socket.data.principal.userId, assignmentId));
  }

  /** The driver learns no more of a trip that it does not take. */
  @RequestCost(2)
  @SubscribeMessage(DriversRequest.offerReject)
  async reject(
    @MessageBody() { assignmentId, reason }: OfferRejectDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<{ assignmentId: string }> {
    await this.rides.rejectOffer(socket.data.principal.userId, assignmentId, reason ?? undefined);
    return { assignmentId };
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.tripArrive)
  arrive(
    @MessageBody() { tripId }: TripIdDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    return viewOf(this.rides.arrive(socket.data.principal.userId, tripId));
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.tripStart)
  start(
    @MessageBody() { tripId }: TripIdDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    return viewOf(this.rides.start(socket.data.principal.userId, tripId));
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.tripComplete)
  complete(
    @MessageBody() { tripId, extraFees }: TripCompleteDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    const { userId } = socket.data.principal;
    return viewOf(this.rides.complete(userId, tripId, extraFees ?? undefined));
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.tripCancel)
  cancel(
    @MessageBody() { tripId, reason }: TripCancelDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<TripView> {
    const by = { kind: TripParty.driver, id: socket.data.principal.userId };
    return viewOf(this.rides.cancel(by, tripId, reason ?? 'driver_cancelled'));
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.tripResume)
  resume(
    @MessageBody() { tripId, version }: TripResumeDto,
    @ConnectedSocket() socket: RealtimeSocket,
  ): Promise<void> {
    return this.delivery.resume(socket, tripId, version ?? undefined);
  }
}

async function viewOf(outcome: Promise<TripOutcome>): Promise<TripView> {
  return toTripView((await outcome).trip);
}
