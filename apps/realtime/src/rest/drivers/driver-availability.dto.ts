import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  AvailabilityReason,
  AvailabilityStatus,
  ImplausibleReason,
  PositionQuality,
  type AvailabilitySnapshot,
  type FramedPosition,
  type LastLocation,
  type RefusedFixes,
} from '#libs/contracts';
import { type NearbyDriver } from '#libs/fleet';

const EPOCH_MS = 'Epoch milliseconds';

export class LastLocationDto implements LastLocation {
  @ApiProperty({ description: 'Degrees, WGS84' }) lat: number;
  @ApiProperty({ description: 'Degrees, WGS84' }) lng: number;
  @ApiProperty({ enum: ['Point'], description: 'As in GeoJSON' }) type: 'Point';
  @ApiProperty({ type: [Number], description: '[lng, lat]' }) coordinates: [number, number];
}

/** Times are ISO 8601. */
export class AvailabilityDto implements AvailabilitySnapshot {
  @ApiProperty({ description: 'The same as driverId' }) id: string;
  @ApiProperty({ description: 'Id of the account' }) driverId: string;
  @ApiProperty({ description: 'Whether the driver is at work: available, busy or on a trip' })
  isOnline: boolean;
  @ApiProperty({ description: 'Whether trips may be offered now' }) isAvailableForTrips: boolean;
  @ApiProperty({
    enum: Object.values(AvailabilityReason),
    nullable: true,
    description: 'Why no trips may be offered; null when they may',
  })
  availabilityReason: AvailabilityReason | null;
  @ApiProperty({ enum: Object.values(AvailabilityStatus), description: 'As dispatchers see it' })
  availabilityStatus: AvailabilityStatus;
  @ApiProperty({
    type: LastLocationDto,
    nullable: true,
    description: 'The newest believed position; null before the first',
  })
  lastLocation: LastLocation | null;
  @ApiProperty({ type: String, nullable: true, description: 'When it was measured, ISO 8601' })
  lastLocationTimestamp: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The trip that is driven, if any' })
  currentTripId: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The vehicle, if it is known' })
  currentVehicleId: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'When last online, ISO 8601' })
  lastOnlineTimestamp: string | null;
  @ApiProperty({ description: 'ISO 8601' }) updatedAt: string;
  @ApiProperty({ type: String, nullable: true, description: 'Always null; older clients read it' })
  deletedAt: null;
  @ApiProperty({ description: 'Grows with every change' }) version: number;
}

export class RefusedFixesDto implements RefusedFixes {
  @ApiProperty({ description: 'Refused fixes of the last one to two hours' }) total: number;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many for each reason; the reasons are those of PROTOCOL.md',
  })
  byReason: RefusedFixes['byReason'];
  @ApiProperty({
    enum: Object.values(ImplausibleReason),
    nullable: true,
    description: 'Why the last one was refused',
  })
  lastReason: ImplausibleReason | null;
  @ApiProperty({ type: String, nullable: true, description: 'When that was, ISO 8601' })
  lastAt: string | null;
}

/** A driver as GET of one driver shows it. */
export class DriverDetailDto extends AvailabilityDto {
  @ApiProperty({ type: RefusedFixesDto, description: 'Fixes that were refused, by reason' })
  refusedFixes: RefusedFixesDto;
  @ApiProperty({
    description:
      'Whether currentTripId is a trip of another system, or no trip at all, as `driver:trip:set` ' +
      'said it; DELETE of the trip clears it',
  })
  hasForeignTrip: boolean;
}

export class FramedPositionDto implements FramedPosition {
  @ApiProperty({ description: 'Id of the account' }) driverId: string;
  @ApiProperty({ description: 'Degrees, WGS84' }) lat: number;
  @ApiProperty({ description: 'Degrees, WGS84' }) lng: number;
  @ApiProperty({ description: `When it was measured. ${EPOCH_MS}` }) timestamp: number;
  @ApiPropertyOptional({ description: 'Metres' }) accuracy?: number;
  @ApiPropertyOptional({ description: 'Degrees clockwise from north' }) heading?: number;
  @ApiPropertyOptional({ description: 'Metres per second' }) speed?: number;
  @ApiProperty({ description: 'Age when this was answered, milliseconds' }) ageMs: number;
  @ApiProperty({ enum: Object.values(PositionQuality), description: 'By the age' })
  quality: PositionQuality;
}

export class NearbyDriverDto extends AvailabilityDto implements NearbyDriver {
  @ApiProperty({ description: 'From the centre of the search' }) distanceMeters: number;
  @ApiProperty({
    type: 'integer',
    description: 'Estimated to the centre, 1 to 90 minutes, milliseconds',
  })
  etaMs: number;
  @ApiProperty({ type: FramedPositionDto, description: 'The newest believed position' })
  position: FramedPosition;
}

export class HistoryFixDto {
  @ApiProperty({ description: 'Degrees, WGS84' }) lat: number;
  @ApiProperty({ description: 'Degrees, WGS84' }) lng: number;
  @ApiProperty({ description: `When it was measured. ${EPOCH_MS}` }) timestamp: number;
  @ApiPropertyOptional({ description: 'Metres' }) accuracy?: number;
  @ApiPropertyOptional({ description: 'Degrees clockwise from north' }) heading?: number;
  @ApiPropertyOptional({ description: 'Metres per second' }) speed?: number;
  @ApiPropertyOptional({ description: 'The connection epoch that the client named' })
  epoch?: number;
  @ApiPropertyOptional({ description: 'The place in the epoch that the client named' })
  sequence?: number;
  @ApiProperty({ description: `When it came in. ${EPOCH_MS}` }) receivedAt: number;
}
