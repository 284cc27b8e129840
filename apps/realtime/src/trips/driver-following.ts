import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { qualityConfig, travelConfig, tripsConfig, type ConfigType } from '#libs/config';
import { type StoredPosition } from '#libs/location';
import { Log } from '#libs/observability';
import { DeliveryGate } from '#libs/redis';
import {
  type DriverPicture,
  DriverPositions,
  nextPicture,
  progressOf,
  type TripLeg,
  type TripProgress,
  TripsService,
  toDriverEnRouteUpdate,
  toTripDriverLocation,
} from '#libs/trips';
import { unreadBytes } from '../socket/engine/insides.js';
import { sendPacket } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';

/** Whoever has this much unread misses frames, and gets the newest when it has read (SLOW1). */
const BEHIND_BYTES = 32 * 1024;
/** A tick gives way to requests after this much work at a time. */
const SLICE_MS = 4;

/** What a socket was sent of the driver of a trip. */
interface Follower {
  /** The number of the picture; 0 for none. */
  seen: number;
  etaMinutes: number | null;
}

interface FollowedTrip {
  tripId: string;
  version: number;
  leg: TripLeg;
  picture: DriverPicture | undefined;
  followers: Map<RealtimeSocket, Follower>;
}

/**
 * Shows passengers and dispatchers on this instance the driver of their trip: one read a tick for all
 * trips that are followed here, and one frame a trip at most. There is no timer while nobody follows.
 */
@Injectable()
export class DriverFollowing implements OnApplicationShutdown {
  private readonly trips = new Map<string, FollowedTrip>();
  private ticker: NodeJS.Timeout | undefined;
  private ticking: Promise<void> = Promise.resolve();
  private isFailing = false;
  private isShutDown = false;

  constructor(
    @Inject(tripsConfig.KEY) private readonly tripSettings: ConfigType<typeof tripsConfig>,
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
    @Inject(travelConfig.KEY) private readonly travel: ConfigType<typeof travelConfig>,
    private readonly driverPositions: DriverPositions,
    private readonly tripsService: TripsService,
    private readonly gate: DeliveryGate,
    private readonly log: Log,
  ) {}

  /**
   * What has become known of a trip. From here on these sockets, which may see it, follow its driver
   * besides those that do; a trip without a driver is followed by nobody until the next call.
   */
  update(progress: TripProgress, sockets: Iterable<RealtimeSocket>): void {
    const { tripId, version, leg, toldEtaMinutes } = progress;
    let trip = this.trips.get(tripId);
    const isOutdated = trip !== undefined && version < trip.version;
    if (!isOutdated && leg === null) {
      this.trips.delete(tripId);
      return;
    }
    if (trip && !isOutdated && trip.leg.driverId !== leg!.driverId) {
      for (const follower of trip.followers.values()) follower.etaMinutes = null;
    }
    for (const socket of sockets) {
      trip ??= this.begin(tripId, version, leg!);
      const follower = trip.followers.get(socket) ?? { seen: 0, etaMinutes: null };
      if (toldEtaMinutes !== undefined) follower.etaMinutes = toldEtaMinutes;
      trip.followers.set(socket, follower);
    }
    if (!trip || isOutdated) return;
    trip.version = version;
    trip.leg = leg!;
  }

  leave(socket: RealtimeSocket, tripId: string): void {
    const trip = this.trips.get(tripId);
    if (!trip?.followers.delete(socket) || trip.followers.size > 0) return;
    this.trips.delete(tripId);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isShutDown = true;
    this.trips.clear();
    clearTimeout(this.ticker);
    await this.ticking;
  }

  private begin(tripId: string, version: number, leg: TripLeg): FollowedTrip {
    const trip = { tripId, version, leg, picture: undefined, followers: new Map() };
    this.trips.set(tripId, trip);
    if (!this.isShutDown) this.ticker ??= this.tickIn(this.tripSettings.followTickMs);
    return trip;
  }

