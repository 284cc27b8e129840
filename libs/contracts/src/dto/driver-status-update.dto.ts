import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { AvailabilityReason, AvailabilityStatus } from '../availability.js';

/** Flags or `availabilityStatus`; flags win where both are sent. At least one is needed. */
export class DriverStatusUpdateDto {
  @IsOptional()
  @IsBoolean()
  isOnline?: boolean;

  @IsOptional()
  @IsBoolean()
  isAvailableForTrips?: boolean;

  @IsOptional()
  @IsIn(Object.values(AvailabilityStatus))
  availabilityStatus?: AvailabilityStatus;

  /** Accepted for old clients and ignored: the server derives the reason. */
  @IsOptional()
  @IsIn(Object.values(AvailabilityReason))
  availabilityReason?: AvailabilityReason | null;
}
