import { type NextFunction, type Request, type Response } from 'express';
import { isNestedTooDeeply, MAX_NESTING, RequestError } from '#libs/contracts';

/** The content types that the parsers read. */
const READ_TYPES = ['application/json', 'application/x-www-form-urlencoded'];
/** Methods whose bodies have no meaning: no route reads one. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Before the parsers: a body that none of them reads would be dropped and the request handled as if
 * it had none, which ends a trip without its extra fees.
 */
export function refuseUnreadBody(request: Request, _response: Response, next: NextFunction): void {
  const isRead = !hasBody(request) || Boolean(request.is(READ_TYPES));
  next(isRead ? undefined : new RequestError('UNSUPPORTED_MEDIA_TYPE'));
}

/** After the parsers: what they say of broken JSON repeats the body. */
export function refuseBrokenBody(
  error: unknown,
  _request: Request,
  _response: Response,
  next: NextFunction,
): void {
  if (!(error instanceof SyntaxError)) {
    next(error);
    return;
  }
  const message = 'The body is not valid JSON: send an object.';
  next(new RequestError('VALIDATION_FAILED', { message }));
}

/** Before the routes: what Express says of a path that is none repeats it. */
export function refuseBrokenPath(request: Request, _response: Response, next: NextFunction): void {
  try {
    decodeURIComponent(request.path);
    next();
  } catch {
    const message = 'The path is not valid: percent signs must encode UTF-8.';
    next(new RequestError('VALIDATION_FAILED', { message }));
  }
}

/** After the parsers: libraries that walk through a deep body run out of stack. */
export function refuseDeepBody(request: Request, _response: Response, next: NextFunction): void {
  if (!isNestedTooDeeply(request.body)) {
    next();
    return;
  }
  const message = `The body must not be nested deeper than ${MAX_NESTING} levels.`;
  next(new RequestError('VALIDATION_FAILED', { message }));
}

function hasBody({ method, headers }: Request): boolean {
  if (WITHOUT_BODY.has(method)) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
