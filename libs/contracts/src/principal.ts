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

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * The one spelling of an id that the server made, of a trip or an offer: such are UUIDs, and native
 * apps that read them as UUIDs write them in upper case. Ids of accounts may be a company's own.
 */
export function readMadeId(sent: string): string {
  return UUID.test(sent) ? sent.toLowerCase() : sent;
}

/** Ids of groups of accounts; they stand in lists that commas separate. */
export const GROUP_PATTERN = /^[a-z0-9_-]{1,32}$/;
/** Of one account. */
export const MAX_GROUPS = 16;

/** The program that a token is for: its `aud` claim. */
export const AppAudience = {
  driverApp: 'driver_app',
  passengerApp: 'passenger_app',
  adminPanel: 'admin_panel',
  apiClient: 'api_client',
} as const;
export type AppAudience = (typeof AppAudience)[keyof typeof AppAudience];

/** Which user types may log in through each program. */
export const audienceAdmits: Record<AppAudience, readonly UserType[]> = {
  [AppAudience.driverApp]: [UserType.driver],
  [AppAudience.passengerApp]: [UserType.passenger],
  [AppAudience.adminPanel]: [UserType.admin],
  [AppAudience.apiClient]: [UserType.driver, UserType.passenger, UserType.admin],
};

/** How the refresh token travels: `web` keeps it in an HttpOnly cookie, the others in the body. */
export const SessionType = {
  web: 'web',
  mobileApp: 'mobile_app',
  apiClient: 'api_client',
} as const;
export type SessionType = (typeof SessionType)[keyof typeof SessionType];

/** For clients that do not say. */
export const defaultSessionType: Record<AppAudience, SessionType> = {
  [AppAudience.driverApp]: SessionType.mobileApp,
  [AppAudience.passengerApp]: SessionType.mobileApp,
  [AppAudience.adminPanel]: SessionType.web,
  [AppAudience.apiClient]: SessionType.apiClient,
};
