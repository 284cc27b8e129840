import { Inject, Injectable } from '@nestjs/common';
import { qualityConfig, type ConfigType } from '#libs/config';
import {
  adminFeedRoom,
  FeedMode,
  type DriverLocationBatch,
  type DriverOffline,
  type FactName,
  type FactPayload,
} from '#libs/contracts';
import {
  toDriverSnapshot,
  toFramedPosition,
  toLocationUpdate,
  toQualityUpdate,
  toTripUpdate,
  type FleetChanges,
} from '#libs/fleet';
import { DeliveryDelays } from '#libs/observability';
import { Outbox } from '../socket/sending/outbox.js';

const EVENTS_ROOM = adminFeedRoom(FeedMode.events);
const FRAMES_ROOM = adminFeedRoom(FeedMode.frames);

/** Tells the dispatchers who follow all drivers what has changed in a tick. */
@Injectable()
export class FleetFacts {
  constructor(
    @Inject(qualityConfig.KEY) private readonly quality: ConfigType<typeof qualityConfig>,
    private readonly outbox: Outbox,
    private readonly delays: DeliveryDelays,
  ) {}

  tell(changes: FleetChanges, now: number): void {
    const { admin } = this.outbox;
    // Those who look through a viewport are shown them in this tick as well.
    for (const { position } of changes.positions)
      this.delays.note('positions', position!.receivedAt, now);
    if (!admin.hasLocal(EVENTS_ROOM) && !admin.hasLocal(FRAMES_ROOM)) return;
    for (const driver of changes.availability) {
      const snapshot = toDriverSnapshot(driver);
      this.send('driver:availability:update', snapshot);
      this.send('admin:driver:availability:update', snapshot);
    }
    for (const driver of changes.trips)
      this.send('driver:trip:update', toTripUpdate(toDriverSnapshot(driver)));
    for (const driverId of changes.offline) {
      const at = new Date(now).toISOString();
      const fact: DriverOffline = { driverId, reason: 'LEASE_LAPSED', at };
      this.send('driver:offline', fact);
    }
    if (changes.positions.length > 0) this.tellPositions(changes.positions, now);
    for (const change of changes.qualities)
      this.send('driver:quality:update', toQualityUpdate(change, now));
  }

  private tellPositions(moved: FleetChanges['positions'], now: number): void {
    const { admin } = this.outbox;
    const drivers = moved.map(({ record, position }) =>
      toFramedPosition(record.id, position!, now, this.quality),
    );
    if (admin.hasLocal(FRAMES_ROOM)) {
      const batch: DriverLocationBatch = { at: now, drivers };
      admin.toLocal(FRAMES_ROOM, 'driver:location:batch', batch);
    }
    if (!admin.hasLocal(EVENTS_ROOM)) return;
    for (const frame of drivers)
      admin.toLocal(EVENTS_ROOM, 'driver:location:update', toLocationUpdate(frame));
  }

  private send<E extends FactName<'/admin'>>(event: E, payload: FactPayload<'/admin', E>): void {
    this.outbox.admin.toLocal([EVENTS_ROOM, FRAMES_ROOM], event, payload);
  }
}
