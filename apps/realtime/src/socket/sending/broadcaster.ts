import { Injectable } from '@nestjs/common';
import { driverRoom, Namespace, type DriversServerToClient } from '#libs/contracts';
import { SocketServer } from '../engine/socket-server.js';

/** Sends facts to people wherever they are connected; the event decides the payload. */
@Injectable()
export class Broadcaster {
  constructor(private readonly server: SocketServer) {}

  toDriver<Event extends keyof DriversServerToClient>(
    driverId: string,
    event: Event,
    ...payload: Parameters<DriversServerToClient[Event]>
  ): void {
    this.server
      .namespace(Namespace.drivers)
      .to(driverRoom(driverId))
      .emit(event, ...(payload as unknown as never[]));
  }
}
