import { type PositionQuality } from '../fix.js';
import { type TripStatus, type Vehicle } from '../trip.js';

/** What somebody sees of a trip who has the link of its passenger. */
export interface SharedTrip {
  /** The number of the newest event of the trip: a higher one is newer. */
  version: number;
  status: TripStatus;
  /** ISO 8601. */
  statusSince: string;
  /** The first name of the passenger. */
  passengerName: string | null;
  /** From acceptance to the end; null as well where the company keeps no cars. */
  vehicle: Vehicle | null;
}

/** Why a link is followed no more: in the details of SHARE_ENDED. */
export const ShareEnd = {
  /** The trip is over, for a while already. */
  tripOver: 'trip_over',
  expired: 'expired',
  /** The passenger took it back, or may not use the service any more. */
  revoked: 'revoked',
} as const;
export type ShareEnd = (typeof ShareEnd)[keyof typeof ShareEnd];

/** Where the driver is, from acceptance to the end. */
export interface SharedPosition {
  /** Degrees, WGS84. */
  lat: number;
  lng: number;
  /** Degrees. */
  heading?: number;
  /** When it was measured, ISO 8601. */
  timestamp: string;
  quality: PositionQuality;
  /** To where it drives now. */
  etaMinutes: number;
  target: 'pickup' | 'dropoff';
}

/** Facts of guests on /tracking who follow a trip by `auth.share`. */
export interface ShareServerToClient {
  'share:trip': (trip: SharedTrip) => void;
  'share:update': (trip: SharedTrip) => void;
  'share:position': (position: SharedPosition) => void;
}
