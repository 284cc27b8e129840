import { Injectable } from '@nestjs/common';
import { NoDriversReason, TripStatus, type TripActor } from '#libs/contracts';
import { type SearchOverrides } from '../machine/trip-command.js';
import { TripsService, type TripOutcome } from '../trips.service.js';
import { RidesService } from './rides.service.js';

export interface StatusOverride {
  target: TripStatus;
  reason: string;
  note?: string | undefined;
  distanceMeters?: number | undefined;
  durationMs?: number | undefined;
  /** Minor units, instead of what the price policy says. */
  fareTotal?: number | undefined;
}

/** What dispatchers do to trips by hand; each leaves its reason in the audit trail. */
@Injectable()
export class DispatcherActions {
  constructor(
    private readonly trips: TripsService,
    private readonly rides: RidesService,
  ) {}

  retryMatching(
    actor: TripActor,
    tripId: string,
    reason: string,
    wanted: SearchOverrides,
  ): Promise<TripOutcome> {
    return this.trips.apply(tripId, { kind: 'retryMatching', actor, reason, wanted });
  }

  markNoDrivers(
    actor: TripActor,
    tripId: string,
    reason: string,
    note?: string,
  ): Promise<TripOutcome> {
    return this.trips.apply(tripId, {
      kind: 'noDrivers',
      actor,
      reason: reason || NoDriversReason.markedByAdmin,
      note,
    });
  }

  cancel(actor: TripActor, tripId: string, reason: string, note?: string): Promise<TripOutcome> {
    return this.rides.cancel(actor, tripId, reason, note);
  }

  async override(actor: TripActor, tripId: string, wanted: StatusOverride): Promise<TripOutcome> {
    const { target, reason, note, distanceMeters, durationMs, fareTotal } = wanted;
    const command = { kind: 'override', actor, target, reason, note } as const;
    if (target !== TripStatus.completed) {
      return this.trips.apply(tripId, { ...command, final: null });
    }
    const trip = await this.trips.get(tripId);
    const final = await this.rides.finalOf(trip, {
      ...(distanceMeters === undefined ? {} : { distanceMeters }),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...(fareTotal === undefined ? {} : { fareTotal }),
    });
    return this.rides.end(trip, { ...command, final }, () => this.override(actor, tripId, wanted));
  }

  sendMessage(
    actor: TripActor,
    tripId: string,
    target: 'passenger' | 'driver' | 'both',
    message: string,
  ): Promise<TripOutcome> {
    return this.trips.apply(tripId, { kind: 'message', actor, target, message });
  }
}
