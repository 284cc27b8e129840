import { type NextFunction, type Request, type Response } from 'express';
import { SpanKind, within, Work, type Tracing } from '#libs/observability';

/** As others call their requests; anything else is not repeated in logs and headers. */
const GIVEN_ID = /^[\w.:-]{1,64}$/;

/** Gives each request the id that its log lines have, which the answer names, and its span. */
export function followRequests(
  tracing: Tracing,
): (request: Request, response: Response, next: NextFunction) => void {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const work = new Work(given !== undefined && GIVEN_ID.test(given) ? given : undefined);
    response.setHeader('X-Request-Id', work.id);
    within(work, () => {
      if (tracing.isOn) trace(tracing, request, response, next);
      else next();
    });
  };
}

function trace(tracing: Tracing, request: Request, response: Response, next: NextFunction): void {
  const parent = tracing.given(request.get('traceparent'));
  const attributes = { 'http.request.method': request.method };
  void tracing.span(request.method, { kind: SpanKind.SERVER, attributes, parent }, (span) => {
    const ended = new Promise<void>((resolve) => response.once('close', resolve));
    void ended.then(() => {
      // By its pattern: the path itself names people and trips.
      const { path } = (request.route ?? {}) as { path?: string };
      if (path !== undefined) span?.updateName(`${request.method} ${path}`);
      span?.setAttribute('http.response.status_code', response.statusCode);
    });
    next();
    return ended;
  });
}
