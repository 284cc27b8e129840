import {
  Inject,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { restConfig, type ConfigType } from '#libs/config';
import { BudgetsStore, refuseUntilLater, SpreadBudgets } from '#libs/limits';
import { AddressRate } from './address-rate.js';
import { type GuardedRequest } from './caller.js';
import { RefusedCallers } from './refused-callers.js';

const REST_COST = 'rest:cost';

/** What a request takes from the budgets of its user and its address; default 1. */
export const RestCost = (cost: number): MethodDecorator & ClassDecorator =>
  SetMetadata(REST_COST, cost);

/** Counts what a route costs by address, before anybody looks at a token. */
@Injectable()
export class AddressRateGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly rate: AddressRate,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    // One is taken before the route is known, see `refuseFloods`.
    refuseUntilLater(this.rate.takeMore(request, costOf(this.reflector, context) - 1));
    return true;
  }
}

/**
 * Counts requests by the user that makes them, on all instances together; programs with the API key
 * by their address alone.
 */
@Injectable()
export class UserRateGuard implements CanActivate {
  private readonly budgets: SpreadBudgets;
  /** How long the cost of the cheapest call takes to come back, ms. */
  private readonly costMs: number;

  constructor(
    private readonly reflector: Reflector,
    @Inject(restConfig.KEY) { ofUser }: ConfigType<typeof restConfig>,
    private readonly refused: RefusedCallers,
    store: BudgetsStore,
  ) {
    this.costMs = 1_000 / ofUser.ratePerSecond;
    this.budgets = new SpreadBudgets(ofUser, (userId, spent, limits) =>
      store.settle('rest', userId, spent, limits),
    );
  }

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const { caller, headers } = context.switchToHttp().getRequest<GuardedRequest>();
    if (caller?.kind !== 'user') return true;
    const cost = costOf(this.reflector, context);
    const now = performance.now();
    const waitMs = this.budgets.take(caller.principal.userId, cost, now);
    const cheapestMs = waitMs - (cost - 1) * this.costMs;
    if (cheapestMs > 0 && headers.authorization !== undefined)
      this.refused.note(headers.authorization, {
        cheapestAt: now + cheapestMs,
        dearestAt: now + waitMs,
      });
    refuseUntilLater(waitMs);
    return true;
  }
}

function costOf(reflector: Reflector, context: ExecutionContext): number {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<number | undefined>(REST_COST, targets) ?? 1;
}
