import { type AccountStatus, type UserType } from '#libs/contracts/browser';
import { ask } from '../session/rest.js';

/** An account as admins read it. */
export interface Person {
  id: string;
  userType: UserType;
  status: AccountStatus;
  statusReason?: string;
  name?: string;
  email?: string;
  phoneNumber?: string;
  groups: readonly string[];
  createdAt: string;
  updatedAt: string;
}

const FOUND_PEOPLE = 8;

/** People by name, e-mail address or phone number. */
export async function findPeople(
  text: string,
  { userType, signal }: { userType?: UserType; signal?: AbortSignal } = {},
): Promise<Person[]> {
  const { data } = await ask<Person[]>('GET', 'admin/users', {
    query: { q: text, userType, limit: FOUND_PEOPLE },
    ...(signal ? { signal } : {}),
  });
  return data;
}

/** What a person is called, at least by the id. */
export function nameOf({ name, email, phoneNumber, id }: Person): string {
  return name ?? email ?? phoneNumber ?? id;
}
