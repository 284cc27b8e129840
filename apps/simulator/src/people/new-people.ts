import { randomBytes } from 'node:crypto';
import { type UserType } from '#libs/contracts';
import { createAccount, logInAdmin, type Account } from '../clients/accounts.js';
import { type RestClient } from '../clients/rest-client.js';
import { type SessionTokens } from '../clients/session-tokens.js';
import { type People } from './people.js';

/** An admin makes an account for each over REST, and each logs in. */
export class NewPeople implements People {
  /** Passwords are hashed two at a time on each server. */
  readonly atOncePerServer = 4;
  private readonly run = randomBytes(5).toString('hex');

  private constructor(
    private readonly servers: readonly RestClient[],
    private readonly admin: SessionTokens,
  ) {}

  /** @throws RestError when email or password are wrong */
  static async madeBy(
    servers: readonly RestClient[],
    email: string,
    password: string,
  ): Promise<NewPeople> {
    return new NewPeople(servers, await logInAdmin(servers[0]!, email, password));
  }

  visitor(): undefined {
    return undefined;
  }

  take(userType: UserType, index: number): Promise<Account> {
    const rest = this.servers[index % this.servers.length]!;
    return createAccount(rest, this.admin, userType, `${userType}-${index + 1}-${this.run}`);
  }
}
