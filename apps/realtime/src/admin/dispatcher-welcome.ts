import { Injectable } from '@nestjs/common';
import { ADMIN_ALL_ROOM, ADMIN_DRIVERS_ROOM, ADMIN_TRIPS_ROOM, Namespace } from '#libs/contracts';
import { Cursors, DESK } from '../cursors/cursors.js';
import { FleetBroadcast } from '../fleet/fleet-broadcast.js';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';
import { DispatcherTrips } from '../trips/dispatcher-trips.js';

/** Welcomes a dispatcher: follows its channel and rooms, says `hello`, starts the fleet's feed, sends trips. */
@Injectable()
@Welcomes(Namespace.admin)
export class DispatcherWelcome implements NamespaceWelcome {
  constructor(
    private readonly channels: PersonalChannels,
    private readonly cursors: Cursors,
    private readonly fleet: FleetBroadcast,
    private readonly trips: DispatcherTrips,
  ) {}

  async welcome(socket: RealtimeSocket): Promise<void> {
    const { feed, viewport } = socket.data.connection.options;
    await Promise.all([
      this.channels.join(socket),
      this.cursors.join(socket, DESK.boardId, DESK.channelId),
      socket.join([ADMIN_ALL_ROOM, ADMIN_DRIVERS_ROOM, ADMIN_TRIPS_ROOM]),
    ]);
    if (!socket.connected) return;
    sayHello(socket);
    this.fleet.add(socket, viewport ? null : feed);
    if (viewport) this.fleet.setViewport(socket, viewport);
    await this.trips.add(socket);
  }

  async farewell(socket: RealtimeSocket): Promise<void> {
    this.fleet.remove(socket);
    await Promise.all([
      this.trips.remove(socket),
      this.cursors.leave(socket, DESK.boardId),
      this.channels.leave(socket),
    ]);
  }
}
