import {
  HttpStatus,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Response } from 'express';
import { map, type Observable } from 'rxjs';
import { type ErrorCode } from '#libs/contracts';

/** Where in a list a page lies. */
export interface PageMeta {
  total: number;
  page: number;
  limit: number;
  pageCount: number;
  hasNext: boolean;
  hasPrev: boolean;
  nextPage: number | null;
  prevPage: number | null;
}

/** A handler returns it for a list in pages: `data` and `meta` of the envelope. */
export class Page<T> {
  readonly meta: PageMeta;

  /** @param more what else `meta` says of the list */
  constructor(
    readonly items: readonly T[],
    { total, page, limit }: { total: number; page: number; limit: number },
    more: object = {},
  ) {
    const pageCount = Math.ceil(total / limit);
    const hasNext = page < pageCount;
    const hasPrev = page > 1 && pageCount > 0;
    this.meta = {
      total,
      page,
      limit,
      pageCount,
      hasNext,
      hasPrev,
      nextPage: hasNext ? page + 1 : null,
      prevPage: hasPrev ? page - 1 : null,
      ...more,
    };
  }
}

export interface SuccessEnvelope {
  success: true;
  message: 'OK';
  data: unknown;
  meta?: PageMeta;
}

export interface FailureEnvelope {
  success: false;
  message: string | string[];
  error: {
    /** The name of the HTTP status, as clients have always read it. */
    code: string;
    /** What clients decide by. */
    reason: ErrorCode;
    retryable: boolean;
    retryAfterMs?: number;
    details?: unknown;
  };
}

const BARE = 'rest:bare';

/** For answers that machines expect as they are, such as probes and metrics. */
export const Bare = (): MethodDecorator & ClassDecorator => SetMetadata(BARE, true);

/** Puts what handlers return into the envelope of every answer. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const targets = [context.getHandler(), context.getClass()];
    if (context.getType() !== 'http' || this.reflector.getAllAndOverride(BARE, targets)) {
      return next.handle();
    }
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(map((data: unknown) => wrap(data, response.statusCode)));
  }
}

function wrap(data: unknown, status: number): unknown {
  if (status === HttpStatus.NO_CONTENT) return undefined;
  if (data instanceof Page) {
    return { success: true, message: 'OK', data: data.items, meta: data.meta };
  }
  return { success: true, message: 'OK', data: data ?? null };
}
