import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  Namespace,
  NearbySubscribeDto,
  passengerRoom,
  PassengersRequest,
  type NearbySubscribed,
} from '#libs/contracts';
import { sayHello } from '../socket/connection/welcome.js';
import { RequestCost } from '../socket/request/request-policy.decorator.js';
import { NearbyCarsBroadcast, type PassengerSocket } from './nearby-cars-broadcast.js';

@WebSocketGateway({ namespace: Namespace.passengers })
export class PassengersGateway {
  constructor(private readonly nearbyCars: NearbyCarsBroadcast) {}

  async handleConnection(socket: PassengerSocket): Promise<void> {
    await socket.join(passengerRoom(socket.data.principal.userId));
    sayHello(socket);
  }

  handleDisconnect(socket: PassengerSocket): void {
    this.nearbyCars.forget(socket);
  }

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
