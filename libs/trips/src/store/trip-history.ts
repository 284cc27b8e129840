import {
  type TripActor,
  type TripEventName,
  type TripFact,
  TripHistoryType,
  type TripStatus,
} from '#libs/contracts';
import { type TripLeg } from '../trip-leg.js';

export { TripHistoryType };

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
