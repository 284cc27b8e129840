import { IsOptional } from 'class-validator';
import { AvailabilityStatus } from '../availability.js';
import { Flag, OneOf } from './field-decorators.js';

/** Flags or `availabilityStatus`; flags win where both are sent. At least one is needed. */
export class DriverStatusUpdateDto {
  @IsOptional()
  @Flag()
  isOnline?: boolean | null;

  @IsOptional()
  @Flag()
  isAvailableForTrips?: boolean | null;

  @IsOptional()
  @OneOf(Object.values(AvailabilityStatus))
  availabilityStatus?: AvailabilityStatus | null;

  /** Accepted for old clients, whatever it is, and ignored: the server derives the reason. */
  @IsOptional()
  availabilityReason?: unknown;
}
