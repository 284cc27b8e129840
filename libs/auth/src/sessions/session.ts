import { type AppAudience, type SessionType, type UserType } from '#libs/contracts';

/** A login on one device; its id stays the same over token refreshes. Times are ISO 8601. */
export interface Session {
  readonly sid: string;
  readonly userId: string;
  readonly userType: UserType;
  /** Both absent for sessions of another identity service. */
  readonly sessionType?: SessionType;
  readonly appAudience?: AppAudience;
  readonly createdAt: string;
  readonly lastActivityAt: string;
  readonly expiresAt: string;
  readonly address?: string;
  readonly userAgent?: string;
  readonly deviceInfo?: string;
}

/** Where a request came from, as the server saw it. */
export interface ClientInfo {
  readonly address: string;
  readonly userAgent: string;
}

const MAX_USER_AGENT_LENGTH = 256;
const MAX_ADDRESS_LENGTH = 64;
export const MAX_DEVICE_INFO_LENGTH = 1_024;

/** Bounds what clients write about themselves, so that it does not fill Redis. */
export function boundedClient({ address, userAgent }: ClientInfo): ClientInfo {
  return {
    address: address.slice(0, MAX_ADDRESS_LENGTH),
    // The cut may leave half a character.
    userAgent: userAgent.slice(0, MAX_USER_AGENT_LENGTH).toWellFormed(),
  };
}

export function sessionOf(record: Record<string, string>): Session {
  const { sessionType, appAudience, address, userAgent, deviceInfo } = record;
  return {
    sid: record['sid'] ?? '',
    userId: record['userId'] ?? '',
    userType: record['userType'] as UserType,
    ...(sessionType ? { sessionType: sessionType as SessionType } : {}),
    ...(appAudience ? { appAudience: appAudience as AppAudience } : {}),
    createdAt: isoTime(record['createdAt']),
    lastActivityAt: isoTime(record['lastActivityAt']),
    expiresAt: isoTime(record['expiresAt']),
    ...(address ? { address } : {}),
    ...(userAgent ? { userAgent } : {}),
    ...(deviceInfo ? { deviceInfo } : {}),
  };
}

export function isoTime(epochMs: string | undefined): string {
  return new Date(Number(epochMs)).toISOString();
}

/** A client that lost the answer to a refresh may send the same token again this long. */
export const REFRESH_GRACE_MS = 30_000;

/** `lastActivityAt` lags by this much at most. */
export const ACTIVITY_LAG_MS = 60_000;
