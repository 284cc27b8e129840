import {
  type TripActor,
  type TripEventName,
  type TripFact,
  type TripStatus,
} from '#libs/contracts';
import { type TripLeg } from '../trip-leg.js';

/** The kinds of entries of a trip's audit trail. */
export const TripHistoryType = {
  requested: 'trip_requested',
  assigningStarted: 'assigning_started',
  dispatchRound: 'dispatch_round',
  offered: 'driver_offered',
  offerDelivered: 'offer_delivered',
  rejected: 'driver_rejected',
  expired: 'assignment_expired',
  assignmentCancelled: 'assignment_cancelled',
  accepted: 'driver_accepted',
  assigned: 'driver_assigned',
  noDriversFound: 'no_drivers_found',
  arrivingStarted: 'arriving_started',
  enRoute: 'driver_en_route',
  arrivedPickup: 'driver_arrived_pickup',
  penaltyApplied: 'penalty_applied',
  started: 'trip_started',
  completed: 'trip_completed',
  cancelled: 'trip_canceled',
  driverLost: 'driver_lost',
  driverReturned: 'driver_returned',
  matchingRetried: 'matching_retried',
  statusOverridden: 'status_overridden',
  actionIssued: 'action_issued',
  messageSent: 'message_sent',
  stuck: 'trip_stuck',
} as const;
export type TripHistoryType = (typeof TripHistoryType)[keyof typeof TripHistoryType];

export type TripAudience = 'passenger' | 'admin' | `driver:${string}`;

export function driverAudience(driverId: string): TripAudience {
  return `driver:${driverId}`;
}

/** One message to those whom an entry concerns. */
export interface TripNotice {
  to: TripAudience[];
  event: TripEventName;
  payload: TripFact;
}

/**
 * An entry of a trip's stream: the audit trail, and each fact that was sent, word by word. A receiver
 * gets one fact of an entry at most: its version is the number of the event for each of them.
 */
export interface TripHistoryEntry {
  version: number;
  type: TripHistoryType;
  /** Epoch ms. */
  at: number;
  actor: TripActor;
  data: Record<string, unknown>;
  notices: TripNotice[];
}

/** What one step did to a trip; entries count up by one. */
export interface TripAnnouncement {
  tripId: string;
  passengerId: string;
  /** The driver after the step. */
  driverId: string | null;
  /** The status after the step. */
  status: TripStatus;
  /** What its driver drives to after the step. */
  leg: TripLeg | null;
  entries: TripHistoryEntry[];
  /** W3C: the step that this announces; absent where nothing is traced. */
  traceparent?: string;
}
