import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { Allow, IsOptional, ValidateNested } from 'class-validator';
import { ID_PATTERN, PaymentMode, type FareBreakdown } from '#libs/contracts';

const ID = { pattern: ID_PATTERN.source };
const LAT = { minimum: -90, maximum: 90, description: 'Degrees, WGS84' };
const LNG = { minimum: -180, maximum: 180, description: 'Degrees, WGS84' };

/*
 * What REST reads of a request, as it is described. TripRequestDto of the contracts judges the
 * values, as it does on the socket; here only unknown fields are refused.
 */

export class TripPointBodyDto {
  @ApiPropertyOptional(LAT) @Allow() lat?: number;
  @ApiPropertyOptional(LNG) @Allow() lng?: number;
  @ApiPropertyOptional({ ...LAT, description: 'The same as lat' }) @Allow() latitude?: number;
  @ApiPropertyOptional({ ...LNG, description: 'The same as lng' }) @Allow() longitude?: number;
  @ApiPropertyOptional({ description: 'Of a GeoJSON Point; read and not used' })
  @Allow()
  type?: string;
  @ApiPropertyOptional({ type: [Number], description: 'Of a GeoJSON Point: [lng, lat]' })
  @Allow()
  coordinates?: number[];
}

export class TripStopBodyDto extends TripPointBodyDto {
  @ApiPropertyOptional({ type: TripPointBodyDto, description: 'Or lat and lng beside it' })
  @IsOptional()
  @ValidateNested()
  @Type(() => TripPointBodyDto)
  point?: TripPointBodyDto;

  @ApiPropertyOptional({ maxLength: 300, description: 'For people' }) @Allow() address?: string;
  @ApiPropertyOptional({ maxLength: 300, description: 'Id of the place at the map service' })
  @Allow()
  placeId?: string;
  @ApiPropertyOptional({ maxLength: 300, description: 'For the driver' }) @Allow() notes?: string;
  @ApiPropertyOptional({ description: 'The stops are driven in this order; else as they stand' })
  @Allow()
  seq?: number;
  @ApiPropertyOptional({ description: 'Read and not used' }) @Allow() plannedArrivalAt?: string;
}

class TripBodyDto {
  @ApiPropertyOptional({ type: TripPointBodyDto, description: 'Required, here or as pickup' })
  @IsOptional()
  @ValidateNested()
  @Type(() => TripPointBodyDto)
  pickupPoint?: TripPointBodyDto;

  @ApiPropertyOptional({ type: TripPointBodyDto, description: 'The same as pickupPoint' })
  @IsOptional()
  @ValidateNested()
  @Type(() => TripPointBodyDto)
  pickup?: TripPointBodyDto;

  @ApiPropertyOptional({ maxLength: 300, description: 'For people' })
  @Allow()
  pickupAddress?: string;

  @ApiProperty({
    type: [TripStopBodyDto],
    minItems: 1,
    maxItems: 10,
    description: 'The last one is the dropoff',
  })
  @ValidateNested({ each: true })
  @Type(() => TripStopBodyDto)
  stops: TripStopBodyDto[];

  @ApiPropertyOptional({ ...ID, description: 'Absent, or the passenger who asks' })
  @Allow()
  passengerId?: string;

  @ApiPropertyOptional({ ...ID, description: 'Kept with the trip' })
  @Allow()
  vehicleCategoryId?: string;

  @ApiPropertyOptional({ ...ID, description: 'Kept with the trip' })
  @Allow()
  serviceClassId?: string;
}

export class TripEstimateBodyDto extends TripBodyDto {
  @ApiPropertyOptional({ enum: Object.values(PaymentMode), description: 'Costs the same' })
  @Allow()
  paymentMode?: PaymentMode;
}

export class TripRequestBodyDto extends TripBodyDto {
  @ApiProperty({ enum: Object.values(PaymentMode), description: 'How the trip will be paid' })
  @Allow()
  paymentMode: PaymentMode;

  @ApiPropertyOptional({ ...ID, description: 'For clients that cannot set the header' })
  @Allow()
  idempotencyKey?: string;
}

/** Whole numbers; amounts are minor units of `currency`, and the lines add up to `total`. */
export class FareBreakdownDto implements FareBreakdown {
  @ApiProperty({ description: 'ISO 4217' }) currency: string;
  @ApiProperty({ type: 'integer', description: 'For any ride' }) base: number;
  @ApiProperty({ type: 'integer', description: 'For the way' }) distance: number;
  @ApiProperty({ type: 'integer', description: 'For the time' }) time: number;
  @ApiProperty({ type: 'integer', description: 'What the surge adds to the lines above' })
  surge: number;
  @ApiProperty({ type: 'integer', description: 'For waiting at the pickup' }) waiting: number;
  @ApiProperty({ type: 'integer', description: 'Fees that the driver paid' }) extra: number;
  @ApiProperty({ type: 'integer', description: 'What lifts the ride to the minimum' })
  minimumTopUp: number;
  @ApiProperty({ type: 'integer', description: 'The sum' }) total: number;
  @ApiProperty({ type: 'integer', description: 'Multiplier in basis points; 10000 is 1.0x' })
  surgeBasisPoints: number;
  @ApiProperty({ type: 'integer', description: 'That is charged' }) distanceMeters: number;
  @ApiProperty({ type: 'integer', description: 'That is charged' }) durationMs: number;
}
