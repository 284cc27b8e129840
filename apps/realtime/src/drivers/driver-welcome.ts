import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SessionEnder } from '#libs/auth';
import { Namespace } from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { ReportingDevice } from '#libs/location';
import { Odometer } from '#libs/trips';
import {
  sayHello,
  Welcomes,
  type NamespaceWelcome,
} from '../socket/connection/namespace-welcome.js';
import { PersonalChannels } from '../socket/sending/personal-channels.js';
import { TripDelivery } from '../trips/trip-delivery.js';
import { type DriverSocket } from './drivers.gateway.js';
import { LeaseKeeper } from './lease-keeper.js';

/** Welcomes a driver: follows its channel, takes its lease, says `hello`, sends its state and trips. */
@Injectable()
@Welcomes(Namespace.drivers)
export class DriverWelcome implements NamespaceWelcome, OnModuleInit {
  constructor(
    private readonly channels: PersonalChannels,
    private readonly availability: AvailabilityService,
    private readonly leases: LeaseKeeper,
    private readonly trips: TripDelivery,
    private readonly odometer: Odometer,
    private readonly sessionEnder: SessionEnder,
  ) {}

  onModuleInit(): void {
    this.sessionEnder.onLeave((userId, at) => this.availability.withdraw(userId, at));
  }

  async welcome(socket: DriverSocket): Promise<void> {
    const { userId } = socket.data.principal;
    // Followed before anything is read: what changes from then on comes by the channel (FAN2).
    await this.channels.join(socket);
    // A newer connection of the driver may be greeted already: its epoch must stay the newest.
    if (!socket.connected) return;
    const { epoch, snapshot, clockAheadMs } = await this.availability.connect(userId);
    this.leases.add(socket, epoch, new ReportingDevice(clockAheadMs));
    sayHello(socket, { epoch }, { event: 'driver:availability:update', payload: snapshot });
    if (socket.connected) await this.trips.add(socket, snapshot.currentTripId);
  }

  async farewell(socket: DriverSocket): Promise<void> {
    this.trips.remove(socket);
    this.odometer.forget(socket.data.principal.userId);
    const epoch = this.leases.remove(socket);
    await Promise.all([
      epoch > 0 && this.availability.disconnect(socket.data.principal.userId, epoch),
      this.channels.leave(socket),
    ]);
  }
}
