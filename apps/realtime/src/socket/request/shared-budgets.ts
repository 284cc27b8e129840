import { Inject, Injectable } from '@nestjs/common';
import { socketsConfig, type ConfigType } from '#libs/config';
import { BudgetsStore, KeyedBudgets, SpreadBudgets, type RateLimits } from '#libs/limits';

/** Whom a request counts for beside its socket. */
export interface SharedBy {
  userId: string;
  /** Address, or network in IPv6; empty where none is known. */
  network: string;
}

/**
 * What all sockets of a user, on whatever instance, and all of an address on this one may cost
 * together: whoever opens many of them is not let through many times over. Behind one address may be
 * a crowd that grows with the instances, so that each of them counts addresses for itself.
 */
@Injectable()
export class SharedBudgets {
  private readonly ofUsers: SpreadBudgets;
  private readonly ofNetworks: KeyedBudgets;

  constructor(
    @Inject(socketsConfig.KEY) settings: ConfigType<typeof socketsConfig>,
    store: BudgetsStore,
  ) {
    this.ofUsers = new SpreadBudgets(
      timesOf(settings, settings.rateFactorPerUser),
      (userId, spent, limits) => store.settle('sockets', userId, spent, limits),
    );
    this.ofNetworks = KeyedBudgets.plain(timesOf(settings, settings.rateFactorPerAddress));
  }

  /** @returns how long to wait, ms; 0 for not at all */
  take({ userId, network }: SharedBy, cost: number, now: number): number {
    const waitMs = this.ofUsers.take(userId, cost, now);
    if (waitMs > 0) return waitMs;
    const networkWaitMs = this.ofNetworks.take(network, cost, now);
    // The flood of others behind the same address is not for the user to pay.
    if (networkWaitMs > 0) this.ofUsers.giveBack(userId, cost);
    return networkWaitMs;
  }
}

function timesOf({ ratePerSecond, rateBurst }: RateLimits, factor: number): RateLimits {
  return { ratePerSecond: ratePerSecond * factor, rateBurst: rateBurst * factor };
}
