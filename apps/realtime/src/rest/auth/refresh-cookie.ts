import { Inject, Injectable } from '@nestjs/common';
import { parseCookie } from 'cookie';
import { type Request, type Response } from 'express';
import { type TokenPair } from '#libs/auth';
import { cookiesConfig, type ConfigType } from '#libs/config';
import { SessionType } from '#libs/contracts';

const NAME = 'refreshToken';
/** Nothing but refresh and logout needs it. */
const PATH = '/api/auth';

/** Where web sessions keep their refresh token: out of reach of scripts. */
@Injectable()
export class RefreshCookie {
  constructor(
    @Inject(cookiesConfig.KEY) private readonly settings: ConfigType<typeof cookiesConfig>,
  ) {}

  read({ headers }: Request): string | undefined {
    return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[NAME];
  }

  write(response: Response, { sessionType, refreshToken, refreshTokenExpiresAt }: TokenPair): void {
    if (sessionType !== SessionType.web) return;
    const expires = new Date(refreshTokenExpiresAt);
    response.cookie(NAME, refreshToken, { ...this.attributes(), expires });
  }

  clear(response: Response): void {
    response.clearCookie(NAME, this.attributes());
  }

  private attributes() {
    const { secure, sameSite, domain } = this.settings;
    return { httpOnly: true, path: PATH, secure, sameSite, ...(domain ? { domain } : {}) };
  }
}
