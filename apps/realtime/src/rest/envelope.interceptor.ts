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
import { Page } from './envelope.js';

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
