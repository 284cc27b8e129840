import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { clientAddressOf, type AddressedRequest, type ClientInfo } from '#libs/auth';
import { RequestError, type Principal, TripParty, type TripActor } from '#libs/contracts';

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

/** Where a request came from: the address as far as TRUST_PROXY_HOPS lets proxies be believed. */
export const Client = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ClientInfo => {
    const request = context.switchToHttp().getRequest<Request>();
    return { address: addressOf(request), userAgent: request.headers['user-agent'] ?? '' };
  },
);

/** A request, as far as it and the settings of Express show where it comes from. */
export interface ProxiedRequest extends AddressedRequest {
  app: { get(setting: string): unknown };
}

/** Not `request.ip`, which is the text of the header as it came. */
export function addressOf(request: ProxiedRequest): string {
  return clientAddressOf(request, request.app.get('trust proxy') as number);
}

/** The access token of a request. */
export function bearerOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** Who acts on a trip; programs with the API key act as a dispatcher without a name. */
export function actorOf(caller: Caller): TripActor {
  if (caller.kind === 'api-key') return { kind: TripParty.admin };
  const { userId, userType } = caller.principal;
  return { kind: userType, id: userId };
}

/** @throws RequestError NOT_FOUND unless a person asks about itself, or a dispatcher */
export function assertSelf({ kind, id }: TripActor, personId: string): void {
  if (kind === TripParty.admin || id === personId) return;
  throw new RequestError('NOT_FOUND');
}
