import { SignJWT } from 'jose';
import { AccountsModule, AccountsService } from '#libs/accounts';
import { AuthModule, SessionsService } from '#libs/auth';
import { type Environment } from '#libs/config';
import { UserType } from '#libs/contracts';
import { withModules } from './module-context.js';

const AT_A_TIME = 200;
const CLIENT = { address: '127.0.0.1', userAgent: 'bench' };

/** Users with a live session each. */
export interface PreparedUsers {
  driverTokens: string[];
  adminTokens: string[];
  passengerTokens: string[];
}

/** Makes accounts and sessions with the services that production uses, and signs their tokens. */
export function prepareUsers(
  environment: Environment,
  driverIds: readonly string[],
  admins: number,
  passengerIds: readonly string[] = [],
): Promise<PreparedUsers> {
  return withModules(environment, [AccountsModule, AuthModule], async (context) => {
    const accounts = context.get(AccountsService, { strict: false });
    const sessions = context.get(SessionsService, { strict: false });
    const tokenOf = async (userId: string, userType: UserType) => {
      const account = await accounts.ensure(userId, userType);
      const { sid } = await sessions.open({
        account,
        ttlMs: environment.JWT_REFRESH_EXPIRES_IN,
        client: CLIENT,
        fields: {},
      });
      return signToken(environment, { userId, sid, userType });
    };
    const adminIds = Array.from({ length: admins }, (_, i) => `bench-admin-${i}`);
    return {
      driverTokens: await inParallel(driverIds, (id) => tokenOf(id, UserType.driver)),
      adminTokens: await inParallel(adminIds, (id) => tokenOf(id, UserType.admin)),
      passengerTokens: await inParallel(passengerIds, (id) => tokenOf(id, UserType.passenger)),
    };
  });
}

interface TokenFacts {
  userId: string;
  sid: string;
  userType: UserType;
}

function signToken(
  environment: Environment,
  { userId, sid, userType }: TokenFacts,
): Promise<string> {
  return new SignJWT({ sid, userType })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setIssuer(environment.JWT_ISSUER)
    .setAudience('api_client')
    .setIssuedAt()
    .setExpirationTime((Date.now() + environment.JWT_ACCESS_EXPIRES_IN) / 1_000)
    .sign(new TextEncoder().encode(environment.JWT_ACCESS_SECRET));
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const takeTurns = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await work(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, takeTurns));
  return results;
}
