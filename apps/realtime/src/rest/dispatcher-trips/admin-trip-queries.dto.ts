import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBooleanString, IsISO8601, IsOptional, Matches } from 'class-validator';
import { ID_PATTERN, OneOf, PaymentMode, PlainText, TripStatus } from '#libs/contracts';
import { type TripSearch } from '#libs/trips';
import { TripPageQueryDto } from '../trips/trip-queries.dto.js';

const ID = { pattern: ID_PATTERN.source };
const FLAG = { enum: ['true', 'false', '1', '0'], default: 'false' };

export class AdminTripsQueryDto extends TripPageQueryDto {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 100,
    description:
      'Part of an id, of a name or of an address, in any case. The whole id of a trip, a ' +
      'passenger or a driver finds exactly theirs',
  })
  @IsOptional()
  @PlainText({ min: 1, max: 100 })
  q?: string;

  @ApiPropertyOptional({ ...ID, description: 'Of this passenger' })
  @IsOptional()
  @Matches(ID_PATTERN)
  passengerId?: string;

  @ApiPropertyOptional({ ...ID, description: 'That this driver has' })
  @IsOptional()
  @Matches(ID_PATTERN)
  driverId?: string;

  @ApiPropertyOptional({ ...ID, description: 'With this vehicle' })
  @IsOptional()
  @Matches(ID_PATTERN)
  vehicleId?: string;

  @ApiPropertyOptional({ enum: Object.values(TripStatus), description: 'That are there' })
  @IsOptional()
  @OneOf(Object.values(TripStatus))
  status?: TripStatus;

  @ApiPropertyOptional({ enum: Object.values(PaymentMode), description: 'Paid so' })
  @IsOptional()
  @OneOf(Object.values(PaymentMode))
  paymentMode?: PaymentMode;

  @ApiPropertyOptional({ format: 'date-time', description: 'Requested then or later, ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  requestedFrom?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Requested then or before, ISO 8601' })
  @IsOptional()
  @IsISO8601({ strict: true })
  requestedTo?: string;

  @ApiPropertyOptional({ ...FLAG, description: 'That are not over' })
  @IsOptional()
  @IsBooleanString()
  onlyActive?: string;

  @ApiPropertyOptional({
    ...FLAG,
    description: 'In their status for longer than TRIP_STUCK_AFTER; the oldest request first',
  })
  @IsOptional()
  @IsBooleanString()
  onlyStuck?: string;
}

export function toTripSearch(query: AdminTripsQueryDto): TripSearch {
  const { q, passengerId, driverId, vehicleId, status, paymentMode } = query;
  return {
    text: q,
    passengerId,
    driverId,
    vehicleId,
    status,
    paymentMode,
    requestedFrom: msOf(query.requestedFrom),
    requestedTo: msOf(query.requestedTo),
    onlyActive: isTrue(query.onlyActive),
    onlyStuck: isTrue(query.onlyStuck),
  };
}

function msOf(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso);
}

function isTrue(flag: string | undefined): boolean {
  return flag === 'true' || flag === '1';
}
