import { UserType } from '#libs/contracts';
import { RestClient } from '../clients/rest-client.js';
import { type SessionTokens } from '../clients/session-tokens.js';
import { createAccounts } from '../fleet/accounts.js';
import { type Fleet } from '../fleet/fleet.js';
import { type Drives } from './drives.js';

/** Accounts take a while to make (passwords are hashed): each driver sets off as soon as it has one. */
export class Joining {
  private readonly ended = new AbortController();
  private readonly failure = new AbortController();
  private readonly done: Promise<void>;

  constructor(
    servers: readonly string[],
    admin: SessionTokens,
    fleet: Fleet,
    drives: Drives,
    signal: AbortSignal,
  ) {
    const untilEnd = AbortSignal.any([signal, this.ended.signal]);
    // The tokens of a driver outlive the joining, so only the creation is cut short by its end.
    const clients = servers.map((server) => new RestClient(server, signal));
    this.done = createAccounts(
      clients,
      admin,
      { userType: UserType.driver, count: drives.driverCount, atOncePerServer: 4 },
      untilEnd,
      (account, index) => fleet.join(account, drives.source(index, Date.now()), index),
    ).catch((error: unknown) => {
      if (!untilEnd.aborted) this.failure.abort(error);
    });
  }

  get failed(): AbortSignal {
    return this.failure.signal;
  }

  /** Lets nobody else join. @throws what kept drivers from joining */
  async end(): Promise<void> {
    this.ended.abort();
    await this.done;
    this.failed.throwIfAborted();
  }
}
