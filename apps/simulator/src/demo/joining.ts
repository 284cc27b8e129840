import { UserType } from '#libs/contracts';
import { RestClient } from '../clients/rest-client.js';
import { type SessionTokens } from '../clients/session-tokens.js';
import { createAccounts } from '../fleet/accounts.js';
import { type Fleet } from '../fleet/fleet.js';
import { type Rides } from '../rides/rides.js';
import { type Drives } from './drives.js';

/** Most of the hashing is for drivers; passengers come in between, so that trips begin early. */
const DRIVERS_AT_ONCE_PER_SERVER = 4;
const PASSENGERS_AT_ONCE_PER_SERVER = 1;

/** Accounts take a while to make (passwords are hashed): everybody sets off as soon as they have one. */
export class Joining {
  private readonly ended = new AbortController();
  private readonly failure = new AbortController();
  private readonly done: Promise<void>;

  constructor(
    servers: readonly string[],
    admin: SessionTokens,
    fleet: Fleet,
    drives: Drives,
    rides: Rides,
    passengerCount: number,
    signal: AbortSignal,
  ) {
    const untilEnd = AbortSignal.any([signal, this.ended.signal]);
    // The tokens of a driver outlive the joining, so only the creation is cut short by its end.
    const clients = servers.map((server) => new RestClient(server, signal));
    const drivers = createAccounts(
      clients,
      admin,
      {
        userType: UserType.driver,
        count: drives.driverCount,
        atOncePerServer: DRIVERS_AT_ONCE_PER_SERVER,
      },
      untilEnd,
      (account, index) => fleet.join(account, drives.drive(index, Date.now()), index),
    );
    const passengers = createAccounts(
      clients,
      admin,
      {
        userType: UserType.passenger,
        count: passengerCount,
        atOncePerServer: PASSENGERS_AT_ONCE_PER_SERVER,
      },
      untilEnd,
      (account, index) => rides.join(account, index),
    );
    this.done = Promise.all([drivers, passengers]).then(
      () => undefined,
      (error: unknown) => {
        if (!untilEnd.aborted) this.failure.abort(error);
      },
    );
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
