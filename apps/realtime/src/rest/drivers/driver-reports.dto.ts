import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import {
  AvailabilityReason,
  AvailabilityStatus,
  FixVerdict,
  Flag,
  ID_PATTERN,
  ImplausibleReason,
  OneOf,
  type DriverStatusUpdateDto,
  type FixInput,
  type FixResult,
  type LocationPingResult,
} from '#libs/contracts';
import { PageMetaDto } from '../envelope.dto.js';
import { QueryAfter, QueryBoolean, QueryInteger } from '../parameters.js';

const DEGREES = 'Degrees, WGS84; a number or text';
const TIME = 'ISO 8601, or epoch seconds, milliseconds or microseconds';

/** A place within a body, which the reader of fixes judges. */
const PlaceField = (description: string): PropertyDecorator =>
  applyDecorators(
    ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'number' }, description }),
    IsOptional(),
  );

/** The body of the old reporter, in all spellings of `driver:location:ping`; the reader of fixes judges it. */
export class PingLocationDto {
  @ApiPropertyOptional({ type: Number, description: DEGREES }) @IsOptional() lat?: unknown;
  @ApiPropertyOptional({ type: Number, description: DEGREES }) @IsOptional() lng?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'As lat' }) @IsOptional() latitude?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'As lng' }) @IsOptional() longitude?: unknown;
  @PlaceField('{latitude, longitude, accuracy}') coords?: unknown;
  @PlaceField('{lat, lng} or a GeoJSON Point') location?: unknown;
  @PlaceField('As location') lastLocation?: unknown;
  @PlaceField('As location') point?: unknown;
  @PlaceField('As location') position?: unknown;
  @ApiPropertyOptional({ type: String, description: 'Of a GeoJSON Point; read and not used' })
  @IsOptional()
  type?: unknown;
  @ApiPropertyOptional({ type: [Number], description: 'Of a GeoJSON Point: [lng, lat]' })
  @IsOptional()
  coordinates?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'Metres' }) @IsOptional() accuracy?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'Metres' })
  @IsOptional()
  accuracyMeters?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'Degrees' }) @IsOptional() heading?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'Metres a second' })
  @IsOptional()
  speed?: unknown;
  @ApiPropertyOptional({ type: String, description: TIME }) @IsOptional() reportedAt?: unknown;
  @ApiPropertyOptional({ type: String, description: TIME }) @IsOptional() timestamp?: unknown;
  @ApiPropertyOptional({ type: String, description: TIME }) @IsOptional() ts?: unknown;
  @ApiPropertyOptional({ type: String, description: TIME }) @IsOptional() time?: unknown;
  @ApiPropertyOptional({ type: String, description: TIME })
  @IsOptional()
  lastLocationTimestamp?: unknown;
  @ApiPropertyOptional({ type: Number, description: 'Counts up' }) @IsOptional() sequence?: unknown;
  @ApiPropertyOptional({ type: Boolean, description: 'Read and not used: every fix is kept' })
  @IsOptional()
  forceSave?: unknown;
}

/** The fix of a body; undefined when it names no position and so is a heartbeat. */
export function fixOf(body: PingLocationDto): FixInput | undefined {
  const { forceSave: _, ...fix } = body;
  const places = [
    [fix.lat, fix.lng, fix.latitude, fix.longitude, fix.coordinates],
    [fix.coords, fix.location, fix.lastLocation, fix.point, fix.position],
  ].flat();
  return places.some((place) => place !== undefined && place !== null)
    ? (fix as FixInput)
    : undefined;
}

export class FixResultDto implements FixResult {
  @ApiProperty({ enum: Object.values(FixVerdict), description: 'What became of the fix' })
  verdict: FixVerdict;
  @ApiPropertyOptional({
    enum: Object.values(ImplausibleReason),
    description: 'Why it was refused',
  })
  reason?: ImplausibleReason;
  @ApiPropertyOptional({ description: 'As it was sent' }) sequence?: number;
}

export class PingResultDto implements LocationPingResult {
  @ApiProperty({ type: [FixResultDto], description: 'Empty without a position' })
  results: FixResultDto[];
  @ApiProperty({ description: 'Clock of the server, epoch milliseconds' }) serverTime: number;
}

/** Flags or `availabilityStatus`, as `driver:status:update` takes them. */
export class StatusByDriverDto implements DriverStatusUpdateDto {
  @ApiPropertyOptional({ type: Boolean, description: 'At work or not' })
  @IsOptional()
  @Flag()
  isOnline?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, description: 'Whether trips may be offered' })
  @IsOptional()
  @Flag()
  isAvailableForTrips?: boolean | null;

  @ApiPropertyOptional({ enum: Object.values(AvailabilityStatus), description: 'Instead of flags' })
  @IsOptional()
  @OneOf(Object.values(AvailabilityStatus))
  availabilityStatus?: AvailabilityStatus | null;

  @ApiPropertyOptional({ type: String, description: 'Read and not used' })
  @IsOptional()
  availabilityReason?: unknown;

  @ApiPropertyOptional({ type: String, description: 'The caller: no other driver is changed' })
  @IsOptional()
  driverId?: unknown;
}

export class DriverFilterDto {
  @QueryBoolean({ description: 'At work or not' })
  isOnline?: boolean;

  @QueryBoolean({ description: 'Whether trips may be offered now' })
  isAvailableForTrips?: boolean;

  @ApiPropertyOptional({ enum: Object.values(AvailabilityStatus), description: 'Only of this one' })
  @IsOptional()
  @OneOf(Object.values(AvailabilityStatus))
  availabilityStatus?: AvailabilityStatus;

  @ApiPropertyOptional({ enum: Object.values(AvailabilityReason), description: 'Only of this one' })
  @IsOptional()
  @OneOf(Object.values(AvailabilityReason))
  availabilityReason?: AvailabilityReason;

  @ApiPropertyOptional({ type: String, description: 'Only this driver' })
  @IsOptional()
  @Matches(ID_PATTERN)
  driverId?: string;

  @QueryBoolean({ description: 'On a trip of another system, or on an id that is no trip' })
  hasForeignTrip?: boolean;

  @ApiPropertyOptional({ type: String, description: 'Only who is on this trip' })
  @IsOptional()
  @Matches(ID_PATTERN)
  currentTripId?: string;

  @QueryInteger({ default: 1, least: 1, most: 1_000_000, description: 'The first is 1' })
  page: number = 1;

  @QueryInteger({ default: 20, least: 1, most: 100, description: 'Drivers a page' })
  limit: number = 20;

  @QueryAfter({ description: '`meta.nextAfter` of the answer before: the drivers that follow' })
  after?: string;
}

export class DriverPageMetaDto extends PageMetaDto {
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Send it as `after`, without `page`; null when no driver follows',
  })
  nextAfter: string | null;
}
