import {
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { networkOf } from '#libs/auth';
import { restConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { BudgetsStore, KeyedBudgets, SpreadBudgets } from '#libs/limits';
import { addressOf, type GuardedRequest } from './caller.js';

const REST_COST = 'rest:cost';

/** What a request takes from the budgets of its user and its address; default 1, 0 for none at all. */
export const RestCost = (cost: number): MethodDecorator & ClassDecorator =>
  SetMetadata(REST_COST, cost);

/** Counts requests to this instance by address, before anything is spent on them. */
@Injectable()
export class AddressRateGuard implements CanActivate {
  private readonly budgets: KeyedBudgets;

  constructor(
    private readonly reflector: Reflector,
    @Inject(restConfig.KEY) { ofAddress }: ConfigType<typeof restConfig>,
  ) {
    this.budgets = KeyedBudgets.plain(ofAddress);
  }

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const cost = costOf(this.reflector, context);
    if (cost === 0) return true;
    const address = addressOf(context.switchToHttp().getRequest<GuardedRequest>());
    return take(this.budgets, networkOf(address), cost);
  }
}

/**
 * Counts requests by the user that makes them, on all instances together; programs with the API key
 * by their address alone.
 */
@Injectable()
export class UserRateGuard implements CanActivate {
  private readonly budgets: SpreadBudgets;

  constructor(
    private readonly reflector: Reflector,
    @Inject(restConfig.KEY) { ofUser }: ConfigType<typeof restConfig>,
    store: BudgetsStore,
  ) {
    this.budgets = new SpreadBudgets(ofUser, (userId, spent, limits) =>
      store.settle('rest', userId, spent, limits),
    );
  }

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { caller } = context.switchToHttp().getRequest<GuardedRequest>();
    if (caller?.kind !== 'user') return true;
    return take(this.budgets, caller.principal.userId, costOf(this.reflector, context));
  }
}

function costOf(reflector: Reflector, context: ExecutionContext): number {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<number | undefined>(REST_COST, targets) ?? 1;
}

/** @throws RequestError RATE_LIMITED */
function take(budgets: KeyedBudgets | SpreadBudgets, key: string, cost: number): true {
  const retryAfterMs = budgets.take(key, cost, performance.now());
  if (retryAfterMs > 0) throw new RequestError('RATE_LIMITED', { retryAfterMs });
  return true;
}
