import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, travelConfig, tripsConfig, type ConfigType } from '#libs/config';
import { FrameKind, Namespace } from '#libs/contracts';
import { type StoredPosition } from '#libs/location';
import {
  type DriverPicture,
  DriverPositions,
  nextPicture,
  progressOf,
  type TripLeg,
  type TripProgress,
  TripsService,
  toDriverEnRouteUpdate,
  toSharedPosition,
  toTripDriverLocation,
} from '#libs/trips';
import { sendPacket } from '../socket/engine/send-packet.js';
import { type RealtimeSocket } from '../socket/realtime-socket.js';
import {
  FrameLoops,
  type FrameLoop,
  type Show,
  type Viewer,
} from '../socket/sending/frame-loop.js';

/** A socket that is shown the driver of a trip. */
interface Follower extends Viewer {
  trip: FollowedTrip;
  /** The number of the picture that it was sent; 0 for none. */
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

/** Where a driver was found in a tick. */
interface FoundDriver {
  driverId: string;
  position: StoredPosition;
  frames: DriverFrames | undefined;
}

/** Whoever has this much unread misses frames, and gets the newest when it has read (SLOW1). */
const MAX_UNREAD_BYTES = 32 * 1024;

/**
 * Shows passengers and dispatchers on this instance the driver of their trip: one read a tick for all
 * trips that are followed here, and one frame a trip at most.
 */
@Injectable()
export class DriverFollowing {
  private readonly trips = new Map<string, FollowedTrip>();
  private readonly loop: FrameLoop<Follower>;

  constructor(
    @Inject(tripsConfig.KEY) tripSettings: ConfigType<typeof tripsConfig>,
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
    @Inject(travelConfig.KEY) private readonly travel: ConfigType<typeof travelConfig>,
    private readonly driverPositions: DriverPositions,
    private readonly tripsService: TripsService,
    loops: FrameLoops,
  ) {
    this.loop = loops.open({
      name: 'showing the drivers of trips',
      kind: FrameKind.tripDriver,
      tickMs: tripSettings.followTickMs,
      behindBytes: MAX_UNREAD_BYTES,
      caughtUpBytes: MAX_UNREAD_BYTES,
      look: (due, now) => this.look(due, now),
      // A picture says all: the newest one makes up for those that were missed.
      startOver: () => undefined,
    });
  }

  /**
   * What has become known of a trip. From here on these sockets, which may see it, follow its driver
   * besides those that do; a trip without a driver is followed by nobody until the next call.
   */
  update(progress: TripProgress, sockets: Iterable<RealtimeSocket>): void {
    const { tripId, version, leg, toldEtaMinutes } = progress;
    let trip = this.trips.get(tripId);
    const isOutdated = trip !== undefined && version < trip.version;
    if (!isOutdated && leg === null) {
      this.end(tripId);
      return;
    }
    if (trip && !isOutdated && trip.leg.driverId !== leg!.driverId) {
      for (const follower of trip.followers.values()) follower.etaMinutes = null;
    }
    for (const socket of sockets) {
      if (!trip) {
        trip = { tripId, version, leg: leg!, picture: undefined, followers: new Map() };
        this.trips.set(tripId, trip);
      }
      const follower = trip.followers.get(socket) ?? this.follow(socket, trip);
      if (toldEtaMinutes !== undefined) follower.etaMinutes = toldEtaMinutes;
    }
    if (!trip || isOutdated) return;
    trip.version = version;
    trip.leg = leg!;
  }

  leave(socket: RealtimeSocket, tripId: string): void {
    const trip = this.trips.get(tripId);
    const follower = trip?.followers.get(socket);
    if (!trip || !follower) return;
    trip.followers.delete(socket);
    this.loop.delete(follower);
    if (trip.followers.size === 0) this.trips.delete(tripId);
  }

  private follow(socket: RealtimeSocket, trip: FollowedTrip): Follower {
    const follower = { socket, trip, seen: 0, etaMinutes: null, isBehind: false };
    trip.followers.set(socket, follower);
    this.loop.add(follower);
    return follower;
  }

  private end(tripId: string): void {
    for (const follower of this.trips.get(tripId)?.followers.values() ?? [])
      this.loop.delete(follower);
    this.trips.delete(tripId);
  }

  private async look(due: readonly Follower[], now: number): Promise<Show<Follower> | undefined> {
    const trips = [...new Set(due.map(({ trip }) => trip))];
    if (trips.length === 0) return undefined;
    const asked = trips.map(({ tripId, leg }) => ({ tripId, driverId: leg.driverId }));
    const positions = await this.driverPositions.read(asked);
    const found = new Map<FollowedTrip, FoundDriver>();
    for (const [i, { tripId, driverId }] of asked.entries()) {
      const position = positions[i]!;
      if (position === 'elsewhere') await this.readAgain(tripId);
      else if (position !== null) found.set(trips[i]!, { driverId, position, frames: undefined });
    }
    return (follower) => {
      const foundDriver = found.get(follower.trip);
      // The trip may have got another driver meanwhile (LEAK1).
      if (foundDriver?.driverId === follower.trip.leg.driverId)
        this.show(follower, foundDriver, now);
    };
  }

  private show(follower: Follower, foundDriver: FoundDriver, now: number): void {
    const { socket, trip } = follower;
    const { conn, nsp } = socket;
    const { leg } = trip;
    if (!foundDriver.frames) {
      const settings = { quality: this.quality, assumedSpeedKmh: this.travel.assumedSpeedKmh };
      trip.picture = nextPicture(trip.picture, leg, foundDriver.position, now, settings);
      foundDriver.frames = new DriverFrames(trip.tripId, trip.picture);
    }
    const { frames } = foundDriver;
    if (follower.seen !== frames.picture.sequence) {
      follower.seen = frames.picture.sequence;
      sendPacket(conn, frames.location(nsp.name));
    }
    if (nsp.name === Namespace.tracking) return;
    if (leg.isEnRoute && follower.etaMinutes !== frames.picture.etaMinutes) {
      follower.etaMinutes = frames.picture.etaMinutes;
      sendPacket(conn, frames.enRoute(nsp.name));
    }
  }

  /** The driver's record differs from what was announced here: the trip decides. */
  private async readAgain(tripId: string): Promise<void> {
    const trip = await this.tripsService.find(tripId);
    if (trip) this.update(progressOf(trip), []);
    else this.end(tripId);
  }
}

/**
 * The Socket.IO packets about one picture of a driver, as `emit` would have made them: encoded when
 * first needed and once, however many people follow the trip.
 */
class DriverFrames {
  private locationJson: string | undefined;
  private enRouteJson: string | undefined;
  private sharedJson: string | undefined;

  constructor(
    private readonly tripId: string,
    readonly picture: DriverPicture,
  ) {}

  location(namespace: string): string {
    if (namespace === Namespace.tracking) return this.shared();
    this.locationJson ??= JSON.stringify([
      'trip:driver_location',
      toTripDriverLocation(this.tripId, this.picture),
    ]);
    return `2${namespace},${this.locationJson}`;
  }

  /** For strangers whom the passenger lets follow: without ids of the trip and the driver. */
  private shared(): string {
    this.sharedJson ??= JSON.stringify(['share:position', toSharedPosition(this.picture)]);
    return `2${Namespace.tracking},${this.sharedJson}`;
  }

  enRoute(namespace: string): string {
    this.enRouteJson ??= JSON.stringify([
      'trip:driver_en_route',
      toDriverEnRouteUpdate(this.tripId, this.picture),
    ]);
    return `2${namespace},${this.enRouteJson}`;
  }
}
