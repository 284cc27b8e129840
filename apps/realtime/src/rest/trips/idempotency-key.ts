import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { type Request } from 'express';
import { ID_PATTERN, RequestError } from '#libs/contracts';

const HEADER = 'idempotency-key';

/** The name that a client gives to its request; undefined for none. */
export const IdempotencyKey = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined => {
    const key = context.switchToHttp().getRequest<Request>().headers[HEADER];
    if (key === undefined) return undefined;
    if (typeof key === 'string' && ID_PATTERN.test(key)) return key;
    throw new RequestError('VALIDATION_FAILED', {
      message: 'Idempotency-Key must have 1 to 64 letters, digits, _ or -.',
    });
  },
);

export const ApiIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', pattern: ID_PATTERN.source },
      description:
        'Names the request for TRIP_REQUEST_KEY_TTL, by default 1 h: sent again it gives the same ' +
        'trip, also while the first is under way; another request under it is refused',
    }),
  );
