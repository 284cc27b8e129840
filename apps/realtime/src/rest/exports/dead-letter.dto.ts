import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';
import { type DeadLetter } from '#libs/exports';

export class ListDeadLettersDto {
  @ApiPropertyOptional({
    type: 'integer',
    default: 20,
    minimum: 1,
    maximum: 100,
    description: 'Dead letters at most',
  })
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 20;
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
