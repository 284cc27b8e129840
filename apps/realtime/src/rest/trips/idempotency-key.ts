import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { type Request } from 'express';
import { IDEMPOTENCY_KEY_RULE, readIdempotencyKey, RequestError } from '#libs/contracts';

const HEADER = 'idempotency-key';

/** The name that a client gives to its request; undefined for none. */
export const IdempotencyKey = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined => {
    const key = context.switchToHttp().getRequest<Request>().headers[HEADER];
    if (key === undefined) return undefined;
    const read = readIdempotencyKey(key);
    if (read !== undefined) return read;
    throw new RequestError('VALIDATION_FAILED', {
      message: `Idempotency-Key ${IDEMPOTENCY_KEY_RULE}.`,
    });
  },
);

const OF_TRIPS =
  'Names the request for TRIP_REQUEST_KEY_TTL, by default 1 h: sent again it gives the same ' +
  'trip, also while the first is under way; another request under it is refused';

export const ApiIdempotencyKey = (description = OF_TRIPS): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      schema: { type: 'string', pattern: '^("[A-Za-z0-9_-]{1,64}"|[A-Za-z0-9_-]{1,64})$' },
      description,
    }),
  );
