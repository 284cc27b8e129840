import { type Ack } from '../ack.js';
import { type PresencePeopleDto, type PresenceSetDto } from '../dto/presence.dto.js';

/** Requests of /chat and /admin about who is online. */
export const PresenceRequest = {
  subscribe: 'presence:subscribe',
  unsubscribe: 'presence:unsubscribe',
  set: 'presence:set',
} as const;

/** Whether somebody is there. */
export const PresenceStatus = {
  online: 'online',
  /** Every device says that nobody sits before it. */
  away: 'away',
  offline: 'offline',
} as const;
export type PresenceStatus = (typeof PresenceStatus)[keyof typeof PresenceStatus];

/** One connection of a person. */
export interface PresentDevice {
  /** Means nothing but that it is the same one. */
  id: string;
  status: PresenceStatus;
  /** Since when it has this status, epoch ms. */
  since: number;
}

/** `presence:changed`, and each person of a snapshot. */
export interface PersonPresence {
  userId: string;
  status: PresenceStatus;
  /** Since when, epoch ms; null for somebody who was never seen, or too long ago to know. */
  since: number | null;
  /** When the last device went, epoch ms; null while there is one, and as `since`. */
  lastSeenAt: number | null;
  devices: PresentDevice[];
}

/** The ack data of `presence:subscribe`. */
export interface PresenceSnapshot {
  people: PersonPresence[];
  /** Whom the asker may not see, whether or not they exist. */
  hidden: string[];
}

export interface PresenceClientToServer {
  'presence:subscribe': (
    request: PresencePeopleDto,
    ack: (answer: Ack<PresenceSnapshot>) => void,
  ) => void;
  'presence:unsubscribe': (
    request: Partial<PresencePeopleDto>,
    ack?: (answer: Ack) => void,
  ) => void;
  'presence:set': (request: PresenceSetDto, ack?: (answer: Ack<{ away: boolean }>) => void) => void;
}

export interface PresenceServerToClient {
  'presence:changed': (person: PersonPresence) => void;
  /** People whom the client may not see any more: it is told nothing more of them. */
  'presence:hidden': (fact: { userIds: string[] }) => void;
}
