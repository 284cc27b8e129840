import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthService } from '#libs/auth';
import { Configuration } from '#libs/config';
import { RequestError, UserType } from '#libs/contracts';
import { ADMITTED, PUBLIC } from './access.decorators.js';
import { bearerOf } from './bearer.js';
import { type GuardedRequest } from './caller.js';

const API_KEY_HEADER = 'x-api-key';

/** Guards every route that is not marked public; asks for the session on each request. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly apiKeyDigest: Buffer | undefined;

  constructor(
    private readonly reflector: Reflector,
    private readonly auth: AuthService,
    configuration: Configuration,
  ) {
    const { adminApiKey } = configuration.accounts;
    this.apiKeyDigest = adminApiKey === undefined ? undefined : digest(adminApiKey);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;
    const admitted = this.reflector.getAllAndOverride<UserType[]>(ADMITTED, targets);
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    if (admitted?.includes(UserType.admin) && this.hasApiKey(request)) {
      request.caller = { kind: 'api-key' };
      return true;
    }
    const principal = await this.auth.authenticate(bearerOf(request));
    if (admitted && !admitted.includes(principal.userType)) throw new RequestError('FORBIDDEN');
    request.caller = { kind: 'user', principal };
    return true;
  }

  private hasApiKey(request: GuardedRequest): boolean {
    const presented = request.headers[API_KEY_HEADER];
    if (this.apiKeyDigest === undefined || typeof presented !== 'string') return false;
    // Digests have one length, so the comparison tells nothing about the key.
    return timingSafeEqual(digest(presented), this.apiKeyDigest);
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
