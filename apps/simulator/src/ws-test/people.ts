import { randomBytes } from 'node:crypto';
import { ConfigurationError, type ClientEnvironment } from '#libs/config';
import { UserType } from '#libs/contracts';
import { createAccount, logInAdmin } from '../clients/accounts.js';
import { RestClient } from '../clients/rest-client.js';
import { type Say } from './check-socket.js';

/**
 * Makes up the people without a token: an admin's session, two drivers and a passenger.
 * @param adminEmail of an admin whose password is in ADMIN_PASSWORD
 * @throws ConfigurationError, RestError
 */
export async function withPeople(
  env: ClientEnvironment,
  adminEmail: string,
  say: Say,
): Promise<ClientEnvironment> {
  if (!env.ADMIN_PASSWORD) throw new ConfigurationError(['ADMIN_PASSWORD is required']);
  const rest = new RestClient(env.SERVER);
  const admin = await logInAdmin(rest, adminEmail, env.ADMIN_PASSWORD);
  const run = randomBytes(4).toString('hex');
  const tokenOf = async (userType: UserType, label: string): Promise<string> =>
    (await createAccount(rest, admin, userType, `${label}-${run}`)).tokens.accessToken;
  const drivers = async (): Promise<string> =>
    (
      await Promise.all([
        tokenOf(UserType.driver, 'driver-1'),
        tokenOf(UserType.driver, 'driver-2'),
      ])
    ).join(',');
  const [driverTokens, passengerToken] = await Promise.all([
    env.DRIVER_TOKEN ?? drivers(),
    env.PASSENGER_TOKEN ?? tokenOf(UserType.passenger, 'passenger'),
  ]);
  say('accounts for this check are there');
  return {
    ...env,
    ADMIN_TOKEN: env.ADMIN_TOKEN ?? admin.accessToken,
    DRIVER_TOKEN: driverTokens,
    PASSENGER_TOKEN: passengerToken,
  };
}
