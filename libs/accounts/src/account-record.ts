import { type AccountStatus, type UserType } from '#libs/contracts';
import { type Account } from './account.js';

/** Reads the stored hash; the password hash stays behind. */
export function accountOf(record: Record<string, string>): Account {
  const { email, phoneNumber, name, statusReason } = record;
  return {
    id: record['id'] ?? '',
    userType: record['userType'] as UserType,
    status: record['status'] as AccountStatus,
    ...(email ? { email } : {}),
    ...(phoneNumber ? { phoneNumber } : {}),
    ...(name ? { name } : {}),
    ...(statusReason ? { statusReason } : {}),
    createdAt: new Date(Number(record['createdAt'])).toISOString(),
    updatedAt: new Date(Number(record['updatedAt'])).toISOString(),
  };
}
