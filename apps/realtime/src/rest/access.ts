import { createHash, timingSafeEqual } from 'node:crypto';
import {
  applyDecorators,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { AuthService } from '#libs/auth';
import { accountsConfig, type ConfigType } from '#libs/config';
import { UserType, RequestError } from '#libs/contracts';
import { bearerOf, type GuardedRequest } from './caller.js';

export const PUBLIC = 'rest:public';
export const ADMITTED = 'rest:admitted';
export const API_KEY_SCHEME = 'apiKey';

/** Needs no token. Whatever is not marked needs one. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/** Only for these user types. */
export const Admit = (...userTypes: UserType[]): MethodDecorator & ClassDecorator =>
  SetMetadata(ADMITTED, userTypes);

/** For admins, and for programs with ADMIN_API_KEY. */
export const AdminOnly = (): MethodDecorator & ClassDecorator =>
  applyDecorators(Admit(UserType.admin), ApiBearerAuth(), ApiSecurity(API_KEY_SCHEME));

const API_KEY_HEADER = 'x-api-key';
const WRONG_KEY =
  `The key in ${API_KEY_HEADER} is wrong, or this server has no ADMIN_API_KEY. ` +
  'Send the ADMIN_API_KEY of the server, or the access token of an admin.';

/** Guards every route that is not marked public; asks for the session on each request. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly apiKeyDigests: readonly Buffer[];

  constructor(
    private readonly reflector: Reflector,
    private readonly auth: AuthService,
    @Inject(accountsConfig.KEY) settings: ConfigType<typeof accountsConfig>,
  ) {
    this.apiKeyDigests = settings.adminApiKeys.map((key) => digest(key));
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, targets)) return true;
    const admitted = this.reflector.getAllAndOverride<UserType[]>(ADMITTED, targets);
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const presentedKey = admitted?.includes(UserType.admin) ? apiKeyOf(request) : undefined;
    if (presentedKey !== undefined && this.isApiKey(presentedKey)) {
      request.caller = { kind: 'api-key' };
      return true;
    }
    const token = bearerOf(request);
    if (presentedKey !== undefined && token === undefined) {
      throw new RequestError('AUTH_REQUIRED', { message: WRONG_KEY });
    }
    const principal = await this.auth.authenticate(token);
    // Set also for callers who are refused: the log names them.
    request.caller = { kind: 'user', principal };
    if (admitted && !admitted.includes(principal.userType)) throw new RequestError('FORBIDDEN');
    return true;
  }

  private isApiKey(presented: string): boolean {
    // Digests have one length, so the time of the comparison says nothing about the key.
    return this.apiKeyDigests.some((each) => timingSafeEqual(digest(presented), each));
  }
}

function apiKeyOf({ headers }: GuardedRequest): string | undefined {
  const presented = headers[API_KEY_HEADER];
  return typeof presented === 'string' ? presented : undefined;
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
