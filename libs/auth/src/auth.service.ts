import { Inject, Injectable } from '@nestjs/common';
import { AccountsService, type Account, type AccountIdentifier } from '#libs/accounts';
import { jwtConfig, type ConfigType } from '#libs/config';
import {
  audienceAdmits,
  defaultSessionType,
  RequestError,
  SessionEndReason,
  type Principal,
  SessionType,
  UserType,
  AppAudience,
} from '#libs/contracts';
import { LoginLimiter } from './login-limiter.js';
import { Revocations } from './revocation/revocations.js';
import { SessionEnder } from './sessions/session-ender.js';
import { type ClientInfo } from './sessions/session.js';
import { SessionsService } from './sessions/sessions.service.js';
import { toRefusal, SessionsStore } from './sessions/sessions.store.js';
import { SignInCodes } from './sign-in-codes.js';
import { DeviceTokens } from './tokens/device-tokens.js';
import { RefreshTokens } from './tokens/refresh-tokens.js';
import { TokenPairs, type TokenPair } from './tokens/token-pairs.js';
import { TokenVerifier } from './tokens/token-verifier.js';

export interface LoginRequest {
  identifier: AccountIdentifier;
  password: string;
  appAudience: AppAudience;
  sessionType?: SessionType;
  expectedUserType?: UserType;
  deviceInfo?: string;
  /** That an earlier login gave to this device. */
  deviceToken?: string;
  client: ClientInfo;
}

/** The program of each type of people. */
const audienceOf = {
  [UserType.driver]: AppAudience.driverApp,
  [UserType.passenger]: AppAudience.passengerApp,
  [UserType.admin]: AppAudience.adminPanel,
} as const;

/** What opens a session for somebody who may have one. */
interface LetIn {
  appAudience: AppAudience;
  sessionType: SessionType;
  deviceInfo?: string;
  client: ClientInfo;
}

/** A token pair, and what the device shows at its next login. */
export type Login = TokenPair & { deviceToken: string };

/** Who may speak: tokens in, principals out; logins, refreshes and logouts. */
@Injectable()
export class AuthService {
  constructor(
    @Inject(jwtConfig.KEY) private readonly settings: ConfigType<typeof jwtConfig>,
    private readonly verifier: TokenVerifier,
    private readonly store: SessionsStore,
    private readonly revocations: Revocations,
    private readonly ender: SessionEnder,
    private readonly accounts: AccountsService,
    private readonly limiter: LoginLimiter,
    private readonly sessions: SessionsService,
    private readonly pairs: TokenPairs,
    private readonly refreshTokens: RefreshTokens,
    private readonly devices: DeviceTokens,
    private readonly codes: SignInCodes,
  ) {}

  /**
   * Checks an access token, its session and its account: one round trip to Redis.
   * @throws RequestError AUTH_REQUIRED, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_REVOKED,
   * ACCOUNT_SUSPENDED, ACCOUNT_BANNED, IDENTITY_UNAVAILABLE, REDIS_UNAVAILABLE
   */
  async authenticate(token: string | undefined): Promise<Principal> {
    const claimed = await this.verify(token);
    const check = await this.store.check(claimed);
    if (check.verdict !== 'live') throw toRefusal(check);
    // A session of another identity service may end before the token does.
    const principal =
      check.expiresAt < claimed.expiresAt ? { ...claimed, expiresAt: check.expiresAt } : claimed;
    if (this.revocations.isRevoked(principal)) throw new RequestError('SESSION_REVOKED');
    return principal;
  }

  async login(request: LoginRequest): Promise<Login> {
    this.refuseIfExternal();
    const { identifier, password, appAudience, client } = request;
    const deviceId = await this.knownDevice(request);
    const name = this.accounts.nameOf(identifier);
    const attempt = { account: name, address: client.address, deviceId };
    await this.limiter.count(attempt);
    const account = await this.accounts.verifyPassword(identifier, password);
    // No other refusal comes before the password is right: it would show who has an account.
    if (account === undefined) throw new RequestError('INVALID_CREDENTIALS');
    this.checkAudience(account, request);
    const pair = await this.open(account, {
      appAudience,
      sessionType: request.sessionType ?? defaultSessionType[appAudience],
      ...(request.deviceInfo ? { deviceInfo: request.deviceInfo } : {}),
      client,
    });
    // The login holds also when the counters cannot be changed.
    await this.limiter.succeed(attempt).catch(() => undefined);
    return { ...pair, deviceToken: this.devices.issue(account.id, deviceId) };
  }

