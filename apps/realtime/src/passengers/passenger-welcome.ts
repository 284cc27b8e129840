import { Injectable } from '@nestjs/common';
import { Namespace } from '#libs/contracts';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';
import { TripDelivery } from '../trips/trip-delivery.js';
import { NearbyCarsBroadcast, type PassengerSocket } from './nearby-cars-broadcast.js';

/** Welcomes a passenger: follows its channel, says `hello`, sends its trips. */
@Injectable()
@Welcomes(Namespace.passengers)
export class PassengerWelcome implements NamespaceWelcome {
  constructor(
    private readonly channels: PersonalChannels,
    private readonly trips: TripDelivery,
    private readonly nearbyCars: NearbyCarsBroadcast,
  ) {}

  async welcome(socket: PassengerSocket): Promise<void> {
    await this.channels.join(socket);
    if (!socket.connected) return;
    sayHello(socket);
    await this.trips.add(socket);
  }

  async farewell(socket: PassengerSocket): Promise<void> {
    this.nearbyCars.forget(socket);
    this.trips.remove(socket);
    await this.channels.leave(socket);
  }
}
