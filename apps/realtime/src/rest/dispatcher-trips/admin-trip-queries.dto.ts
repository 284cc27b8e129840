import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { ID_PATTERN, OneOf, PaymentMode, PlainText, TripStatus } from '#libs/contracts';
import { type TripSearch } from '#libs/trips';
import { QueryBoolean, QueryInstant } from '../parameters.js';
import { TripPageQueryDto } from '../trips/trip-queries.dto.js';

const ID = { pattern: ID_PATTERN.source };

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

  @QueryInstant({ description: 'Requested then or later, ISO 8601 or epoch milliseconds' })
  requestedFrom?: number;

  @QueryInstant({ description: 'Requested then or before, ISO 8601 or epoch milliseconds' })
  requestedTo?: number;

  @QueryBoolean({ default: false, description: 'That are not over' })
  onlyActive: boolean = false;

  @QueryBoolean({
    default: false,
    description: 'In their status for longer than TRIP_STUCK_AFTER; the oldest request first',
  })
  onlyStuck: boolean = false;
}

export function toTripSearch(query: AdminTripsQueryDto): TripSearch {
  const { q: text, passengerId, driverId, vehicleId, status, paymentMode } = query;
  const { requestedFrom, requestedTo, onlyActive, onlyStuck } = query;
  return {
    text,
    passengerId,
    driverId,
    vehicleId,
    status,
    paymentMode,
    requestedFrom,
    requestedTo,
    onlyActive,
    onlyStuck,
  };
}
