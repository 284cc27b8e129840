import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { type Response } from 'express';
import { type ErrorCode } from '#libs/contracts';
import { Log } from '#libs/observability';
import { RefusalLog } from '../socket/connection/refusal-log.js';
import { type GuardedRequest } from './caller.js';
import { addressOf } from './client-info.js';
import { failureOf, internalFailure } from './failure.js';

/** Answers every failure in the envelope, also those before a route is found. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly refusals: RefusalLog,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const known = failureOf(error);
    if (known === undefined) this.log.error({ err: error }, 'a request failed');
    const { status, retryAfterMs, envelope } = known ?? internalFailure();
    this.note(host.switchToHttp().getRequest<GuardedRequest>(), envelope.error.reason);
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
    // Absent where no route fits. Its pattern, because in a path stand ids.
    const { path } = (request.route ?? {}) as { path?: string };
    this.refusals.note({
      code,
      event: `${method} ${path ?? 'no route'}`,
      address: addressOf(request),
      ...(caller?.kind === 'user' ? { userId: caller.principal.userId } : {}),
    });
  }
}
