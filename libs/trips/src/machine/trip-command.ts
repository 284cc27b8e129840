import {
  CandidateOutcome,
  type DriverCard,
  type OfferRejection,
  type PassengerCard,
  type PaymentMode,
  type TripActor,
  type TripPlace,
  type TripStatus,
  type TripStop,
  type Vehicle,
} from '#libs/contracts';
import { type SettledWay } from '../ride/driven-way.js';
import { type EstimateRecord, type FinalRecord } from '../store/trip-record.js';

/** Whom a round of the search looked at, and why each was not asked. */
export interface ConsideredDriver {
  driverId: string;
  distanceMeters: number;
  ageMs: number;
  /** `offered`, or why not. */
  outcome: CandidateOutcome;
}

export { CandidateOutcome };

export interface DispatchRound {
  radiusMeters: number;
  /** All that were found; only the nearest are listed. */
  found: number;
  considered: ConsideredDriver[];
}

export interface OfferPlan {
  driverId: string;
  distanceMeters: number;
  etaMs: number;
}

export interface NewTrip {
  tripId: string;
  /** Who asks in the place of the passenger. */
  by?: TripActor;
  passenger: PassengerCard;
  paymentMode: PaymentMode;
  pickup: TripPlace;
  stops: TripStop[];
  vehicleCategoryId: string | null;
  serviceClassId: string | null;
  estimate: EstimateRecord;
}

export interface SearchOverrides {
  radiusMeters?: number | undefined;
  maxOffers?: number | undefined;
  offerTtlMs?: number | undefined;
}

/** Everything that can be done to a trip once it exists. */
export type TripCommand =
  | { kind: 'startAssigning' }
  /** Without offers the search goes on at `retryAt`, epoch ms. */
  | { kind: 'offer'; round: DispatchRound; offers: OfferPlan[]; retryAt: number }
  | {
      kind: 'confirmDelivery';
      assignmentId: string;
      driverId: string;
      /** True when the server takes it for delivered: the device has never acknowledged an offer. */
      isAssumed?: boolean;
    }
  | {
      kind: 'accept';
      assignmentId: string;
      driverId: string;
      driver: DriverCard;
      vehicle?: Vehicle;
    }
  | {
      kind: 'reject';
      assignmentId: string;
      driverId: string;
      reason: OfferRejection;
    }
  | { kind: 'expire'; assignmentId: string }
  | { kind: 'unreachable'; assignmentId: string }
  | { kind: 'noDrivers'; reason: string; actor: TripActor; note?: string | undefined }
  | {
      kind: 'approach';
      /** The driver who says so; absent when the server does. */
      driverId?: string;
      etaMs: number | null;
      position: { lat: number; lng: number } | null;
    }
  | { kind: 'arrive'; driverId: string }
  | { kind: 'wait'; waitingMs: number; surcharge: number; nextAt: number | null }
  | { kind: 'start'; driverId: string; waitingMs: number; surcharge: number }
  | { kind: 'measure'; meters: number; until: number; settled: SettledWay | null }
  | { kind: 'complete'; driverId: string; final: FinalRecord }
  | { kind: 'cancel'; actor: TripActor; reason: string; note?: string | undefined }
  | { kind: 'loseDriver'; driverId: string }
  | { kind: 'findDriverAgain'; driverId: string }
  | { kind: 'retryMatching'; actor: TripActor; reason: string; wanted: SearchOverrides }
  | {
      kind: 'override';
      actor: TripActor;
      target: TripStatus;
      reason: string;
      note?: string | undefined;
      final: FinalRecord | null;
    }
  | {
      kind: 'message';
      actor: TripActor;
      target: 'passenger' | 'driver' | 'both';
      message: string;
    }
  | { kind: 'noteStuck' };

export type TripCommandKind = TripCommand['kind'];
export type CommandOf<Kind extends TripCommandKind> = Extract<TripCommand, { kind: Kind }>;
