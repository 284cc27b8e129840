import { Inject, Injectable } from '@nestjs/common';
import { parseCookie } from 'cookie';
import { type Request, type Response } from 'express';
import { DEVICE_TOKEN_TTL_MS, type Login, type TokenPair } from '#libs/auth';
import { cookiesConfig, type ConfigType } from '#libs/config';
import { SessionType } from '#libs/contracts';

const REFRESH = 'refreshToken';
const DEVICE = 'deviceToken';
/** Nothing but login, refresh and logout needs them. */
const PATH = '/api/auth';

/** Where web sessions keep the tokens of refresh and device: out of reach of scripts. */
@Injectable()
export class AuthCookies {
  constructor(
    @Inject(cookiesConfig.KEY) private readonly settings: ConfigType<typeof cookiesConfig>,
  ) {}

  refreshToken(request: Request): string | undefined {
    return cookieOf(request, REFRESH);
  }

  deviceToken(request: Request): string | undefined {
    return cookieOf(request, DEVICE);
  }

  writeRefresh(
    response: Response,
    { sessionType, refreshToken, refreshTokenExpiresAt }: TokenPair,
  ): void {
    if (sessionType !== SessionType.web) return;
    const expires = new Date(refreshTokenExpiresAt);
    response.cookie(REFRESH, refreshToken, { ...this.attributes(), expires });
  }

  /** Stays over logouts. */
  writeDevice(response: Response, { sessionType, deviceToken }: Login): void {
    if (sessionType !== SessionType.web) return;
    const expires = new Date(Date.now() + DEVICE_TOKEN_TTL_MS);
    response.cookie(DEVICE, deviceToken, { ...this.attributes(), expires });
  }

  clearRefresh(response: Response): void {
    response.clearCookie(REFRESH, this.attributes());
  }

  private attributes() {
    const { secure, sameSite, domain } = this.settings;
    return { httpOnly: true, path: PATH, secure, sameSite, ...(domain ? { domain } : {}) };
  }
}

function cookieOf({ headers }: Request, name: string): string | undefined {
  return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name];
}
