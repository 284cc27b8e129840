import { type UserType } from '#libs/contracts';
import { type Account } from '../clients/accounts.js';

/** Where the people of a run come from, each with a session that is open. */
export interface People {
  /** How many can be had at once of each server; more would only wait. */
  readonly atOncePerServer: number;
  /** @param index from 0, of its type; also says which of the servers is asked */
  take(userType: UserType, index: number): Promise<Account>;
  /** Whom somebody at a browser plays, if there is such a one. */
  visitor(userType: UserType): string | undefined;
}
