import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBooleanString, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';

export class NearbyQueryDto {
  @ApiProperty({ minimum: -90, maximum: 90, description: 'Centre of the search, degrees, WGS84' })
  @Type(() => Number)
  @IsNumber()
  @Min(-90)
  @Max(90)
  lat: number;

  @ApiProperty({ minimum: -180, maximum: 180, description: 'Centre of the search, degrees, WGS84' })
  @Type(() => Number)
  @IsNumber()
  @Min(-180)
  @Max(180)
  lng: number;

  @ApiPropertyOptional({
    type: 'integer',
    default: 2_000,
    minimum: 1,
    description: 'At most NEARBY_MAX_RADIUS_METERS, by default 20,000',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  radiusMeters: number = 2_000;

  @ApiPropertyOptional({
    type: 'integer',
    default: 50,
    minimum: 1,
    maximum: 500,
    description: 'So many of the nearest',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit: number = 50;

  @ApiPropertyOptional({
    enum: ['true', 'false', '1', '0'],
    default: 'false',
    description: 'Also live drivers to whom no trips may be offered now',
  })
  @IsOptional()
  @IsBooleanString()
  includeUnavailable: string = 'false';

  @ApiPropertyOptional({
    type: 'integer',
    default: 90_000,
    minimum: 1,
    description: 'Leaves out drivers whose position is older, milliseconds',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  maxAgeMs: number = 90_000;
}

export class HistoryQueryDto {
  @ApiPropertyOptional({
    type: 'integer',
    default: 0,
    description: 'Epoch milliseconds; by default as far back as the history goes',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  from: number = 0;

  @ApiPropertyOptional({ type: 'integer', description: 'Epoch milliseconds; by default now' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  to?: number;
}
