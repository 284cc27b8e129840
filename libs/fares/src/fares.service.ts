import { Inject, Injectable } from '@nestjs/common';
import { faresConfig, travelConfig, type ConfigType } from '#libs/config';
import { RequestError, type FareBreakdown, type WaitingSurcharge } from '#libs/contracts';
import { estimateTravel, type Point } from '#libs/location';
import {
  estimateFare,
  finalFare,
  waitingSurcharge,
  type CompletedRide,
} from './fare-calculation.js';
import { SurgeService } from './surge.service.js';

export interface TripPath {
  pickup: Point;
  /** In the order of the drive; the last one is the dropoff. */
  stops: readonly Point[];
}

/** What trips cost, by the configured prices. */
@Injectable()
export class FaresService {
  constructor(
    @Inject(faresConfig.KEY) private readonly settings: ConfigType<typeof faresConfig>,
    @Inject(travelConfig.KEY) private readonly travel: ConfigType<typeof travelConfig>,
    private readonly surges: SurgeService,
  ) {}

  /**
   * What a trip along the path would cost, requested now. Its `surgeBasisPoints` are those to fix
   * with the request and to give to `final`.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async estimate({ pickup, stops }: TripPath): Promise<FareBreakdown> {
    const surgeBasisPoints = await this.surges.surgeAt(pickup);
    const way = estimateTravel([pickup, ...stops], this.travel);
    return estimateFare(this.settings.policy, { ...way, surgeBasisPoints });
  }

  /**
   * What the driven trip costs.
   * @throws RequestError VALIDATION_FAILED when the extra fees are no amount up to FARE_MAX_EXTRA_FEES
   * @throws RangeError for other numbers that no ride has
   */
  final(ride: CompletedRide): FareBreakdown {
    const { policy, maxExtraFees } = this.settings;
    const { extraFees } = ride;
    if (!(Number.isSafeInteger(extraFees) && extraFees >= 0 && extraFees <= maxExtraFees)) {
      throw new RequestError('VALIDATION_FAILED', {
        details: [`extraFees must be a whole number of minor units from 0 to ${maxExtraFees}`],
      });
    }
    return finalFare(policy, ride);
  }

  /**
   * What the driver's waiting at the pickup costs by now, and when it next costs more.
   * @param arrivedAt epoch milliseconds
   * @param now epoch milliseconds
   */
  waiting(arrivedAt: number, now: number): WaitingSurcharge {
    return waitingSurcharge(this.settings.policy, arrivedAt, now);
  }
}
