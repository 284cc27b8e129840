import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TripHistoryType, type TripHistoryEntry } from '#libs/trips';

class TripNoticeDto {
  @ApiProperty({ description: 'Name of the event of the socket' }) event: string;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Its payload, as in PROTOCOL.md',
  })
  payload: object;
  @ApiPropertyOptional({
    type: [String],
    description: 'For dispatchers: passenger, admin, driver:<id>',
  })
  to?: string[];
}

export class TripEventDto {
  @ApiProperty({ type: 'integer', description: 'Counts the events of the trip' }) version: number;
  @ApiProperty({ enum: Object.values(TripHistoryType), description: 'What happened' })
  type: TripHistoryType;
  @ApiProperty({ description: 'ISO 8601' }) at: string;
  @ApiProperty({ type: [TripNoticeDto], description: 'What was said about it' })
  told: TripNoticeDto[];
}

export function toTripEvent(entry: TripHistoryEntry, withAudience: boolean): TripEventDto {
  const { version, type, at, notices } = entry;
  return {
    version,
    type,
    at: new Date(at).toISOString(),
    told: notices.map(({ to, event, payload }) => ({
      event,
      payload,
      ...(withAudience ? { to } : {}),
    })),
  };
}
