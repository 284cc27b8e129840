import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { RequestError, type Principal } from '#libs/contracts';

/** Who makes a request: a person with a session, or a program of the company with the API key. */
export type Caller = { kind: 'user'; principal: Principal } | { kind: 'api-key' };

export interface GuardedRequest extends Request {
  caller?: Caller;
}

/** Who makes the request, on routes that are also for programs with the API key. */
export const CurrentCaller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Caller => {
    const { caller } = context.switchToHttp().getRequest<GuardedRequest>();
    if (caller === undefined) throw new RequestError('AUTH_REQUIRED');
    return caller;
  },
);

/** The principal behind the request. */
export const CurrentPrincipal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Principal => {
    const { caller } = context.switchToHttp().getRequest<GuardedRequest>();
    if (caller?.kind !== 'user') throw new RequestError('AUTH_REQUIRED');
    return caller.principal;
  },
);
