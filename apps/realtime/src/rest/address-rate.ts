import { Inject, Injectable } from '@nestjs/common';
import { type NextFunction, type Request } from 'express';
import { networkOf } from '#libs/auth';
import { restConfig, type ConfigType } from '#libs/config';
import { KeyedBudgets, refuseUntilLater } from '#libs/limits';
import { addressOf, type ProxiedRequest } from './caller.js';
import { type RefusedCallers } from './refused-callers.js';

const HEALTH = /^\/health(?:\/|$)/;
/** What an instance says of itself. An orchestrator that were refused here would start it anew. */
const OF_ITSELF = /^\/health\/(?:live|startup)$/;
const REST = /^\/api(?:\/|$)/;
const DOCS = /^\/api\/docs/;
/** Balancers ask once in a while, and each time Redis is asked; whoever asks more often is none of them. */
const HEALTH_LIMITS = { ratePerSecond: 100, rateBurst: 1_000 };
/** A page asks for a hundred files at once, and a file costs next to nothing. */
const PAGE_COST = 0.25;
/** It is hundreds of kilobytes. */
const DOCS_COST = 5;
/** What a failed call (401, or no such route) costs beside. */
const FAILED_CALL_COST = 4;

/** What is looked at before a request is let through. */
export type CountedRequest = ProxiedRequest & Pick<Request, 'method' | 'path'>;

/** What all requests from one address, or one /64 in IPv6, may cost this instance. */
@Injectable()
export class AddressRate {
  private readonly budgets: KeyedBudgets;
  /** Apart, so that a balancer that asks is not told that the instance is unwell because of others. */
  private readonly ofHealth = KeyedBudgets.plain(HEALTH_LIMITS);

  constructor(
    @Inject(restConfig.KEY)
    private readonly settings: Pick<ConfigType<typeof restConfig>, 'ofAddress'>,
  ) {
    this.budgets = KeyedBudgets.plain(settings.ofAddress);
  }

  /** Counts any request before anything is spent on it. @returns how long to wait, ms; 0 for not at all */
  takeRequest(request: CountedRequest): number {
    const network = networkOf(addressOf(request));
    const now = performance.now();
    if (HEALTH.test(request.path)) return this.ofHealth.take(network, 1, now);
    return this.budgets.take(network, costOf(request.path), now);
  }

  /** The same for what a route costs beside. */
  takeMore(request: CountedRequest, cost: number): number {
    if (cost <= 0) return 0;
    const network = networkOf(addressOf(request));
    const taken = costOf(request.path);
    // What costs more than a full budget is let through by a full one.
    const rest = Math.min(cost, this.settings.ofAddress.rateBurst - taken);
    const waitMs = this.budgets.take(network, rest, performance.now());
    // Refusals cost nothing, or whoever waits for so long would be refused again.
    if (waitMs > 0) this.budgets.giveBack(network, taken);
    return waitMs;
  }

  /** Whose calls fail (401, or no such route) has less of a budget. */
  chargeFailedCall(request: CountedRequest): void {
    this.budgets.charge(networkOf(addressOf(request)), FAILED_CALL_COST, performance.now());
  }
}

/** Nothing is read, looked up or asked for it. */
function costsNothing({ method, path, headers }: CountedRequest): boolean {
  if (method !== 'GET' || !OF_ITSELF.test(path)) return false;
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

function costOf(path: string): number {
  if (!REST.test(path)) return PAGE_COST;
  return DOCS.test(path) ? DOCS_COST : 1;
}

/** Before bodies are read, and before anything looks for a route. */
export function refuseFloods(
  rate: AddressRate,
  refused: RefusedCallers,
): (request: CountedRequest, response: unknown, next: NextFunction) => void {
  return (request, _response, next) => {
    if (costsNothing(request)) {
      next();
      return;
    }
    const { authorization } = request.headers;
    const retryAfterMs =
      rate.takeRequest(request) ||
      (authorization === undefined ? 0 : refused.waitOf(authorization, performance.now()));
    refuseUntilLater(retryAfterMs);
    next();
  };
}
