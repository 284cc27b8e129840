import { SetMetadata } from '@nestjs/common';

export const REQUEST_COST = 'ridewire:request_cost';
export const EVERY_NAMESPACE = 'ridewire:every_namespace';

/** What one request takes from the client's budget (WS_RATE_PER_SECOND). Default 1. */
export const RequestCost = (cost: number): MethodDecorator => SetMetadata(REQUEST_COST, cost);

/** The requests of this provider are served on every namespace. */
export const EveryNamespace = (): ClassDecorator => SetMetadata(EVERY_NAMESPACE, true);
