import { createHash, randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccountsService, type Account } from '#libs/accounts';
import { travelConfig, tripsConfig, type ConfigType } from '#libs/config';
import {
  AccountStatus,
  OfferRejection,
  RequestError,
  TripParty,
  UserType,
  type FareBreakdown,
  type TripActor,
  type TripRequestDto,
} from '#libs/contracts';
import { FaresService } from '#libs/fares';
import { distanceMeters, estimateTravel, type Point } from '#libs/location';
import { tripNotFound } from '../machine/refusals.js';
import { type TripCommand } from '../machine/trip-command.js';
import { tripIdOf, type FinalRecord, type TripRecord } from '../store/trip-record.js';
import { type NamedRequest } from '../store/trips.store.js';
import { TripClock } from '../timers/trip-clock.js';
import { DriverTakenError, TripsService, type TripOutcome } from '../trips.service.js';
import { Odometer } from './odometer.js';
import { toDriverCard, toPassengerCard } from '../trip-view.js';
import { Waiting } from './waiting.js';

/** What passengers and drivers do with trips. */
@Injectable()
export class RidesService {
  constructor(
    @Inject(travelConfig.KEY) private readonly travelSettings: ConfigType<typeof travelConfig>,
    @Inject(tripsConfig.KEY) private readonly tripSettings: ConfigType<typeof tripsConfig>,
    private readonly trips: TripsService,
    private readonly accounts: AccountsService,
    private readonly fares: FaresService,
    private readonly odometer: Odometer,
    private readonly waiting: Waiting,
    private readonly clock: TripClock,
  ) {}

  /**
   * What the trip would cost, requested now.
   * @throws RequestError VALIDATION_FAILED for a ride that nobody drives
   */
  async estimate({ pickup, stops }: TripRequestDto): Promise<FareBreakdown> {
    assertDrivable([pickup, ...stops], this.tripSettings.maxRideKm);
    return this.fares.estimate({ pickup, stops });
  }

  /**
   * @param key the Idempotency-Key of the passenger, if any; one in the request counts as well
   * @throws RequestError FORBIDDEN, TRIP_ACTIVE, IDEMPOTENCY_KEY_REUSED
   */
  async request(passengerId: string, dto: TripRequestDto, key?: string): Promise<TripOutcome> {
    if (dto.passengerId !== null && dto.passengerId !== passengerId) {
      throw new RequestError('FORBIDDEN', { message: 'A trip is requested for oneself only.' });
    }
    return this.begin(
      passengerId,
      await this.accounts.find(passengerId),
      dto,
      this.named(dto, key),
    );
  }

  /**
   * A dispatcher requests a trip for somebody who is on the phone. Its keys are its own: an app of the
   * passenger may have used the same.
   * @throws RequestError NOT_FOUND, CONFLICT, TRIP_ACTIVE, IDEMPOTENCY_KEY_REUSED, RATE_LIMITED
   */
  async requestFor(by: TripActor, dto: TripRequestDto, key?: string): Promise<TripOutcome> {
    const passengerId = dto.passengerId ?? '';
    const account = await this.accounts.get(passengerId);
    assertMayRide(account);
    const named = this.named(dto, key);
    const own = named && { ...named, key: `dispatcher.${named.key}` };
    return this.begin(passengerId, account, dto, own, by);
  }

  private async begin(
    passengerId: string,
    account: Account | undefined,
    dto: TripRequestDto,
    named: NamedRequest | undefined,
    by?: TripActor,
  ): Promise<TripOutcome> {
    const fare = await this.estimate(dto);
    return this.trips.request(
      {
        tripId: randomUUID(),
        ...(by ? { by } : {}),
        passenger: toPassengerCard(passengerId, account),
        paymentMode: dto.paymentMode,
        pickup: dto.pickup,
        stops: dto.stops,
        vehicleCategoryId: dto.vehicleCategoryId,
        serviceClassId: dto.serviceClassId,
        estimate: {
          total: fare.total,
          currency: fare.currency,
          distanceMeters: fare.distanceMeters,
          durationMs: fare.durationMs,
          surgeBasisPoints: fare.surgeBasisPoints,
        },
      },
      named,
    );
  }

  /**
   * The app of the driver says that the offer has come.
   * @param isAssumed the server takes it for delivered to an app that never says so
   * @throws RequestError one about the assignment
   */
  async confirmOffer(driverId: string, assignmentId: string, isAssumed = false): Promise<void> {
    await this.ofAssignment(() =>
      this.trips.apply(tripIdOf(assignmentId), {
        kind: 'confirmDelivery',
        assignmentId,
        driverId,
        isAssumed,
      }),
    );
  }

  /** @throws RequestError one about the assignment; DRIVER_ON_TRIP */
  async acceptOffer(driverId: string, assignmentId: string): Promise<TripOutcome> {
    const account = await this.accounts.find(driverId);
    const driver = toDriverCard(driverId, account);
    return this.ofAssignment(() =>
      this.trips.apply(tripIdOf(assignmentId), {
        kind: 'accept',
        assignmentId,
        driverId,
        driver,
        ...(account?.vehicle ? { vehicle: account.vehicle } : {}),
      }),
    );
  }

  async rejectOffer(
    driverId: string,
    assignmentId: string,
    reason: OfferRejection = OfferRejection.other,
  ): Promise<TripOutcome> {
    return this.ofAssignment(() =>
      this.trips.apply(tripIdOf(assignmentId), { kind: 'reject', assignmentId, driverId, reason }),
    );
  }

  arrive(driverId: string, tripId: string): Promise<TripOutcome> {
    return this.trips.apply(tripId, { kind: 'arrive', driverId });
  }