  /**
   * Opens the session of a page with a code of `SignInCodes`, in place of a password.
   * @throws RequestError INVALID_CREDENTIALS, ACCOUNT_*, RATE_LIMITED, LOGIN_DISABLED
   */
  async loginByCode(code: string, client: ClientInfo): Promise<TokenPair> {
    this.refuseIfExternal();
    await this.limiter.countCode(client.address);
    const userId = await this.codes.take(code);
    const account = userId === undefined ? undefined : await this.accounts.find(userId);
    if (!account) {
      throw new RequestError('INVALID_CREDENTIALS', {
        message: 'This link has been used or has ended. Ask for another one, or log in.',
      });
    }
    await this.limiter.succeedCode(client.address).catch(() => undefined);
    const appAudience = audienceOf[account.userType];
    if (!this.settings.audiences.includes(appAudience)) throw new RequestError('AUDIENCE_MISMATCH');
    return this.open(account, { appAudience, sessionType: SessionType.web, client });
  }

  /** Opens a session without asking for anything: for operators, who hold the keys anyway. */
  letIn(account: Account, client: ClientInfo): Promise<TokenPair> {
    this.refuseIfExternal();
    const appAudience = audienceOf[account.userType];
    // The tokens are for programs: none of them goes into a cookie.
    return this.open(account, { appAudience, sessionType: SessionType.apiClient, client });
  }

  /** @throws RequestError TOKEN_INVALID, REFRESH_REUSED, SESSION_REVOKED, ACCOUNT_* */
  async refresh(refreshToken: string | undefined, client: ClientInfo): Promise<TokenPair> {
    this.refuseIfExternal();
    if (!refreshToken) {
      throw new RequestError('AUTH_REQUIRED', {
        message: 'Send the refresh token in the cookie or the body.',
      });
    }
    return this.pairs.rotate(refreshToken, client);
  }

  /**
   * Ends the session that a refresh token, else an access token, names. Twice is once; the session
   * is not asked for first, so that a logout is kept while Redis is away.
   */
  async logout(tokens: { refreshToken?: string; accessToken?: string }): Promise<void> {
    const { userId, sid } =
      tokens.refreshToken && this.settings.mode === 'own'
        ? this.refreshTokens.read(tokens.refreshToken, { acceptExpired: true })
        : await this.verify(tokens.accessToken);
    await this.ender.end({ kind: 'session', sid, userId, reason: SessionEndReason.userLogout });
  }

  private async open(
    account: Account,
    { appAudience, sessionType, deviceInfo, client }: LetIn,
  ): Promise<TokenPair> {
    const jti = this.refreshTokens.firstId();
    const opened = await this.sessions.open({
      account,
      ttlMs: this.settings.refreshTtlMs,
      client,
      fields: {
        sessionType,
        appAudience,
        refreshHash: this.refreshTokens.hashOf(jti),
        ...(deviceInfo ? { deviceInfo } : {}),
      },
    });
    return this.pairs.issue({
      account,
      sid: opened.sid,
      jti,
      sessionType,
      appAudience,
      issuedAt: opened.createdAt,
      expiresAt: opened.expiresAt,
    });
  }

  /** No answer shows whether the account exists: a stranger's device is asked for nothing. */
  private async knownDevice(request: LoginRequest): Promise<string | undefined> {
    const device = this.devices.read(request.deviceToken);
    if (device === undefined) return undefined;
    const userId = await this.accounts.idOf(request.identifier);
    return userId === device.userId ? device.deviceId : undefined;
  }

  private async verify(token: string | undefined): Promise<Principal> {
    if (!token) throw new RequestError('AUTH_REQUIRED');
    return this.verifier.verify(token);
  }

  private checkAudience(account: Account, request: LoginRequest): void {
    const { appAudience, expectedUserType } = request;
    const expected = expectedUserType === undefined || expectedUserType === account.userType;
    const admitted = audienceAdmits[appAudience].includes(account.userType);
    const verifiable = this.settings.audiences.includes(appAudience);
    if (!expected || !admitted || !verifiable) throw new RequestError('AUDIENCE_MISMATCH');
  }

  private refuseIfExternal(): void {
    if (this.settings.mode === 'external') throw new RequestError('LOGIN_DISABLED');
  }
}
