import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { type ClientInfo } from '#libs/auth';

/** Where a request came from: the address as far as TRUST_PROXY_HOPS lets proxies be believed. */
export const Client = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ClientInfo => {
    const request = context.switchToHttp().getRequest<Request>();
    return { address: request.ip ?? '', userAgent: request.headers['user-agent'] ?? '' };
  },
);
