import {
  type DriverCard,
  type OfferRejection,
  type OfferStatus,
  type PassengerCard,
  type PaymentMode,
  type TripParty,
  type TripPlace,
  type TripStatus,
  type TripStop,
  type Vehicle,
} from '#libs/contracts';
import { type SettledWay } from '../ride/driven-way.js';

/** An offer to one driver, kept with the trip whatever became of it. Times are epoch ms, 0 for never. */
export interface OfferRecord {
  assignmentId: string;
  driverId: string;
  status: OfferStatus;
  offeredAt: number;
  /** Without a sign of life from the driver's app by then, it counts as unreachable. */
  deliverBy: number;
  deliveredAt: number;
  expiresAt: number;
  answeredAt: number;
  reason: OfferRejection | null;
  /** To the pickup, straight. */
  distanceMeters: number;
  etaMs: number;
}

/** How drivers are looked for; set anew when a dispatcher retries. */
export interface SearchRecord {
  startedAt: number;
  /** The search gives up then, epoch ms. */
  endsAt: number;
  rounds: number;
  /** After a round that found nobody the search waits until then, epoch ms; else 0. */
  retryAt: number;
  /** Overrides by a dispatcher; 0 for what is configured. */
  radiusMeters: number;
  maxOffers: number;
  offerTtlMs: number;
  /** Offers made before this search began do not count for `maxOffers`. */
  firstOffer: number;
}

export interface EstimateRecord {
  total: number;
  currency: string;
  distanceMeters: number;
  durationMs: number;
  /** 10,000 is 1.0; fixed when the trip is requested. */
  surgeBasisPoints: number;
}

export interface FinalRecord {
  fareTotal: number;
  currency: string;
  distanceMeters: number;
  durationMs: number;
  /** The lines of the fare, for the audit trail. */
  breakdown: Record<string, number | string>;
}

/** All that is stored of a trip. Times are epoch ms, 0 for never. */
export interface TripRecord {
  id: string;
  /** Counts the writes: a commit names the one it was decided on. */
  revision: number;
  /** The number of the newest event. */
  version: number;
  status: TripStatus;
  statusSince: number;
  passengerId: string;
  passenger: PassengerCard;
  paymentMode: PaymentMode;
  pickup: TripPlace;
  stops: TripStop[];
  vehicleCategoryId: string | null;
  serviceClassId: string | null;
  estimate: EstimateRecord;
  search: SearchRecord;
  offers: OfferRecord[];
  driverId: string | null;
  driver: DriverCard | null;
  vehicleId: string | null;
  vehicle: Vehicle | null;
  assignmentId: string | null;
  requestedAt: number;
  acceptedAt: number;
  arrivedAt: number;
  startedAt: number;
  endedAt: number;
  /**
   * What has been driven with the passenger so far, by the fixes of the driver until then. It is
   * measured anew from the track of the ride each time; `settled` is the part that has left the track.
   */
  odometer: { meters: number; until: number; settled: SettledWay | null };
  waiting: { ms: number; surcharge: number };
  driverLostAt: number;
  final: FinalRecord | null;
  cancellation: { by: TripParty; reason: string; note: string | null } | null;
  noDriversReason: string | null;
  /** W3C: the trace that all steps of the trip belong to; absent where nothing was traced. */
  traceparent?: string;
}

type Untouched = Omit<
  TripRecord,
  | 'id'
  | 'status'
  | 'statusSince'
  | 'passengerId'
  | 'passenger'
  | 'paymentMode'
  | 'pickup'
  | 'stops'
  | 'vehicleCategoryId'
  | 'serviceClassId'
  | 'estimate'
  | 'requestedAt'
>;

/** The part of a new trip that its request does not decide. */
export function untouched(): Untouched {
  return {
    revision: 0,
    version: 0,
    search: {
      startedAt: 0,
      endsAt: 0,
      rounds: 0,
      retryAt: 0,
      radiusMeters: 0,
      maxOffers: 0,
      offerTtlMs: 0,
      firstOffer: 0,
    },
    offers: [],
    driverId: null,
    driver: null,
    vehicleId: null,
    vehicle: null,
    assignmentId: null,
    acceptedAt: 0,
    arrivedAt: 0,
    startedAt: 0,
    endedAt: 0,
    odometer: { meters: 0, until: 0, settled: null },
    waiting: { ms: 0, surcharge: 0 },
    driverLostAt: 0,
    final: null,
    cancellation: null,
    noDriversReason: null,
  };
}

export function isOpen(offer: OfferRecord): boolean {
  return offer.status === 'offered';
}

export function openOffers(trip: TripRecord): OfferRecord[] {
  return trip.offers.filter(isOpen);
}

/** The assignment id names its trip, so that an answer finds it without an index. */
export function assignmentIdOf(tripId: string, ordinal: number): string {
  return `${tripId}_${ordinal}`;
}

export function tripIdOf(assignmentId: string): string {
  const end = assignmentId.lastIndexOf('_');
  return end < 0 ? assignmentId : assignmentId.slice(0, end);
}

/**
 * Whether the present search may not ask a driver. One who refused or drove the trip is never asked
 * again, one who did not answer only in a new search.
 */
export function wasAsked({ offers, search }: TripRecord, driverId: string): boolean {
  return offers.some(
    (offer, i) =>
      offer.driverId === driverId &&
      !isUnhosted(offer) &&
      (i >= search.firstOffer || offer.status === 'rejected' || offer.status === 'accepted'),
  );
}

/**
 * Whether no instance hosted the driver when the offer was made, so that it was over at once: the
 * driver knows nothing of it. That passes where a connection to Redis was lost for a moment.
 */
export function isUnhosted({ status, answeredAt, deliverBy }: OfferRecord): boolean {
  return status === 'unreachable' && (deliverBy === 0 || answeredAt < deliverBy);
}

/**
 * The driver of a trip in a status that has one, from acceptance to the end.
 * @throws Error when there is none, which is a fault of the state machine
 */
export function driverOf({ id, driverId, status }: TripRecord): string {
  if (driverId === null) throw new Error(`Trip ${id} is ${status} and has no driver.`);
  return driverId;
}
