import { STATUS_CODES } from 'node:http';
import { HttpException, Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { type Response } from 'express';
import { RequestError, type ErrorCode } from '#libs/contracts';
import { Log } from '#libs/observability';
import { RefusalLog } from '../socket/connection/refusal-log.js';
import { AddressRate } from './address-rate.js';
import { type GuardedRequest, addressOf } from './caller.js';
import { type FailureEnvelope } from './envelope.js';

export interface Failure {
  status: number;
  retryAfterMs: number | undefined;
  envelope: FailureEnvelope;
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
};

/** Turns whatever was thrown into the answer; undefined when it is no refusal but a failure of ours. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof RequestError) return toFailure(error, error.status);
  if (error instanceof HttpException && error.getStatus() < 500) {
    const status = error.getStatus();
    const refusal = new RequestError(codeOfStatus[status] ?? 'VALIDATION_FAILED');
    return toFailure(refusal, status, messageOf(error));
  }
  const status = statusOfParser(error);
  if (status === undefined) return undefined;
  return toFailure(new RequestError(codeOfStatus[status] ?? 'VALIDATION_FAILED'), status);
}

export function internalFailure(): Failure {
  return toFailure(new RequestError('INTERNAL'), 500);
}

function toFailure(
  error: RequestError,
  status: number,
  message: string | string[] = error.message,
): Failure {
  const { code: reason, message: _said, ...rest } = error.toBody();
  return {
    status,
    retryAfterMs: error.retryAfterMs,
    envelope: {
      success: false,
      message,
      error: { code: STATUS_CODES[status] ?? 'Error', reason, ...rest },
    },
  };
}

/** Validation gives a list; a list of one line stays a list, as clients know it. */
function messageOf(error: HttpException): string | string[] {
  const response = error.getResponse();
  const message =
    typeof response === 'object' && 'message' in response ? response.message : response;
  if (Array.isArray(message)) return message.map(String);
  return typeof message === 'string' ? message : error.message;
}

/** Body parsers throw errors with a status; their text may echo the body, so it stays here. */
function statusOfParser(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Answers every failure in the envelope, also those before a route is found. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly refusals: RefusalLog,
    private readonly rate: AddressRate,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const known = failureOf(error);
    if (known === undefined) this.log.error({ err: error }, 'a request failed');
    const { status, retryAfterMs, envelope } = known ?? internalFailure();
    const request = host.switchToHttp().getRequest<GuardedRequest>();
    this.note(request, envelope.error.reason);
    if (status === 401 || (status === 404 && request.route === undefined))
      this.rate.chargeFailedCall(request);
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) {
      response.end();
      return;
    }
    if (retryAfterMs !== undefined) {
      response.setHeader('Retry-After', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
    }
    response.status(status).json(envelope);
  }

  private note(request: GuardedRequest, code: ErrorCode): void {
    const { caller, method } = request;
    // Absent where no route fits. The pattern and not the path, which holds ids.
    const { path } = (request.route ?? {}) as { path?: string };
    this.refusals.note({
      code,
      event: `${method} ${path ?? 'no route'}`,
      address: addressOf(request),
      ...(caller?.kind === 'user' ? { userId: caller.principal.userId } : {}),
    });
  }
}
