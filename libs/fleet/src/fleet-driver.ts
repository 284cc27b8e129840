import { type PositionQuality } from '#libs/contracts';
import { type AvailabilityRecord } from '#libs/drivers';
import { type StoredPosition } from '#libs/location';

/** A driver on the map. */
export interface FleetDriver {
  record: AvailabilityRecord;
  position: StoredPosition | null;
  /** The quality that watchers were last told; null before the first position. */
  quality: PositionQuality | null;
  /** When QualitySchedule looks at it again, epoch ms; Infinity for never. */
  qualityDueAt: number;
}
