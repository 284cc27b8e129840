import {
  BadRequestException,
  Injectable,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Request } from 'express';
import { PUBLIC } from './access.js';
import { readsQuery } from './parameters.js';

/** A longer list would not help the reader. */
const NAMED_AT_MOST = 10;
const DROPPED = new Set(['constructor', '__proto__']);

/**
 * A route that reads no query refuses one: a filter that is misspelled or sent to the wrong route
 * must not look as if it had been applied. The others are judged by the DTO of their query.
 */
@Injectable()
export class UnreadQueryGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const names = Object.keys(context.switchToHttp().getRequest<Request>().query);
    if (names.length === 0) return true;
    const handler = context.getHandler();
    // Balancers and login pages add parameters of their own.
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [handler, context.getClass()]))
      return true;
    const prototype = context.getClass().prototype as object;
    const types = Reflect.getMetadata('design:paramtypes', prototype, handler.name) as Type[];
    // What makes DTOs of queries drops these names, so that nobody would judge them.
    const unread = readsQuery(types ?? []) ? names.filter((name) => DROPPED.has(name)) : names;
    if (unread.length === 0) return true;
    throw new BadRequestException(
      unread
        .slice(0, NAMED_AT_MOST)
        .map((name) => `property ${name.slice(0, 64)} should not exist`),
    );
  }
}
