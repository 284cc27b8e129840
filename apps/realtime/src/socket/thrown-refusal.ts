import { HttpException } from '@nestjs/common';
import { WsException } from '@nestjs/websockets';
import { RequestError, type ErrorCode } from '#libs/contracts';
import { toRequestError } from '#libs/redis';

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'RATE_LIMITED',
};

/** What a client is told of something thrown; undefined when it is a failure of ours. */
export function refusalOf(thrown: unknown): RequestError | undefined {
  const error = toRequestError(thrown);
  if (error instanceof RequestError) return error;
  // Nest's own guards and pipes, and gateways that know nothing of RequestError.
  if (error instanceof WsException) return new RequestError('VALIDATION_FAILED', { message: error.message });
  if (error instanceof HttpException && error.getStatus() < 500) {
    return new RequestError(codeOfStatus[error.getStatus()] ?? 'VALIDATION_FAILED', { message: error.message });
  }
  return undefined;
}
