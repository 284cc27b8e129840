import { ApiProperty } from '@nestjs/swagger';
import { type DeadLetter } from '#libs/exports';
import { QueryAfter, QueryInteger } from '../parameters.js';

export class ListDeadLettersDto {
  @QueryInteger({ default: 20, least: 1, most: 100, description: 'Dead letters at most' })
  limit: number = 20;

  @QueryAfter({ description: 'Only those that follow the one with this id' })
  after?: string;
}

export class DeadLetterDto implements DeadLetter {
  @ApiProperty({ description: 'To replay it by' })
  id: string;
  @ApiProperty({ description: 'Webhook that gave it up: `webhooks`, `webhooks-2`, ...' })
  endpoint: string;
  @ApiProperty({ description: 'The `x-ridewire-id` that it was and will be sent with' })
  factId: string;
  @ApiProperty({ description: 'What happened; empty when the stream entry was no fact' })
  type: string;
  @ApiProperty({ description: 'Id of the trip' })
  subject: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Number of the event in its trip' })
  version: number | null;
  @ApiProperty({ type: String, nullable: true, description: 'When it happened, ISO 8601' })
  at: string | null;
  @ApiProperty({
    example: 'HTTP 503',
    description: 'Why the last attempt failed: a status, `timeout`, `malformed` or an error code',
  })
  reason: string;
  @ApiProperty({ description: 'Attempts that were made' })
  attempts: number;
  @ApiProperty({ description: 'When it was given up, ISO 8601' })
  diedAt: string;
}