  private tickIn(pauseMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.ticking = this.tick();
    }, pauseMs);
  }

  /** The next one comes a tick later, or when as much time has passed as this one took. */
  private async tick(): Promise<void> {
    const startedAt = performance.now();
    try {
      await this.showAll();
      this.isFailing = false;
    } catch (error) {
      // All keep the last position.
      if (!this.isFailing) this.log.warn({ err: error }, 'drivers of trips cannot be read');
      this.isFailing = true;
    }
    const tookMs = performance.now() - startedAt;
    const pauseMs = Math.max(this.tripSettings.followTickMs - tookMs, tookMs);
    this.ticker = this.trips.size > 0 ? this.tickIn(pauseMs) : undefined;
  }

  private async showAll(): Promise<void> {
    const asked = [...this.trips.values()].map((trip) => ({
      trip,
      tripId: trip.tripId,
      driverId: trip.leg.driverId,
    }));
    if (asked.length === 0) return;
    const driverPositions = await this.driverPositions.read(asked);
    const outdated: string[] = [];
    const now = Date.now();
    let sliceEndsAt = performance.now() + SLICE_MS;
    for (const [i, { trip, tripId, driverId }] of asked.entries()) {
      if (performance.now() > sliceEndsAt) {
        await nextTurn();
        await this.gate.settled();
        sliceEndsAt = performance.now() + SLICE_MS;
      }
      if (!this.gate.isOpen) return;
      // It may have ended meanwhile, or got another driver (LEAK1).
      if (this.trips.get(tripId) !== trip || trip.leg.driverId !== driverId) continue;
      const position = driverPositions[i]!;
      if (position === 'elsewhere') outdated.push(tripId);
      else if (position !== null) this.show(trip, position, now);
    }
    for (const tripId of outdated) await this.readAgain(tripId);
  }

  private show(trip: FollowedTrip, position: StoredPosition, now: number): void {
    const settings = { quality: this.quality, assumedSpeedKmh: this.travel.assumedSpeedKmh };
    const { leg } = trip;
    const picture = nextPicture(trip.picture, leg, position, now, settings);
    trip.picture = picture;
    const frames = new DriverFrames(trip.tripId, picture);
    for (const [socket, follower] of trip.followers) {
      if (!socket.connected) this.leave(socket, trip.tripId);
      if (!takesFrames(socket)) continue;
      if (follower.seen !== picture.sequence) {
        follower.seen = picture.sequence;
        sendPacket(socket.conn, frames.location(socket.nsp.name));
      }
      if (leg.isEnRoute && follower.etaMinutes !== picture.etaMinutes) {
        follower.etaMinutes = picture.etaMinutes;
        sendPacket(socket.conn, frames.enRoute(socket.nsp.name));
      }
    }
  }

  /** The driver's record differs from what was announced here: the trip decides. */
  private async readAgain(tripId: string): Promise<void> {
    const trip = await this.tripsService.find(tripId);
    if (trip) this.update(progressOf(trip), []);
    else this.trips.delete(tripId);
  }
}

function takesFrames(socket: RealtimeSocket): boolean {
  return socket.connected && !socket.data.connection.closed && unreadBytes(socket) <= BEHIND_BYTES;
}

/**
 * The Socket.IO packets about one picture of a driver, as `emit` would have made them: encoded when
 * first needed and once, however many people follow the trip.
 */
export class DriverFrames {
  private locationJson: string | undefined;
  private enRouteJson: string | undefined;

  constructor(
    private readonly tripId: string,
    private readonly picture: DriverPicture,
  ) {}

  location(namespace: string): string {
    this.locationJson ??= JSON.stringify([
      'trip:driver_location',
      toTripDriverLocation(this.tripId, this.picture),
    ]);
    return `2${namespace},${this.locationJson}`;
  }

  enRoute(namespace: string): string {
    this.enRouteJson ??= JSON.stringify([
      'trip:driver_en_route',
      toDriverEnRouteUpdate(this.tripId, this.picture),
    ]);
    return `2${namespace},${this.enRouteJson}`;
  }
}
