import { randomBytes } from 'node:crypto';
import { AppAudience, SessionType, UserType } from '#libs/contracts';
import { type RestClient } from '../clients/rest-client.js';
import { SessionTokens } from '../clients/session-tokens.js';
import { inTurns } from './in-turns.js';

/** Passwords are hashed two at a time on each server: more requests at once would only wait. */
const AT_ONCE_PER_SERVER = 4;

export interface DriverAccount {
  driverId: string;
  tokens: SessionTokens;
}

/** Creates accounts and opens a session for each, spread over the servers; hands out each as it is ready. */
export function createDriverAccounts(
  servers: readonly RestClient[],
  admin: SessionTokens,
  count: number,
  signal: AbortSignal,
  onAccount: (account: DriverAccount, index: number) => Promise<void>,
): Promise<void> {
  const run = randomBytes(5).toString('hex');
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  return inTurns(numbers, AT_ONCE_PER_SERVER * servers.length, async (number, index) => {
    signal.throwIfAborted();
    const rest = servers[index % servers.length]!;
    const email = `driver-${number}-${run}@simulator.invalid`;
    const password = randomBytes(12).toString('base64url');
    if (!admin.isFresh) await admin.refresh();
    const { id } = await rest.createUser(admin.accessToken, {
      userType: UserType.driver,
      email,
      password,
      name: `Simulated driver ${number}`,
    });
    const pair = await rest.login({
      email,
      password,
      appAudience: AppAudience.driverApp,
      sessionType: SessionType.mobileApp,
    });
    await onAccount({ driverId: id, tokens: new SessionTokens(rest, pair) }, index);
  });
}
