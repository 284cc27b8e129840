import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { clientAddressOf, type ClientInfo } from '#libs/auth';

/** Where a request came from: the address as far as TRUST_PROXY_HOPS lets proxies be believed. */
export const Client = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ClientInfo => {
    const request = context.switchToHttp().getRequest<Request>();
    return { address: addressOf(request), userAgent: request.headers['user-agent'] ?? '' };
  },
);

/** Not `request.ip`, which is whatever text stands in the header. */
export function addressOf(request: Request): string {
  return clientAddressOf(request, request.app.get('trust proxy') as number);
}
