import { type Ack } from '../ack.js';
import { type NotificationListDto, type NotificationSeenDto } from '../dto/notification.dto.js';

/** Requests about notifications, which every namespace serves. */
export const NotificationRequest = {
  list: 'notification:list',
  seen: 'notification:seen',
} as const;

/** What an admin or a system of the company tells people. */
export interface Notification {
  id: string;
  /** `user`, `session`, a user type, or `everybody`. */
  audience: string;
  title: string;
  body?: string;
  /** What the app makes of it, in the words of the company. */
  type?: string;
  data?: Record<string, unknown>;
  /** ISO 8601. */
  at: string;
  expiresAt: string;
  seen: boolean;
}

/** The newest first. */
export interface NotificationPage {
  notifications: Notification[];
  /** Of all, not of this page only. */
  unread: number;
  /** To send as `before` for the next page; null for the last. */
  before: string | null;
}

/** The person has seen them, on one of its devices. */
export interface NotificationsSeen {
  ids: string[];
}

export interface NotificationClientToServer {
  'notification:list': (
    request: NotificationListDto,
    ack: (answer: Ack<NotificationPage>) => void,
  ) => void;
  'notification:seen': (
    request: NotificationSeenDto,
    ack: (answer: Ack<{ unread: number }>) => void,
  ) => void;
}

export interface NotificationServerToClient {
  notification: (notification: Notification) => void;
  'notification:seen': (fact: NotificationsSeen) => void;
}
