import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { type Response } from 'express';
import { Log } from '#libs/observability';
import { failureOf, internalFailure } from './failure.js';

/** Answers every failure in the envelope, also those before a route is found. */
@Catch()
export class FailureFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const known = failureOf(error);
    if (known === undefined) this.log.error({ err: error }, 'a request failed');
    const { status, retryAfterMs, envelope } = known ?? internalFailure();
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
}
