import { Inject, Injectable } from '@nestjs/common';
import { parseCookie } from 'cookie';
import { type Request, type Response } from 'express';
import { DEVICE_TOKEN_TTL_MS, type Login, type TokenPair } from '#libs/auth';
import { cookiesConfig, type ConfigType } from '#libs/config';
import { SessionType, type AppAudience } from '#libs/contracts';

const REFRESH = 'refreshToken';
const DEVICE = 'deviceToken';
/** Nothing but login, refresh and logout needs them. */
const PATH = '/api/auth';

/**
 * Where web sessions keep the tokens of refresh and device: out of reach of scripts. Apps that share
 * an origin may have cookies of their own: `owner` names the app, undefined stands for the common ones.
 */
@Injectable()
export class AuthCookies {
  constructor(
    @Inject(cookiesConfig.KEY) private readonly settings: ConfigType<typeof cookiesConfig>,
  ) {}

  refreshToken(request: Request, owner: AppAudience | undefined): string | undefined {
    return cookieOf(request, nameFor(REFRESH, owner));
  }

  deviceToken(request: Request, owner: AppAudience | undefined): string | undefined {
    return cookieOf(request, nameFor(DEVICE, owner));
  }

  writeRefresh(
    response: Response,
    { sessionType, refreshToken, refreshTokenExpiresAt }: TokenPair,
    owner: AppAudience | undefined,
  ): void {
    if (sessionType !== SessionType.web) return;
    const expires = new Date(refreshTokenExpiresAt);
    response.cookie(nameFor(REFRESH, owner), refreshToken, { ...this.attributes(), expires });
  }

  /** Stays over logouts. */
  writeDevice(
    response: Response,
    { sessionType, deviceToken }: Login,
    owner: AppAudience | undefined,
  ): void {
    if (sessionType !== SessionType.web) return;
    const expires = new Date(Date.now() + DEVICE_TOKEN_TTL_MS);
    response.cookie(nameFor(DEVICE, owner), deviceToken, { ...this.attributes(), expires });
  }

  clearRefresh(response: Response, owner: AppAudience | undefined): void {
    response.clearCookie(nameFor(REFRESH, owner), this.attributes());
  }

  private attributes() {
    const { secure, sameSite, domain } = this.settings;
    return { httpOnly: true, path: PATH, secure, sameSite, ...(domain ? { domain } : {}) };
  }
}

function nameFor(token: string, owner: AppAudience | undefined): string {
  return owner === undefined ? token : `${token}_${owner}`;
}

function cookieOf({ headers }: Request, name: string): string | undefined {
  return headers.cookie === undefined ? undefined : parseCookie(headers.cookie)[name];
}
