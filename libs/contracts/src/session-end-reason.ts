/** Why a session ended before its time; sent in `auth:session_revoked`. */
export const SessionEndReason = {
  userLogout: 'user_logout',
  /** The user ended it from another device. */
  revokedByUser: 'revoked_by_user',
  revokedByAdmin: 'revoked_by_admin',
  accountSuspended: 'account_suspended',
  accountBanned: 'account_banned',
  /** An old refresh token came back: somebody else holds a copy. */
  tokenReuseDetected: 'token_reuse_detected',
  /** The user opened more sessions than allowed; this was the oldest. */
  sessionLimit: 'session_limit',
  /** Its refresh lifetime ended without a refresh. */
  sessionExpired: 'session_expired',
  /** It ended while its socket was being let in; why is not known there. */
  endedMeanwhile: 'revoked',
} as const;
export type SessionEndReason = (typeof SessionEndReason)[keyof typeof SessionEndReason];
