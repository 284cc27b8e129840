import { IsOptional, Matches, ValidateIf } from 'class-validator';
import { AvailabilityStatus } from '../availability.js';
import { RequestError } from '../error-codes.js';
import { ID_PATTERN, readMadeId } from '../principal.js';
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

const NO_TRIP_ID = 'currentTripId must be an id or null';
/** What programs make of nothing when they write it as a text: no trip is called so. */
const WRITTEN_NOTHING = /^(?:null|undefined|nil|none)$/i;

export class DriverTripSetDto {
  /** The trip the driver is on; null clears it. Also read as `tripId`. */
  @ValidateIf((dto: DriverTripSetDto) => dto.currentTripId !== null)
  @Matches(ID_PATTERN, { message: NO_TRIP_ID })
  currentTripId: string | null;

  /** @throws RequestError VALIDATION_FAILED when neither is named, when they differ, or for "null" as a text */
  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    const { currentTripId: one, tripId: other, ...rest } = raw;
    const [currentTripId, tripId] = [inOneSpelling(one), inOneSpelling(other)];
    if (currentTripId === undefined && tripId === undefined) {
      throw refused('send currentTripId: the id of the trip, or null to clear it');
    }
    if (currentTripId !== undefined && tripId !== undefined && currentTripId !== tripId) {
      throw refused('currentTripId and tripId differ: send one of them');
    }
    const meant = currentTripId === undefined ? tripId : currentTripId;
    if (typeof meant === 'string' && WRITTEN_NOTHING.test(meant)) throw refused(NO_TRIP_ID);
    return { ...rest, currentTripId: meant };
  }
}

function inOneSpelling(id: unknown): unknown {
  return typeof id === 'string' ? readMadeId(id) : id;
}

function refused(reason: string): RequestError {
  return new RequestError('VALIDATION_FAILED', { details: [reason] });
}
