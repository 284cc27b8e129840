import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { OfferRejection } from '../trip.js';
import { DecimalText, MadeId, OneOf, PlainText } from './field-decorators.js';

/** A trip by its id. */
export class TripIdDto {
  @MadeId('tripId must be an id')
  tripId: string;

  /** Some clients send the bare id. */
  static fromText(tripId: string): Record<string, unknown> {
    return { tripId };
  }
}

/** `driver:offer:accept` */
export class OfferAcceptDto {
  @MadeId('assignmentId must be an id')
  assignmentId: string;

  static fromText(assignmentId: string): Record<string, unknown> {
    return { assignmentId };
  }
}

/** `driver:offer:reject` */
export class OfferRejectDto extends OfferAcceptDto {
  @IsOptional()
  @OneOf(Object.values(OfferRejection))
  reason?: OfferRejection | null;
}

/** `trip:cancel` */
export class TripCancelDto extends TripIdDto {
  @IsOptional()
  @PlainText({ min: 1, max: 300 })
  reason?: string | null;
}

/** `trip:complete` */
export class TripCompleteDto extends TripIdDto {
  /** Tolls and the like, minor units. Default 0. */
  @IsOptional()
  @DecimalText()
  @IsInt()
  @Min(0)
  extraFees?: number | null;
}

/** `trip:resume` and `admin:trip:join`: with the number of the last event that the client saw. */
export class TripResumeDto extends TripIdDto {
  /** Without it the answer is the state of the trip. */
  @IsOptional()
  @DecimalText()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  version?: number | null;
}
