import { Inject, Injectable } from '@nestjs/common';
import { locationConfig, type ConfigType } from '#libs/config';
import { MAX_FIXES_PER_PING, TripStatus } from '#libs/contracts';
import { LocationService, type StoredPosition } from '#libs/location';
import { mergeTracks, RideTrackStore } from '../store/ride-track.store.js';
import { type TripRecord } from '../store/trip-record.js';
import { TripTimer } from '../timers/trip-timer.js';
import { TripTimers } from '../timers/trip-timers.js';
import { TripsService } from '../trips.service.js';
import { believedWay, lengthOf, settleWay, type SettledWay, type WayPoint } from './driven-way.js';
import { fixesByDevice } from './fixes-by-device.js';

/** Fixes of one ride that are kept; of a longer one the older half is settled, and then final. */
const LONGEST_TRACK = 5_000;
/**
 * After this many fixes of a driver the odometer copies them into the track of the ride. Together with
 * the largest ping they are fewer than the shortest sensible LOCATION_HISTORY_LENGTH keeps.
 */
const FIXES_BETWEEN_LOOKS = 100;
/** The newest fixes may still get another time, when the clock of their phone turns out to be wrong. */
const MOST_DOUBTFUL_FIXES = 100;
/** The most fixes that may come before the next look: the last ping may be the largest one. */
const FIXES_UNTIL_LOOK = FIXES_BETWEEN_LOOKS + MAX_FIXES_PER_PING;
const DOUBTFUL_FOR_MS = 60_000;

export interface DrivenSoFar {
  meters: number;
  /** Up to this fix, epoch ms. */
  until: number;
  /** False when there are not even two fixes of the ride. */
  isMeasured: boolean;
}

/**
 * What has been driven with the passenger, along the believed fixes of the driver. It is summed up
 * anew from all fixes of the ride each time: when and in which order they came changes nothing. Of
 * several devices of the driver the one that went furthest counts.
 */
@Injectable()
export class Odometer {
  /** Fixes of each driver since they were last taken over. */
  private readonly untaken = new Map<string, number>();

  constructor(
    @Inject(locationConfig.KEY) private readonly movement: ConfigType<typeof locationConfig>,
    private readonly locations: LocationService,
    private readonly tracks: RideTrackStore,
    private readonly trips: TripsService,
    timers: TripTimers,
  ) {
    timers.register(TripTimer.odometer, (tripId) => this.note(tripId));
  }

  async read(trip: TripRecord): Promise<DrivenSoFar> {
    const { settled } = trip.odometer;
    return drivenAlong(settled, await this.readWay(trip));
  }

  /** Takes the newest fixes over and notes how far the ride has come. */
  async note(tripId: string): Promise<void> {
    const trip = await this.trips.find(tripId);
    if (trip?.status !== TripStatus.inProgress) return;
    await this.take(trip);
    const before = trip.odometer.settled;
    const way = await this.readWay(trip);
    const { meters, until } = drivenAlong(before, way);
    const settled = settleWay(before, way, LONGEST_TRACK);
    const { changed } = await this.trips.apply(trip, (current) =>
      current.status === TripStatus.inProgress &&
      current.odometer.settled?.last.timestamp === before?.last.timestamp
        ? { kind: 'measure', meters, until, settled }
        : null,
    );
    // Only now: what is settled is not read any more.
    if (changed && settled && settled !== before)
      await this.tracks.forgetUntil(tripId, settled.last.timestamp);
  }

  /** Counts fixes that come; true when `keepFixesOf` is due, before the history forgets the oldest. */
  isLookDue(driverId: string, fixes: number): boolean {
    const untaken = (this.untaken.get(driverId) ?? 0) + fixes;
    if (untaken < FIXES_BETWEEN_LOOKS) {
      this.untaken.set(driverId, untaken);
      return false;
    }
    this.untaken.delete(driverId);
    return true;
  }

  /** Stops counting the fixes of a driver who has left. */
  forget(driverId: string): void {
    this.untaken.delete(driverId);
  }

  /** Takes the fixes of a driver over into the track of its ride, if it is on one. */
  async keepFixesOf(driverId: string): Promise<void> {
    const trip = await this.trips.ofDriver(driverId);
    if (trip?.status === TripStatus.inProgress) await this.take(trip);
  }

  private async take(trip: TripRecord): Promise<void> {
    const fixes = await this.readHistory(trip);
    const byReceipt = fixes.toSorted((a, b) => a.receivedAt - b.receivedAt);
    const certainUntil = Date.now() - DOUBTFUL_FOR_MS;
    // A fix that the history is about to forget is taken as it is: better than not at all.
    const kept = this.movement.historyLength - FIXES_UNTIL_LOOK;
    const doubtful = Math.max(0, Math.min(MOST_DOUBTFUL_FIXES, kept));
    const certain = byReceipt.filter(
      ({ receivedAt }, i) => i < byReceipt.length - doubtful || receivedAt < certainUntil,
    );
    await this.tracks.add(trip.id, certain);
  }

  private async readWay(trip: TripRecord): Promise<WayPoint[]> {
    const { settled } = trip.odometer;
    // In this order: what the history forgets meanwhile has been taken over before.
    const recent = await this.readHistory(trip);
    const track = trip.startedAt > 0 ? await this.tracks.read(trip.id) : [];
    const from = settled?.last ?? null;
    const fixes = mergeTracks(track, recent).filter(
      ({ timestamp }) => from === null || timestamp > from.timestamp,
    );
    const ways = fixesByDevice(fixes).map((each) => believedWay(each, from, this.movement));
    return ways.reduce((longest, way) => (lengthOf(way) > lengthOf(longest) ? way : longest));
  }

  /** Before the start of the ride nothing the driver drove is the passenger's. */
  private async readHistory({ driverId, startedAt }: TripRecord): Promise<StoredPosition[]> {
    if (driverId === null || startedAt === 0) return [];
    return this.locations.history(driverId, startedAt, Number.MAX_SAFE_INTEGER);
  }
}

function drivenAlong(settled: SettledWay | null, way: readonly WayPoint[]): DrivenSoFar {
  return {
    meters: (settled?.meters ?? 0) + lengthOf(way),
    until: way.at(-1)?.timestamp ?? 0,
    isMeasured: settled !== null || way.length > 1,
  };
}
