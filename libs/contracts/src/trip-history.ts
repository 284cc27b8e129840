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

/** What became of a driver whom a round of the search looked at. */
export const CandidateOutcome = {
  offered: 'offered',
  notNeeded: 'not_needed',
  askedBefore: 'asked_before',
  hasOffer: 'has_another_offer',
  onTrip: 'on_trip',
  unavailable: 'unavailable',
  offline: 'offline',
  stalePosition: 'stale_position',
  isPassenger: 'is_the_passenger',
} as const;
export type CandidateOutcome = (typeof CandidateOutcome)[keyof typeof CandidateOutcome];

/** Why an offer is over without an answer of its driver. */
export const OfferEndReason = {
  takenByAnother: 'taken_by_another_driver',
  tripCancelled: 'trip_cancelled',
  searchEnded: 'search_ended',
  matchingRetried: 'matching_retried',
  expired: 'expired',
  unreachable: 'unreachable',
} as const;
export type OfferEndReason = (typeof OfferEndReason)[keyof typeof OfferEndReason];
