import { PaymentMode, TripParty, TripStatus, type DriverCard } from '#libs/contracts';
import {
  assignmentIdOf,
  decide,
  requestTrip,
  type FinalRecord,
  type NewTrip,
  type TripCommand,
  type TripDecision,
  type TripRecord,
  type TripRules,
} from '#libs/trips';

export const sampleRules: TripRules = {
  stuckAfterMs: {
    pending: 120_000,
    assigning: 180_000,
    accepted: 600_000,
    arriving: 1_200_000,
    in_progress: 10_800_000,
  },
  archiveAfterMs: 86_400_000,
  searchMs: 60_000,
  maxOffers: 10,
  offerTtlMs: 20_000,
  deliveryMs: 3_000,
  freeWaitingMs: 180_000,
  odometerMs: 60_000,
  lostCheckMs: 5_000,
};

export const sampleFinal: FinalRecord = {
  fareTotal: 1_234,
  currency: 'EUR',
  distanceMeters: 5_600,
  durationMs: 754_000,
  breakdown: { base: 250, total: 1_234 },
};

export function sampleRequest(tripId: string, passengerId: string): NewTrip {
  return {
    tripId,
    passenger: { id: passengerId, name: 'Ada', photoUrl: null, phoneMasked: '+*********07' },
    paymentMode: PaymentMode.card,
    pickup: { lat: 41.9, lng: 12.5, address: 'Via Appia 1' },
    stops: [{ lat: 41.92, lng: 12.52, address: null }],
    vehicleCategoryId: 'sedan',
    serviceClassId: null,
    estimate: {
      total: 990,
      currency: 'EUR',
      distanceMeters: 4_000,
      durationMs: 600_000,
      surgeBasisPoints: 10_000,
    },
  };
}

export function sampleCard(driverId: string): DriverCard {
  return {
    id: driverId,
    name: 'Bo',
    photoUrl: null,
    phoneMasked: '+*********42',
    phone: null,
    ratingAvg: null,
    ratingCount: null,
  };
}

/** A trip that is taken through its life step by step, with a clock that only the test moves. */
export class SampleTrip {
  trip: TripRecord;
  now = Date.UTC(2026, 0, 5, 12);
  last: TripDecision;

  constructor(
    readonly tripId = 'trip-1',
    private readonly rules: TripRules = sampleRules,
  ) {
    this.last = requestTrip(sampleRequest(tripId, 'passenger-1'), { now: this.now, rules });
    this.trip = this.last.trip;
  }

  /** What the command would make of the trip; the trip stays as it is. */
  ask(command: TripCommand): TripDecision | null {
    return decide(this.trip, command, { now: this.now, rules: this.rules });
  }

  /** Does it a second later. */
  play(...commands: TripCommand[]): this {
    for (const command of commands) {
      this.now += 1_000;
      const decision = this.ask(command);
      if (!decision) continue;
      this.last = decision;
      this.trip = decision.trip;
    }
    return this;
  }

  assignment(ordinal = 1): string {
    return assignmentIdOf(this.tripId, ordinal);
  }

  offerTo(...driverIds: string[]): TripCommand {
    return {
      kind: 'offer',
      round: { radiusMeters: 1_000, found: driverIds.length, considered: [] },
      offers: driverIds.map((driverId) => ({ driverId, distanceMeters: 640, etaMs: 82_000 })),
      retryAt: this.now + 4_000,
    };
  }

  acceptBy(driverId: string, ordinal = 1): TripCommand {
    return {
      kind: 'accept',
      assignmentId: this.assignment(ordinal),
      driverId,
      driver: sampleCard(driverId),
    };
  }

  /**
   * A trip in a status: asked were driver-1 and driver-2, driver-1 drives it. Arriving has not
   * arrived yet; cancelled was arriving; without drivers both offers had expired.
   */
  static in(status: TripStatus): SampleTrip {
    const it = new SampleTrip();
    if (status === TripStatus.pending) return it;
    it.play({ kind: 'startAssigning' }, it.offerTo('driver-1', 'driver-2'));
    if (status === TripStatus.assigning) return it;
    if (status === TripStatus.noDriversFound) {
      it.now += 30_000;
      return it.play(
        { kind: 'expire', assignmentId: it.assignment(1) },
        { kind: 'expire', assignmentId: it.assignment(2) },
        { kind: 'noDrivers', reason: 'matching_exhausted', actor: { kind: TripParty.system } },
      );
    }
    it.play(it.acceptBy('driver-1'));
    if (status === TripStatus.accepted) return it;
    it.play({ kind: 'approach', etaMs: 82_000, position: { lat: 41.901, lng: 12.5 } });
    if (status === TripStatus.arriving) return it;
    if (status === TripStatus.cancelled) {
      return it.play({
        kind: 'cancel',
        actor: { kind: TripParty.passenger, id: 'passenger-1' },
        reason: 'plans changed',
      });
    }
    it.play(
      { kind: 'arrive', driverId: 'driver-1' },
      { kind: 'start', driverId: 'driver-1', waitingMs: 0, surcharge: 0 },
    );
    if (status === TripStatus.inProgress) return it;
    return it.play({ kind: 'complete', driverId: 'driver-1', final: sampleFinal });
  }
}
