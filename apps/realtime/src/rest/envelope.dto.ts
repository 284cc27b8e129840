import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { errorCatalogue, type ErrorCode } from '#libs/contracts';
import { type FailureEnvelope, type PageMeta } from './envelope.js';

/** The envelope as OpenAPI describes it. */
export class PageMetaDto implements PageMeta {
  @ApiProperty()
  total: number;
  @ApiProperty()
  page: number;
  @ApiProperty()
  limit: number;
  @ApiProperty()
  pageCount: number;
  @ApiProperty()
  hasNext: boolean;
  @ApiProperty()
  hasPrev: boolean;
  @ApiProperty({ type: Number, nullable: true })
  nextPage: number | null;
  @ApiProperty({ type: Number, nullable: true })
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
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  details?: unknown;
}

export class FailureDto implements FailureEnvelope {
  @ApiProperty({ enum: [false] })
  success: false;
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
  message: string | string[];
  @ApiProperty({ type: FailureErrorDto })
  error: FailureErrorDto;
}
