import { Inject, Injectable } from '@nestjs/common';
import { dispatchConfig, faresConfig, tripsConfig, type ConfigType } from '#libs/config';
import { type TripStatus } from '#libs/contracts';

/** The durations that decide about a trip. */
export interface TripRules {
  /** A trip that is in a status longer than this is stuck; terminal ones never are. */
  stuckAfterMs: Partial<Record<TripStatus, number>>;
  /** Terminal trips leave Redis after this. */
  archiveAfterMs: number;
  /** How long drivers are looked for. */
  searchMs: number;
  maxOffers: number;
  offerTtlMs: number;
  /** By then the driver's app has to have confirmed an offer; null when it need not. */
  deliveryMs: number | null;
  /** Waiting that costs nothing. */
  freeWaitingMs: number;
  /** How often what was driven is added up during the ride. */
  odometerMs: number;
  /** How often a driver that was lost during the ride is looked for. */
  lostCheckMs: number;
}

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
