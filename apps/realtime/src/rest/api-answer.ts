import { applyDecorators, HttpStatus, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { errorCatalogue, type ErrorCode } from '#libs/contracts';
import { FailureDto, PageMetaDto } from './envelope.dto.js';

interface AnswerOptions {
  status?: number;
  /** `data` is a list; with `page` one page of it, with `meta`. */
  list?: 'all' | 'page';
  /** `meta` of a page, where it says more than where the page lies. */
  meta?: Type;
  /** `data` may be null. */
  nullable?: boolean;
  description?: string;
}

/** Describes a success in its envelope. */
export function ApiAnswer(
  model: Type,
  {
    status = HttpStatus.OK,
    list,
    meta = PageMetaDto,
    nullable = false,
    description = 'Done.',
  }: AnswerOptions = {},
): MethodDecorator & ClassDecorator {
  const reference = { $ref: getSchemaPath(model) };
  const item = nullable ? { nullable: true, allOf: [reference] } : reference;
  return applyDecorators(
    ApiExtraModels(model, meta),
    ApiResponse({
      status,
      description,
      schema: {
        type: 'object',
        required: ['success', 'message', 'data', ...(list === 'page' ? ['meta'] : [])],
        properties: {
          success: { type: 'boolean', enum: [true] },
          message: { type: 'string', enum: ['OK'] },
          data: list ? { type: 'array', items: item } : item,
          ...(list === 'page' ? { meta: { $ref: getSchemaPath(meta) } } : {}),
        },
      },
    }),
  );
}

const TELL_WHEN_TO_RETRY: readonly number[] = [
  HttpStatus.TOO_MANY_REQUESTS,
  HttpStatus.SERVICE_UNAVAILABLE,
];
const RETRY_AFTER = {
  'Retry-After': {
    description: 'Seconds to wait before the request is sent again, where the server knows them',
    schema: { type: 'integer' },
  },
} as const;

/** Describes refusals: one answer for each status, naming the codes. */
export function ApiRefusals(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = errorCatalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return applyDecorators(
    ApiExtraModels(FailureDto),
    ...[...byStatus].map(([status, reasons]) =>
      ApiResponse({
        status,
        description: `\`reason\`: ${reasons.join(', ')}`,
        type: FailureDto,
        ...(TELL_WHEN_TO_RETRY.includes(status) ? { headers: RETRY_AFTER } : {}),
      }),
    ),
  );
}

/** The refusals of every request that needs a session. */
export const ApiSessionRefusals = (...codes: ErrorCode[]): MethodDecorator & ClassDecorator =>
  ApiRefusals(
    'AUTH_REQUIRED',
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'SESSION_REVOKED',
    'ACCOUNT_SUSPENDED',
    'ACCOUNT_BANNED',
    'IDENTITY_UNAVAILABLE',
    'REDIS_UNAVAILABLE',
    'RATE_LIMITED',
    ...codes,
  );
