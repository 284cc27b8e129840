import { Inject, Injectable } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { locationConfig, type ConfigType } from '#libs/config';
import { OneOf, PlainText, TripStatus, RequestError } from '#libs/contracts';
import { type SearchOverrides } from '#libs/trips';

export const MessageTarget = { passenger: 'passenger', driver: 'driver', both: 'both' } as const;
export type MessageTarget = (typeof MessageTarget)[keyof typeof MessageTarget];

export class SearchOverridesDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 100,
    description: 'One circle instead of DISPATCH_RADII_METERS; at most NEARBY_MAX_RADIUS_METERS',
  })
  @IsOptional()
  @IsInt()
  @Min(100)
  searchRadiusMeters?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 50,
    description: 'Offers of this search, instead of DISPATCH_MAX_OFFERS',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(50)
  maxCandidates?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 600,
    description: 'Time to answer an offer, instead of DISPATCH_OFFER_TTL',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(600)
  offerTtlSeconds?: number;
}

export class RetryMatchingDto extends SearchOverridesDto {
  @ApiProperty({ minLength: 1, maxLength: 300, description: 'For the audit trail' })
  @PlainText({ min: 1, max: 300 })
  reason: string;
}

/** The passenger and the driver get the reason, the note stays with dispatchers. */
export class DispatcherReasonDto {
  @ApiProperty({ minLength: 1, maxLength: 300, description: 'Also for passenger and driver' })
  @PlainText({ min: 1, max: 300 })
  reason: string;

  @ApiPropertyOptional({ maxLength: 1_000, description: 'For dispatchers only' })
  @IsOptional()
  @PlainText({ max: 1_000 })
  internalNote?: string;
}

export class OverrideStatusDto extends DispatcherReasonDto {
  @ApiProperty({
    enum: Object.values(TripStatus),
    description:
      'Forward from where the trip is, or back to assigning before the ride; a driver is never ' +
      'made up',
  })
  @OneOf(Object.values(TripStatus))
  targetStatus: TripStatus;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: 10_000,
    description: 'With completed: charged instead of what was measured',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(10_000)
  actualDistanceKm?: number;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: 100_000,
    description: 'With completed: charged instead of what was measured',
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100_000)
  actualDurationMin?: number;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: 100_000_000,
    description: 'With completed: minor units, instead of what the prices say',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(100_000_000)
  fareTotal?: number;
}

export class SendMessageDto {
  @ApiProperty({ enum: Object.values(MessageTarget), description: 'Who gets it' })
  @OneOf(Object.values(MessageTarget))
  target: MessageTarget;

  @ApiProperty({ minLength: 1, maxLength: 1_000, description: 'As it is shown' })
  @PlainText({ min: 1, max: 1_000 })
  message: string;
}

export class NoDriversDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 300, description: 'Also for the passenger' })
  @IsOptional()
  @PlainText({ min: 1, max: 300 })
  reason?: string;
}

/** Reads what a dispatcher sets for one search for a driver. */
@Injectable()
export class SearchOverridesReader {
  constructor(
    @Inject(locationConfig.KEY) private readonly settings: ConfigType<typeof locationConfig>,
  ) {}

  /** @throws RequestError VALIDATION_FAILED for a wider circle than NEARBY_MAX_RADIUS_METERS */
  read({
    searchRadiusMeters,
    maxCandidates,
    offerTtlSeconds,
  }: SearchOverridesDto): SearchOverrides {
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
