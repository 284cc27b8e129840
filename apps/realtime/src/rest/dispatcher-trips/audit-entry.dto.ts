import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { TripParty } from '#libs/contracts';
import { TripHistoryType, type TripHistoryEntry } from '#libs/trips';

class ActorDto {
  @ApiProperty({ enum: Object.values(TripParty), description: 'Who did it' }) kind: TripParty;
  @ApiPropertyOptional({ description: 'Id of the account; absent for the server and the API key' })
  id?: string;
}

class AuditTellingDto {
  @ApiProperty({ description: 'Name of the event of the socket' }) event: string;
  @ApiProperty({ type: [String], description: 'passenger, admin, driver:<id>' }) to: string[];
}

export class AuditEntryDto {
  @ApiProperty({ type: 'integer', description: 'Counts the entries of the trip' })
  version: number;
  @ApiProperty({ enum: Object.values(TripHistoryType), description: 'What happened' })
  type: TripHistoryType;
  @ApiProperty({ description: 'ISO 8601' }) at: string;
  @ApiProperty({ type: ActorDto, description: 'Who did it' }) actor: ActorDto;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The status after it, and what the type says more: reason, note, offer, fare',
  })
  data: Record<string, unknown>;
  @ApiProperty({ type: [AuditTellingDto], description: 'What was said to whom about it' })
  told: AuditTellingDto[];
}

export function toAuditEntry({ notices, at, ...entry }: TripHistoryEntry): AuditEntryDto {
  return {
    ...entry,
    at: new Date(at).toISOString(),
    told: notices.map(({ to, event }) => ({ event, to })),
  };
}
