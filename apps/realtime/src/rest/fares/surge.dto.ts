import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { Latitude, Longitude, NO_SURGE_BASIS_POINTS } from '#libs/contracts';
import { type Surge } from '#libs/fares';
import { QueryLatitude, QueryLongitude } from '../parameters.js';

const MAX_TTL_MS = 7 * 86_400_000;

/** A point that stands for the cell around it. */
export class SurgePointDto {
  @QueryLatitude({ isRequired: true, description: 'In the cell; degrees, WGS84' })
  lat: number;

  @QueryLongitude({ isRequired: true, description: 'In the cell; degrees, WGS84' })
  lng: number;
}

export class SetSurgeDto {
  @ApiProperty({ minimum: -90, maximum: 90, description: 'In the cell; degrees, WGS84' })
  @Latitude()
  lat: number;

  @ApiProperty({ minimum: -180, maximum: 180, description: 'In the cell; degrees, WGS84' })
  @Longitude()
  lng: number;

  @ApiProperty({
    type: 'integer',
    minimum: NO_SURGE_BASIS_POINTS,
    description:
      'Multiplier of base, distance and time in basis points, 15000 for 1.5x; at most ' +
      'FARE_MAX_SURGE_BASIS_POINTS, by default 30,000',
  })
  @IsInt()
  @Min(NO_SURGE_BASIS_POINTS)
  surgeBasisPoints: number;

  @ApiProperty({
    type: 'integer',
    minimum: 1_000,
    maximum: MAX_TTL_MS,
    description: 'How long it holds, milliseconds',
  })
  @IsInt()
  @Min(1_000)
  @Max(MAX_TTL_MS)
  ttlMs: number;
}

export class SurgeDto implements Surge {
  @ApiProperty({ description: 'Centre of the cell; degrees, WGS84' }) lat: number;
  @ApiProperty({ description: 'Centre of the cell; degrees, WGS84' }) lng: number;
  @ApiProperty({ type: 'integer', description: 'Multiplier in basis points; 10000 is 1.0x' })
  surgeBasisPoints: number;
  @ApiProperty({ type: 'integer', description: 'When it ends, epoch milliseconds' })
  endsAt: number;
}
