import { type AccountStatus, type UserType, type Vehicle } from '#libs/contracts';

/** A person, or a company's program, that may hold sessions. Never carries the password hash. */
export interface Account {
  readonly id: string;
  readonly userType: UserType;
  readonly status: AccountStatus;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly name?: string;
  /** An https URL of an origin in PHOTO_ORIGINS. */
  readonly photoUrl?: string;
  /** The car of a driver. */
  readonly vehicle?: Vehicle;
  /** Whom it shares its position with, sorted; admins put people into groups. */
  readonly groups: readonly string[];
  /** Why it is suspended or banned, in the words of the admin. */
  readonly statusReason?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewAccount {
  /** Chosen by the caller where the company numbers its own users. */
  id?: string;
  userType: UserType;
  email?: string;
  phoneNumber?: string;
  name?: string;
  groups?: readonly string[];
  /** Absent where another identity service holds the passwords. */
  password?: string;
}

/** What people change about themselves; null takes it away. */
export interface Profile {
  name?: string | null;
  photoUrl?: string | null;
}

export interface AccountFilter {
  userType?: UserType;
  status?: AccountStatus;
  /** Part of a name, an address or a number; or a whole id, address or number. */
  text?: string | undefined;
  page: number;
  limit: number;
  /** `asOf` of the first page, epoch ms: what was created later is left out, so that no page shifts. */
  asOf?: number | undefined;
}

export interface AccountPage {
  total: number;
  accounts: Account[];
  /** False when a search has not looked at all of them. */
  isComplete: boolean;
  /** Names this state of the list for the pages that follow, epoch ms. */
  asOf: number;
}

/** How a person names the account at login. */
export type AccountIdentifier = { email: string } | { phoneNumber: string };

/** Ids hold no comma. */
export function readGroups(stored: string | null | undefined): readonly string[] {
  return stored ? stored.split(',') : [];
}

/** Reads the stored hash; the password hash stays behind. */
export function accountOf(record: Record<string, string>): Account {
  const { email, phoneNumber, name, photoUrl, statusReason } = record;
  return {
    id: record['id'] ?? '',
    userType: record['userType'] as UserType,
    status: record['status'] as AccountStatus,
    ...(email ? { email } : {}),
    ...(phoneNumber ? { phoneNumber } : {}),
    ...(name ? { name } : {}),
    ...(photoUrl ? { photoUrl } : {}),
    ...(statusReason ? { statusReason } : {}),
    ...(record['vehicle'] ? { vehicle: JSON.parse(record['vehicle']) as Vehicle } : {}),
    groups: readGroups(record['groups']),
    createdAt: new Date(Number(record['createdAt'])).toISOString(),
    updatedAt: new Date(Number(record['updatedAt'])).toISOString(),
  };
}
