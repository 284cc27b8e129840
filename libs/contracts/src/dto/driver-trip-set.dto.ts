import { Matches, ValidateIf } from 'class-validator';
import { ID_PATTERN } from '../principal.js';

export class DriverTripSetDto {
  /** The trip the driver is on; null clears it. Also read as `tripId`. */
  @ValidateIf((dto: DriverTripSetDto) => dto.currentTripId !== null)
  @Matches(ID_PATTERN, { message: 'currentTripId must be an id or null' })
  currentTripId: string | null;

  /** An absent id clears the trip, as old clients expect; `{}` therefore means null. */
  static normalize(raw: Record<string, unknown>): Record<string, unknown> {
    const { currentTripId, tripId, ...rest } = raw;
    return { ...rest, currentTripId: currentTripId ?? tripId ?? null };
  }
}
