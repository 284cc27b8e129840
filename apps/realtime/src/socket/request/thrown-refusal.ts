import { HttpException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { RequestError, type ErrorCode } from '#libs/contracts';

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
};

/**
 * What a client gets of something thrown; undefined when it is a failure of ours. Stores have
 * turned the errors of Redis into codes: any other error is no outage but a bug.
 */
export function refusalOf(thrown: unknown): RequestError | undefined {
  if (thrown instanceof RequestError) return thrown;
  // Nest's own guards and pipes, and gateways that know nothing of RequestError.
  if (thrown instanceof WsException)
    return new RequestError('VALIDATION_FAILED', { message: thrown.message });
  if (thrown instanceof HttpException && thrown.getStatus() < 500) {
    return new RequestError(codeOfStatus[thrown.getStatus()] ?? 'VALIDATION_FAILED', {
      message: thrown.message,
    });
  }
  return undefined;
}
