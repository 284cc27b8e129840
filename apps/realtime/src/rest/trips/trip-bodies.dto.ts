import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Matches, Min } from 'class-validator';
import {
  ID_PATTERN,
  Latitude,
  Longitude,
  OfferRejection,
  OfferStatus,
  OneOf,
  PlainText,
} from '#libs/contracts';

const NOT_USED = 'Read and not used: the server measures it itself';

export class CancelTripDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 300, description: 'For the others' })
  @IsOptional()
  @PlainText({ min: 1, max: 300 })
  reason?: string;
}

/** Older clients name the driver. */
export class DriverBodyDto {
  @ApiPropertyOptional({ pattern: ID_PATTERN.source, description: 'Absent, or who asks' })
  @IsOptional()
  @Matches(ID_PATTERN)
  driverId?: string;
}

export class RejectOfferDto extends DriverBodyDto {
  @ApiPropertyOptional({
    enum: Object.values(OfferRejection),
    default: OfferRejection.other,
    description: 'For dispatchers',
  })
  @IsOptional()
  @OneOf(Object.values(OfferRejection))
  reason?: OfferRejection;
}

export class ArrivingDto extends DriverBodyDto {
  @ApiPropertyOptional({ minimum: 0, description: NOT_USED })
  @IsOptional()
  @IsNumber()
  @Min(0)
  etaMinutes?: number;

  @ApiPropertyOptional({ minimum: -90, maximum: 90, description: NOT_USED })
  @IsOptional()
  @Latitude()
  driverLat?: number;

  @ApiPropertyOptional({ minimum: -180, maximum: 180, description: NOT_USED })
  @IsOptional()
  @Longitude()
  driverLng?: number;
}

export class CompleteTripDto extends DriverBodyDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'Tolls and the like, minor units; at most FARE_MAX_EXTRA_FEES, by default 5,000',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  extraFees?: number;

  @ApiPropertyOptional({ minimum: 0, description: NOT_USED })
  @IsOptional()
  @IsNumber()
  @Min(0)
  actualDistanceKm?: number;

  @ApiPropertyOptional({ minimum: 0, description: NOT_USED })
  @IsOptional()
  @IsNumber()
  @Min(0)
  actualDurationMin?: number;

  @ApiPropertyOptional({ minimum: 0, description: NOT_USED })
  @IsOptional()
  @IsNumber()
  @Min(0)
  waitingTimeMinutes?: number;

  @ApiPropertyOptional({ maxLength: 300, description: 'Read and not used' })
  @IsOptional()
  @PlainText({ max: 300 })
  waitingReason?: string;
}

/** The driver learns no more of a trip that it does not take. */
export class RejectedOfferDto {
  @ApiProperty({ description: 'The offer' }) assignmentId: string;
  @ApiProperty({ enum: [OfferStatus.rejected], description: 'What became of it' })
  status: OfferStatus;
}
