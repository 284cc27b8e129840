export const UserType = {
  driver: 'driver',
  passenger: 'passenger',
  admin: 'admin',
} as const;
export type UserType = (typeof UserType)[keyof typeof UserType];

export const AccountStatus = {
  active: 'active',
  suspended: 'suspended',
  banned: 'banned',
} as const;
export type AccountStatus = (typeof AccountStatus)[keyof typeof AccountStatus];

/** Who speaks: what a verified access token and a live session say together. */
export interface Principal {
  readonly userId: string;
  /** The session; stable across token refreshes. */
  readonly sid: string;
  readonly userType: UserType;
  /** When the access token ends, epoch milliseconds. */
  readonly expiresAt: number;
}

/** A client without an account, in namespaces that admit guests: it has no session and no end. */
export interface Guest extends Omit<Principal, 'userType'> {
  readonly userType: typeof GUEST;
}
export const GUEST = 'guest';

/** Ids of users, sessions and trips: what may stand in a Redis key or a room name. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
