import { Inject, Injectable } from '@nestjs/common';
import { dispatchConfig, faresConfig, tripsConfig, type ConfigType } from '#libs/config';
import { type TripRules } from './trip-rules.js';

/** The rules of trips as they are configured. */
@Injectable()
export class TripRulesProvider {
  readonly value: TripRules;

  constructor(
    @Inject(tripsConfig.KEY) trips: ConfigType<typeof tripsConfig>,
    @Inject(dispatchConfig.KEY) dispatch: ConfigType<typeof dispatchConfig>,
    @Inject(faresConfig.KEY) fares: ConfigType<typeof faresConfig>,
  ) {
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
