import { type AccountStatus, type SessionEndReason } from '#libs/contracts';

/** The end of one session, or with `sid` null of every session that the user has at this moment. */
export interface Revocation {
  readonly userId: string;
  readonly sid: string | null;
  readonly reason: SessionEndReason;
  /** ISO 8601. */
  readonly at: string;
}

/** Cuts what this instance serves. Called more than once for the same revocation; must not throw. */
export type RevocationListener = (revocation: Revocation) => void;

/** What is to be ended; `userId` null: whoever holds the session. */
export type EndOrder =
  | { kind: 'session'; sid: string; userId: string | null; reason: SessionEndReason }
  | { kind: 'user'; userId: string; reason: SessionEndReason; block?: AccountBlock };

export interface AccountBlock {
  status: Exclude<AccountStatus, 'active'>;
  /** In the words of the admin. */
  reason: string;
}
