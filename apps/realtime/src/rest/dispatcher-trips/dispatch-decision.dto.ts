import { ApiProperty } from '@nestjs/swagger';
import { OfferStatus } from '#libs/contracts';
import { CandidateOutcome, type DispatchDecision } from '#libs/trips';

class OfferOutcomeDto {
  @ApiProperty({ description: 'The offer' }) assignmentId: string;
  @ApiProperty({ enum: Object.values(OfferStatus), description: 'What became of it' })
  status: OfferStatus;
  @ApiProperty({ type: String, nullable: true, description: 'Why the driver refused it' })
  reason: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'On a device, ISO 8601' })
  deliveredAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'When it was over, ISO 8601' })
  endedAt: string | null;
}

class ConsideredDriverDto {
  @ApiProperty({ description: 'Id of the account' }) driverId: string;
  @ApiProperty({ type: 'integer', description: 'To the pickup, straight' }) distanceMeters: number;
  @ApiProperty({ type: 'integer', description: 'Age of the position, milliseconds' })
  ageMs: number;
  @ApiProperty({ enum: Object.values(CandidateOutcome), description: 'offered, or why not' })
  outcome: CandidateOutcome;
  @ApiProperty({ type: OfferOutcomeDto, nullable: true, description: 'Null without an offer' })
  offer: OfferOutcomeDto | null;
}

export class DispatchDecisionDto {
  @ApiProperty({ type: 'integer', description: 'Its number in the audit trail' }) version: number;
  @ApiProperty({ type: 'integer', description: 'Rounds of a trip count from 1' }) round: number;
  @ApiProperty({ description: 'ISO 8601' }) at: string;
  @ApiProperty({ type: 'integer', description: 'How far was looked' }) radiusMeters: number;
  @ApiProperty({ type: 'integer', description: 'All drivers within it' }) found: number;
  @ApiProperty({
    type: [ConsideredDriverDto],
    description: 'All who were asked, and the nearest 20 of the others',
  })
  considered: ConsideredDriverDto[];
}

export function toDispatchDecision({
  at,
  considered,
  ...round
}: DispatchDecision): DispatchDecisionDto {
  return {
    ...round,
    at: new Date(at).toISOString(),
    considered: considered.map(({ offer, ...driver }) => ({
      ...driver,
      offer: offer && {
        assignmentId: offer.assignmentId,
        status: offer.status,
        reason: offer.reason,
        deliveredAt: isoOrNull(offer.deliveredAt),
        endedAt: isoOrNull(offer.answeredAt),
      },
    })),
  };
}

function isoOrNull(epochMs: number): string | null {
  return epochMs > 0 ? new Date(epochMs).toISOString() : null;
}
