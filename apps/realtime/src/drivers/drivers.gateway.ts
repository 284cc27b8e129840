import { type OnModuleInit } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  ADMIN_DRIVERS_ROOM,
  driverRoom,
  DriverLocationPingDto,
  DriversRequest,
  DriverStatusUpdateDto,
  DriverTripSetDto,
  Namespace,
  type AvailabilitySnapshot,
  type DriversServerToClient,
  type LocationPingResult,
} from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { toTripUpdate } from '#libs/fleet';
import { FixNotices, LocationService, ReportingDevice } from '#libs/location';
import { Log } from '#libs/observability';
import { Odometer } from '#libs/trips';
import { sayHello } from '../socket/connection/welcome.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { EncodeAnswer, RequestCost } from '../socket/request/request-policy.decorator.js';
import { Outbox } from '../socket/sending/outbox.js';
import { LeaseKeeper } from './lease-keeper.js';
import { encodePingResult } from './ping-answer.js';

type DriverSocket = RealtimeSocket<DriversServerToClient>;

@WebSocketGateway({ namespace: Namespace.drivers })
export class DriversGateway implements OnModuleInit {
  private readonly devices = new Map<DriverSocket, ReportingDevice>();

  constructor(
    private readonly availability: AvailabilityService,
    private readonly locations: LocationService,
    private readonly fixNotices: FixNotices,
    private readonly odometer: Odometer,
    private readonly leases: LeaseKeeper,
    private readonly outbox: Outbox,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.fixNotices.onRefused((notice) =>
      this.outbox.admin.toRoom(ADMIN_DRIVERS_ROOM, 'driver:fix:refused', notice),
    );
  }

  async handleConnection(socket: DriverSocket): Promise<void> {
    const { userId } = socket.data.principal;
    // Joined before it is read: what changes from then on comes by the room.
    await socket.join(driverRoom(userId));
    // A newer connection of the driver may be greeted already: its epoch must stay the newest.
    if (!socket.connected) return;
    const { epoch, snapshot, clockAheadMs } = await this.availability.connect(userId);
    const { connection } = socket.data;
    connection.epoch = epoch;
    connection.shownTripId = snapshot.currentTripId;
    if (socket.connected) this.devices.set(socket, new ReportingDevice(clockAheadMs));
    this.leases.add(socket);
    sayHello(socket, { epoch });
    this.outbox.drivers.toSocket(socket, 'driver:availability:update', snapshot);
  }

  async handleDisconnect(socket: DriverSocket): Promise<void> {
    this.leases.remove(socket);
    this.devices.delete(socket);
    this.odometer.forget(socket.data.principal.userId);
    const { epoch } = socket.data.connection;
    if (epoch > 0) await this.availability.disconnect(socket.data.principal.userId, epoch);
  }

  @RequestCost(1, 10)
  @EncodeAnswer(encodePingResult)
  @SubscribeMessage(DriversRequest.locationPing)
  recordLocation(
    @MessageBody() ping: DriverLocationPingDto,
    @ConnectedSocket() socket: DriverSocket,
  ): Promise<LocationPingResult> {
    const { principal, connection } = socket.data;
    const { userId } = principal;
    const recorded = this.locations.recordOrRefuse(
      userId,
      ping.fixes,
      connection.epoch,
      this.devices.get(socket),
    );
    if (!this.odometer.isLookDue(userId, ping.fixes.length)) return recorded;
    return this.rememberRide(userId, recorded);
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.statusUpdate)
  async updateStatus(
    @MessageBody() request: DriverStatusUpdateDto,
    @ConnectedSocket() socket: DriverSocket,
  ): Promise<AvailabilitySnapshot> {
    const { userId } = socket.data.principal;
    const snapshot = await this.availability.updateStatus(userId, request);
    this.outbox.toDriver(userId, 'driver:availability:update', snapshot);
    return snapshot;
  }

  @RequestCost(2)
  @SubscribeMessage(DriversRequest.tripSet)
  async setTrip(
    @MessageBody() request: DriverTripSetDto,
    @ConnectedSocket() socket: DriverSocket,
  ): Promise<AvailabilitySnapshot> {
    const { userId } = socket.data.principal;
    const snapshot = await this.availability.setTrip(userId, request.currentTripId);
    this.outbox.toDriver(userId, 'driver:trip:update', toTripUpdate(snapshot));
    this.outbox.toDriver(userId, 'driver:availability:update', snapshot);
    return snapshot;
  }

  /** The client sends its next fixes after the answer: none of a long buffer is lost to the fare. */
  private async rememberRide(
    driverId: string,
    recorded: Promise<LocationPingResult>,
  ): Promise<LocationPingResult> {
    const result = await recorded;
    await this.odometer.keepFixesOf(driverId).catch((error: unknown) => {
      this.log.warn({ driverId, err: error }, 'the newest fixes of a ride are not kept yet');
    });
    return result;
  }
}
