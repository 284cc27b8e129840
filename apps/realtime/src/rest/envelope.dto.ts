import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { errorCatalogue, type ErrorCode } from '#libs/contracts';
import { type FailureEnvelope, type PageMeta } from './envelope.js';

/** The envelope as OpenAPI describes it. */
export class PageMetaDto implements PageMeta {
  @ApiProperty({ description: 'Items on all pages together' })
  total: number;
  @ApiProperty({ description: 'This page; the first is 1' })
  page: number;
  @ApiProperty({ description: 'Items a page' })
  limit: number;
  @ApiProperty({ description: 'How many pages there are' })
  pageCount: number;
  @ApiProperty({ description: 'Whether a page follows' })
  hasNext: boolean;
  @ApiProperty({ description: 'Whether a page comes before' })
  hasPrev: boolean;
  @ApiProperty({ type: Number, nullable: true, description: 'Null on the last page' })
  nextPage: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Null on the first page' })
  prevPage: number | null;
}

class FailureErrorDto {
  @ApiProperty({ example: 'Unauthorized', description: 'Name of the HTTP status' })
  code: string;
  @ApiProperty({ enum: Object.keys(errorCatalogue), description: 'What to decide by' })
  reason: ErrorCode;
  @ApiProperty({ description: 'Whether the same request may succeed later' })
  retryable: boolean;
  @ApiPropertyOptional({ description: 'Also in the header Retry-After, in seconds' })
  retryAfterMs?: number;
  @ApiPropertyOptional({
    oneOf: [
      { type: 'object', additionalProperties: true },
      { type: 'array', items: { type: 'string' } },
    ],
    description: 'Facts about the refusal, where there are any',
  })
  details?: unknown;
}

export class FailureDto implements FailureEnvelope {
  @ApiProperty({ type: Boolean, enum: [false], description: 'A refusal or a failure' })
  success: false;
  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'For people; a list with a line for each wrong field',
  })
  message: string | string[];
  @ApiProperty({ type: FailureErrorDto, description: 'For programs' })
  error: FailureErrorDto;
}
