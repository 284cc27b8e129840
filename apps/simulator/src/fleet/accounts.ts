import { randomBytes } from 'node:crypto';
import { UserType } from '#libs/contracts';
import { createAccount, type Account } from '../clients/accounts.js';
import { type RestClient } from '../clients/rest-client.js';
import { type SessionTokens } from '../clients/session-tokens.js';
import { inTurns } from './waiting.js';

export interface Crowd {
  userType: UserType;
  count: number;
  /** Passwords are hashed two at a time on each server: many more requests at once would only wait. */
  atOncePerServer: number;
}

/** Creates accounts and opens a session for each, spread over the servers; hands out each as it is ready. */
export function createAccounts(
  servers: readonly RestClient[],
  admin: SessionTokens,
  { userType, count, atOncePerServer }: Crowd,
  signal: AbortSignal,
  onAccount: (account: Account, index: number) => Promise<void>,
): Promise<void> {
  const run = randomBytes(5).toString('hex');
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  return inTurns(numbers, atOncePerServer * servers.length, async (number, index) => {
    signal.throwIfAborted();
    const rest = servers[index % servers.length]!;
    await onAccount(
      await createAccount(rest, admin, userType, `${userType}-${number}-${run}`),
      index,
    );
  });
}
