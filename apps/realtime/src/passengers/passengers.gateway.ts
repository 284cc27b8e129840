import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  Namespace,
  NearbySubscribeDto,
  PassengersRequest,
  type NearbySubscribed,
} from '#libs/contracts';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { NearbyCarsBroadcast, type PassengerSocket } from './nearby-cars-broadcast.js';

@WebSocketGateway({ namespace: Namespace.passengers })
export class PassengersGateway {
  constructor(private readonly nearbyCars: NearbyCarsBroadcast) {}

  @RequestCost(5)
  @SubscribeMessage(PassengersRequest.nearbySubscribe)
  subscribeNearby(
    @MessageBody() center: NearbySubscribeDto,
    @ConnectedSocket() socket: PassengerSocket,
  ): NearbySubscribed {
    return this.nearbyCars.watch(socket, center);
  }

  @SubscribeMessage(PassengersRequest.nearbyUnsubscribe)
  unsubscribeNearby(@ConnectedSocket() socket: PassengerSocket): void {
    this.nearbyCars.forget(socket);
  }
}
