import { Injectable } from '@nestjs/common';
import { Configuration } from '#libs/config';
import { type TripRules } from './trip-rules.js';

/** The rules of trips as they are configured. */
@Injectable()
export class TripRulesProvider {
  readonly value: TripRules;

  constructor({ trips, dispatch, fares }: Configuration) {
    this.value = {
      stuckAfterMs: trips.stuckAfterMs,
      archiveAfterMs: trips.archiveAfterMs,
      searchMs: dispatch.searchMs,
      maxOffers: dispatch.maxOffers,
      offerTtlMs: dispatch.offerTtlMs,
      deliveryMs: dispatch.deliveryMs,
      freeWaitingMs: fares.policy.waitingFreeMs,
      odometerMs: trips.odometerMs,
      lostCheckMs: trips.lostCheckMs,
    };
  }
}
