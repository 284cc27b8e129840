export const TripStatus = {
  /** Requested; nobody has begun to look for a driver. */
  pending: 'pending',
  /** Drivers are being asked. */
  assigning: 'assigning',
  /** A driver has taken it. */
  accepted: 'accepted',
  /** The driver is on the way to the pickup, or waits there. */
  arriving: 'arriving',
  inProgress: 'in_progress',
  completed: 'completed',
  cancelled: 'cancelled',
  noDriversFound: 'no_drivers_found',
} as const;
export type TripStatus = (typeof TripStatus)[keyof typeof TripStatus];

/** Nothing follows these, unless a dispatcher matches a trip without drivers again. */
export const TERMINAL_TRIP_STATUSES: readonly TripStatus[] = [
  TripStatus.completed,
  TripStatus.cancelled,
  TripStatus.noDriversFound,
];

export const PaymentMode = { cash: 'cash', card: 'card', wallet: 'wallet' } as const;
export type PaymentMode = (typeof PaymentMode)[keyof typeof PaymentMode];

export const OfferStatus = {
  offered: 'offered',
  accepted: 'accepted',
  rejected: 'rejected',
  expired: 'expired',
  /** Another driver was faster, or the trip ended. */
  cancelled: 'cancelled',
  /** No device of the driver took the offer. */
  unreachable: 'unreachable',
} as const;
export type OfferStatus = (typeof OfferStatus)[keyof typeof OfferStatus];

export const OfferRejection = {
  busy: 'busy',
  distance: 'distance',
  price: 'price',
  other: 'other',
} as const;
export type OfferRejection = (typeof OfferRejection)[keyof typeof OfferRejection];

/** Why no driver was found. */
export const NoDriversReason = {
  /** Nobody who could have been asked, in the widest radius, until the search ended. */
  noCandidates: 'no_candidates_within_radius',
  /** All who were asked refused, let it expire or could not be reached. */
  exhausted: 'matching_exhausted',
  /** A dispatcher said so. */
  markedByAdmin: 'marked_by_admin',
} as const;
export type NoDriversReason = (typeof NoDriversReason)[keyof typeof NoDriversReason];

export const TripParty = {
  passenger: 'passenger',
  driver: 'driver',
  admin: 'admin',
  system: 'system',
} as const;
export type TripParty = (typeof TripParty)[keyof typeof TripParty];

/** Who caused a fact; `id` is absent for the system and for programs with the API key. */
export interface TripActor {
  kind: TripParty;
  id?: string;
}

/** A place of a trip. Degrees, WGS84. */
export interface TripPlace {
  lat: number;
  lng: number;
  address: string | null;
}

/** Stops of one trip at most, the dropoff among them. */
export const MAX_STOPS = 10;

export interface TripStop extends TripPlace {
  placeId?: string;
  notes?: string;
}

/** What a passenger sees of the driver; the phone number is masked. */
export interface DriverCard {
  id: string;
  name: string | null;
  photoUrl: string | null;
  phoneMasked: string | null;
  phone: null;
  ratingAvg: null;
  ratingCount: null;
}

/** The car of a driver, as people on the street see it. */
export interface Vehicle {
  make: string;
  model: string;
  color: string;
  plate: string;
}

/** What a driver sees of the passenger. */
export interface PassengerCard {
  id: string;
  name: string | null;
  photoUrl: string | null;
  phoneMasked: string | null;
}

/** A trip as acks, `trip:snapshot` and REST show it. Times are ISO 8601, money is minor units. */
export interface TripView {
  id: string;
  /** The same as `id`. */
  tripId: string;
  /** The number of its newest event. */
  version: number;
  status: TripStatus;
  /** The same as `status`. */
  currentStatus: TripStatus;
  statusSince: string;
  passengerId: string;
  passenger: PassengerCard | null;
  driverId: string | null;
  driver: DriverCard | null;
  vehicleId: string | null;
  /** The car of the driver, as the account had it at the acceptance; null where the company keeps no cars. */
  vehicle: Vehicle | null;
  assignmentId: string | null;
  paymentMode: PaymentMode;
  pickup: TripPlace;
  stops: TripStop[];
  vehicleCategoryId: string | null;
  serviceClassId: string | null;
  requestedAt: string;
  acceptedAt: string | null;
  arrivedAt: string | null;
  startedAt: string | null;
  completedAt: string | null;
  cancelledAt: string | null;
  cancellation: { by: TripParty; reason: string } | null;
  noDriversReason: string | null;
  /** Since when the driver is out of reach. */
  driverLostAt: string | null;
  fareEstimatedTotal: number;
  fareFinalCurrency: string;
  /** Until the trip is completed null. */
  fareTotal: number | null;
  currency: string;
  waitingSurcharge: number;
  distanceMeters: number | null;
  durationSec: number | null;
}

/** An offer that waits for the answer of a driver. */
export interface TripOffer {
  assignmentId: string;
  tripId: string;
  /** How long the driver had from the beginning, seconds. */
  ttlSec: number;
  /** ISO 8601. */
  expiresAt: string;
  pickup: TripPlace;
  stops: TripPlace[];
  paymentMode: PaymentMode;
  /** From the driver to the pickup, straight. */
  distanceMeters: number;
  etaMinutes: number;
  fareEstimatedTotal: number;
  currency: string;
}
