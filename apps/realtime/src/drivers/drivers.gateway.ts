import { type OnModuleInit } from '@nestjs/common';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import {
  ADMIN_DRIVERS_ROOM,
  DriverLocationPingDto,
  DriversRequest,
  DriverStatusUpdateDto,
  DriverTripSetDto,
  Namespace,
  type AvailabilitySnapshot,
  type DriversServerToClient,
  type LocationPingResult,
  type FixResult,
} from '#libs/contracts';
import { AvailabilityService } from '#libs/drivers';
import { toTripUpdate } from '#libs/fleet';
import { FixNotices, LocationService } from '#libs/location';
import { Log } from '#libs/observability';
import { Odometer } from '#libs/trips';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import { EncodeAnswer, RequestCost } from '../socket/request/request-policy.decorator.js';
import { Outbox } from '../socket/sending/outbox.js';
import { LeaseKeeper } from './lease-keeper.js';

export type DriverSocket = RealtimeSocket<DriversServerToClient>;

@WebSocketGateway({ namespace: Namespace.drivers })
export class DriversGateway implements OnModuleInit {
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

  @RequestCost(1, 10)
  @EncodeAnswer(encodePingResult)
  @SubscribeMessage(DriversRequest.locationPing)
  recordLocation(
    @MessageBody() ping: DriverLocationPingDto,
    @ConnectedSocket() socket: DriverSocket,
  ): Promise<LocationPingResult> {
    const { userId } = socket.data.principal;
    const kept = this.leases.keptOf(socket);
    const recorded = this.locations.recordOrRefuse(
      userId,
      ping.fixes,
      kept?.epoch ?? 0,
      kept?.device,
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

/** The answer to a ping as JSON: there are more of these than of all other messages together. */
export function encodePingResult({ results, serverTime }: LocationPingResult): string {
  let list = '';
  for (const result of results) list += (list === '' ? '' : ',') + encodeFixResult(result);
  return `{"results":[${list}],"serverTime":${serverTime}}`;
}

/** Verdicts and reasons come from closed sets: nothing in them has to be escaped. */
function encodeFixResult({ verdict, reason, sequence }: FixResult): string {
  const reasonField = reason === undefined ? '' : `,"reason":"${reason}"`;
  const sequenceField = sequence === undefined ? '' : `,"sequence":${sequence}`;
  return `{"verdict":"${verdict}"${reasonField}${sequenceField}}`;
}