  start(driverId: string, tripId: string): Promise<TripOutcome> {
    return this.trips.apply(tripId, (trip) => {
      const { waitingMs, surcharge } = this.waiting.soFar(trip, this.clock.now());
      return { kind: 'start', driverId, waitingMs, surcharge };
    });
  }

  /** @param extraFees tolls and the like, minor units */
  async complete(driverId: string, tripId: string, extraFees = 0): Promise<TripOutcome> {
    const trip = await this.trips.get(tripId);
    // Before anything is said about the fees: this answer must not differ from that of no trip.
    if (trip.driverId !== driverId) throw tripNotFound();
    const final = await this.finalOf(trip, { extraFees });
    return this.end(trip, { kind: 'complete', driverId, final }, () =>
      this.complete(driverId, tripId, extraFees),
    );
  }

  /**
   * Ends a ride with the fare of what was read of it; a ride that has begun meanwhile is read again,
   * or it would be charged as one that never began.
   */
  async end(
    read: TripRecord,
    command: TripCommand,
    again: () => Promise<TripOutcome>,
  ): Promise<TripOutcome> {
    let isOutdated = false;
    const outcome = await this.trips.apply(read.id, (current) => {
      isOutdated = current.startedAt !== read.startedAt;
      return isOutdated ? null : command;
    });
    return isOutdated ? again() : outcome;
  }

  cancel(
    by: { kind: TripParty; id?: string },
    tripId: string,
    reason: string,
    note?: string,
  ): Promise<TripOutcome> {
    return this.trips.apply(tripId, (trip) => {
      assertTakesPart(trip, by);
      return { kind: 'cancel', actor: by, reason, note };
    });
  }

  /** @throws RequestError NOT_FOUND also for a trip of others */
  async read(by: { kind: TripParty; id?: string }, tripId: string): Promise<TripRecord> {
    const trip = await this.trips.get(tripId);
    assertTakesPart(trip, by);
    return trip;
  }

  /** Distance, duration and fare of a ride that ends now; what is said wins over what was measured. */
  async finalOf(
    trip: TripRecord,
    said: { distanceMeters?: number; durationMs?: number; fareTotal?: number; extraFees?: number },
  ): Promise<FinalRecord> {
    const measured = await this.odometer.read(trip);
    const { distanceMeters: guess } = estimateTravel(
      [trip.pickup, ...trip.stops],
      this.travelSettings,
    );
    const meters = measured.isMeasured ? measured.meters : guess;
    const startedAt = trip.startedAt || this.clock.now();
    const breakdown = this.fares.final({
      distanceMeters: said.distanceMeters ?? meters,
      durationMs: said.durationMs ?? Math.max(0, this.clock.now() - startedAt),
      surgeBasisPoints: trip.estimate.surgeBasisPoints,
      waitingMs: trip.waiting.ms,
      extraFees: said.extraFees ?? 0,
    });
    return {
      fareTotal: said.fareTotal ?? breakdown.total,
      currency: breakdown.currency,
      distanceMeters: breakdown.distanceMeters,
      durationMs: breakdown.durationMs,
      breakdown: { ...breakdown },
    };
  }

  private named(dto: TripRequestDto, key: string | undefined): NamedRequest | undefined {
    if (key !== undefined && dto.idempotencyKey !== null && key !== dto.idempotencyKey)
      throw new RequestError('VALIDATION_FAILED', {
        details: ['idempotencyKey must agree with the header Idempotency-Key'],
      });
    const name = key ?? dto.idempotencyKey;
    if (!name) return undefined;
    const { idempotencyKey: _, passengerId: __, ...asked } = dto;
    return {
      key: name,
      fingerprint: createHash('sha256').update(JSON.stringify(asked)).digest('base64url'),
      ttlMs: this.tripSettings.requestKeyTtlMs,
    };
  }

  /** An assignment of a trip that does not exist is as unknown as any other. */
  private async ofAssignment(step: () => Promise<TripOutcome>): Promise<TripOutcome> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof RequestError && error.code === 'NOT_FOUND')
        throw new RequestError('ASSIGNMENT_NOT_FOUND', { cause: error });
      if (error instanceof DriverTakenError)
        throw new RequestError('DRIVER_ON_TRIP', {
          message: 'You are on another trip. Finish it first.',
          cause: error,
        });
      throw error;
    }
  }
}

function assertMayRide({ userType, status }: Account): void {
  if (userType !== UserType.passenger)
    throw new RequestError('CONFLICT', { message: 'Trips are booked for passengers only.' });
  if (status !== AccountStatus.active)
    throw new RequestError('CONFLICT', {
      message: `The account of this passenger is ${status}. Reactivate it first.`,
    });
}

/** Straight from place to place: every road is longer. */
function assertDrivable(places: readonly Point[], maxRideKm: number): void {
  let meters = 0;
  for (let i = 1; i < places.length; i += 1) {
    meters += distanceMeters(places[i - 1]!, places[i]!);
    if (meters <= maxRideKm * 1_000) continue;
    const km = Math.round(meters / 1_000);
    throw new RequestError('VALIDATION_FAILED', {
      details: [
        `stops.${i - 1}.point is ${km} km from the pickup by way of the stops before; the longest ride is ${maxRideKm} km`,
      ],
    });
  }
}

/** For people who have no part in a trip it does not exist. */
function assertTakesPart(trip: TripRecord, { kind, id }: { kind: TripParty; id?: string }): void {
  const takesPart =
    kind === TripParty.admin ||
    (kind === TripParty.passenger && trip.passengerId === id) ||
    (kind === TripParty.driver && trip.driverId === id);
  if (!takesPart) throw tripNotFound();
}
