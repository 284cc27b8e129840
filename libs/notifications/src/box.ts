import { type Principal, type UserType } from '#libs/contracts';

/** Whom a notification is for. */
export type NotificationAudience =
  | { kind: 'user'; userId: string }
  | { kind: 'session'; sid: string }
  | { kind: 'type'; userType: UserType }
  | { kind: 'everybody' };

/** What is appended to a box. */
export interface NotificationContent {
  title: string;
  body?: string;
  /** What the app makes of it, in the words of the company. */
  type?: string;
  data?: Record<string, unknown>;
  /** Only for this session of the person. */
  sid?: string;
  /** Epoch ms. */
  expiresAt: number;
}

/**
 * A channel with notifications. What is for many is kept in one box of them all and not in one of
 * each: a person reads its own box, that of its user type, and that of everybody.
 */
export interface Box {
  /** In the ids of its notifications: `<name>-<version>`. */
  name: string;
  channelId: string;
}

/** The name of every person's own box. */
export const OWN_BOX = 'own';
/** The name of the box of everybody. */
export const EVERYBODY_BOX = 'all';
const EVERYBODY: Box = { name: EVERYBODY_BOX, channelId: 'box:everybody' };

export function boxOfUser(userId: string): Box {
  return { name: OWN_BOX, channelId: `box:user:${userId}` };
}

export function sharedBoxOf(
  audience: { kind: 'type'; userType: UserType } | { kind: 'everybody' },
) {
  return audience.kind === 'everybody' ? EVERYBODY : boxOfType(audience.userType);
}

/** The boxes that somebody reads with others. */
export function sharedBoxesOf({ userType }: Pick<Principal, 'userType'>): [Box, Box] {
  return [EVERYBODY, boxOfType(userType)];
}

function boxOfType(userType: UserType): Box {
  return { name: userType, channelId: `box:type:${userType}` };
}
