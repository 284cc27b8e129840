import { type NextFunction, type Request, type Response } from 'express';
import { isNestedTooDeeply, MAX_NESTING, RequestError, type ErrorCode } from '#libs/contracts';

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

const UNSUPPORTED: ErrorCode = 'UNSUPPORTED_MEDIA_TYPE';
/** What the parsers find, by their own names for it; without a text that of the code is right. */
const PARSER_FINDINGS: Readonly<Record<string, { code: ErrorCode; message?: string }>> = {
  'entity.too.large': { code: 'PAYLOAD_TOO_LARGE' },
  'parameters.too.many': {
    code: 'PAYLOAD_TOO_LARGE',
    message: 'The form has too many fields. Send at most 1,000, or JSON.',
  },
  'charset.unsupported': {
    code: UNSUPPORTED,
    message: 'The body is in a charset that is not read. Send UTF-8.',
  },
  'encoding.unsupported': {
    code: UNSUPPORTED,
    message:
      'The body is packed in a way that is not read. Send it without Content-Encoding, or as gzip, deflate or br.',
  },
};
const NO_JSON = 'The body is not valid JSON: send an object.';
const NOT_PACKED =
  'The body cannot be unpacked: send it whole, and packed as Content-Encoding says.';

/** After the parsers: what they say repeats the body, or does not say what to do. */
export function refuseBrokenBody(
  error: unknown,
  _request: Request,
  _response: Response,
  next: NextFunction,
): void {
  next(refusalOfParser(error) ?? error);
}

function refusalOfParser(error: unknown): RequestError | undefined {
  if (error instanceof SyntaxError)
    return new RequestError('VALIDATION_FAILED', { message: NO_JSON });
  if (!(error instanceof Error)) return undefined;
  const { type, code } = error as { type?: unknown; code?: unknown };
  // That is how the zlib of Node names what it finds.
  if (typeof code === 'string' && /^(?:Z_|ERR_.*(?:BROTLI|PADDING|DECOMPRESS))/i.test(code))
    return new RequestError('VALIDATION_FAILED', { message: NOT_PACKED });
  const found = typeof type === 'string' ? PARSER_FINDINGS[type] : undefined;
  if (!found) return undefined;
  const { message } = found;
  return new RequestError(found.code, message === undefined ? {} : { message });
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
