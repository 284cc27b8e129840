import { Inject, Injectable } from '@nestjs/common';
import { locationConfig, type ConfigType } from '#libs/config';
import { RequestError } from '#libs/contracts';
import { type SearchOverrides } from '#libs/trips';
import { type SearchWishDto } from './dispatcher-bodies.dto.js';

/** How a dispatcher wants drivers to be looked for. */
@Injectable()
export class SearchOverridesReader {
  constructor(
    @Inject(locationConfig.KEY) private readonly settings: ConfigType<typeof locationConfig>,
  ) {}

  /** @throws RequestError VALIDATION_FAILED for a wider circle than searches may have */
  read({ searchRadiusMeters, maxCandidates, offerTtlSeconds }: SearchWishDto): SearchOverrides {
    const { nearbyMaxRadiusMeters } = this.settings;
    if ((searchRadiusMeters ?? 0) > nearbyMaxRadiusMeters) {
      throw new RequestError('VALIDATION_FAILED', {
        details: [`searchRadiusMeters must not be greater than ${nearbyMaxRadiusMeters}`],
      });
    }
    return {
      radiusMeters: searchRadiusMeters ?? undefined,
      maxOffers: maxCandidates ?? undefined,
      offerTtlMs: offerTtlSeconds ? offerTtlSeconds * 1_000 : undefined,
    };
  }
}
