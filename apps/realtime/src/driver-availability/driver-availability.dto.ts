import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBooleanString, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import {
  AvailabilityReason,
  AvailabilityStatus,
  PositionQuality,
  type AvailabilitySnapshot,
  type FramedPosition,
  type LastLocation,
} from '#libs/contracts';
import { type NearbyDriver } from '#libs/fleet';

export class NearbyQueryDto {
  @Type(() => Number)
  @IsNumber()
  @Min(-90)
  @Max(90)
  lat: number;

  @Type(() => Number)
  @IsNumber()
  @Min(-180)
  @Max(180)
  lng: number;

  /** At most NEARBY_MAX_RADIUS_METERS. */
  @ApiPropertyOptional({ default: 2_000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  radiusMeters = 2_000;

  @ApiPropertyOptional({ default: 50, maximum: 500 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit = 50;

  /** `true`: also live drivers that may not be offered trips now. */
  @ApiPropertyOptional({ default: 'false' })
  @IsOptional()
  @IsBooleanString()
  includeUnavailable = 'false';

  /** Leaves out positions that are older. Default 90 s. */
  @ApiPropertyOptional({ default: 90_000 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  maxAgeMs = 90_000;
}

export class HistoryQueryDto {
  /** Epoch milliseconds. Default: as far back as the history goes. */
  @ApiPropertyOptional()
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  from = 0;

  /** Epoch milliseconds. Default: now. */
  @ApiPropertyOptional()
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  to?: number;
}

export class LastLocationDto implements LastLocation {
  @ApiProperty() lat: number;
  @ApiProperty() lng: number;
  @ApiProperty({ enum: ['Point'] }) type: 'Point';
  @ApiProperty({ type: [Number], description: '[lng, lat]' }) coordinates: [number, number];
}

export class AvailabilityDto implements AvailabilitySnapshot {
  @ApiProperty() id: string;
  @ApiProperty() driverId: string;
  @ApiProperty() isOnline: boolean;
  @ApiProperty() isAvailableForTrips: boolean;
  @ApiProperty({ enum: Object.values(AvailabilityReason), nullable: true })
  availabilityReason: AvailabilityReason | null;
  @ApiProperty({ enum: Object.values(AvailabilityStatus) }) availabilityStatus: AvailabilityStatus;
  @ApiProperty({ type: LastLocationDto, nullable: true }) lastLocation: LastLocation | null;
  @ApiProperty({ type: String, nullable: true }) lastLocationTimestamp: string | null;
  @ApiProperty({ type: String, nullable: true }) currentTripId: string | null;
  @ApiProperty({ type: String, nullable: true }) currentVehicleId: string | null;
  @ApiProperty({ type: String, nullable: true }) lastOnlineTimestamp: string | null;
  @ApiProperty() updatedAt: string;
  @ApiProperty({ type: String, nullable: true }) deletedAt: null;
  @ApiProperty() version: number;
}

export class FramedPositionDto implements FramedPosition {
  @ApiProperty() driverId: string;
  @ApiProperty() lat: number;
  @ApiProperty() lng: number;
  @ApiProperty({ description: 'Epoch milliseconds' }) timestamp: number;
  @ApiPropertyOptional() accuracy?: number;
  @ApiPropertyOptional() heading?: number;
  @ApiPropertyOptional() speed?: number;
  @ApiProperty() ageMs: number;
  @ApiProperty({ enum: Object.values(PositionQuality) }) quality: PositionQuality;
}

export class NearbyDriverDto extends AvailabilityDto implements NearbyDriver {
  @ApiProperty() distanceMeters: number;
  @ApiProperty({ type: FramedPositionDto }) position: FramedPosition;
}

export class HistoryFixDto {
  @ApiProperty() lat: number;
  @ApiProperty() lng: number;
  @ApiProperty({ description: 'Epoch milliseconds' }) timestamp: number;
  @ApiPropertyOptional() accuracy?: number;
  @ApiPropertyOptional() heading?: number;
  @ApiPropertyOptional() speed?: number;
  @ApiPropertyOptional() epoch?: number;
  @ApiPropertyOptional() sequence?: number;
  @ApiProperty({ description: 'Epoch milliseconds' }) receivedAt: number;
}
