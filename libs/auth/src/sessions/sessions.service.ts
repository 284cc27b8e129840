import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccountsService, type Account } from '#libs/accounts';
import { jwtConfig, sessionsConfig, type ConfigType } from '#libs/config';
import { RequestError, SessionEndReason, type SessionType, type UserType } from '#libs/contracts';
import { Revocations } from '../revocation/revocations.js';
import { SessionActivities } from './session-activity.js';
import { SessionEnder } from './session-ender.js';
import { boundedClient, type ClientInfo, type Session } from './session.js';
import { toRefusal, SessionsStore } from './sessions.store.js';

export interface OpenedSession {
  sid: string;
  /** Epoch milliseconds, as the next. */
  createdAt: number;
  expiresAt: number;
}

interface SessionToOpen {
  sid?: string;
  account: Pick<Account, 'id' | 'userType'>;
  ttlMs: number;
  client: ClientInfo;
  fields: Record<string, string>;
}

/** A session for a user whom the company's own identity service has let in. */
export interface ForeignSession {
  sid?: string;
  userId: string;
  userType: UserType;
  ttlMs?: number;
  client: ClientInfo;
  deviceInfo?: string;
}

@Injectable()
export class SessionsService {
  constructor(
    @Inject(sessionsConfig.KEY) private readonly settings: ConfigType<typeof sessionsConfig>,
    @Inject(jwtConfig.KEY) private readonly jwt: ConfigType<typeof jwtConfig>,
    private readonly store: SessionsStore,
    private readonly accounts: AccountsService,
    private readonly ender: SessionEnder,
    private readonly revocations: Revocations,
    private readonly activities: SessionActivities,
  ) {}

  /** The live ones, the newest first. */
  list(userId: string): Promise<Session[]> {
    return this.store.list(userId);
  }

  /** Whose live session it is; undefined for none. */
  ownerOf(sid: string): Promise<string | undefined> {
    return this.store.ownerOf(sid);
  }

  /** @throws RequestError ACCOUNT_SUSPENDED, ACCOUNT_BANNED, CONFLICT */
  async open({ account, client, fields, ttlMs, ...rest }: SessionToOpen): Promise<OpenedSession> {
    const sid = rest.sid ?? randomBytes(16).toString('base64url');
    const { address, userAgent } = boundedClient(client);
    const opening = await this.store.open({
      sid,
      userId: account.id,
      userType: account.userType,
      ttlMs,
      maxSessions: this.settings.maxSessionsPerUser,
      fields: { ...fields, address, userAgent },
    });
    if (opening.verdict !== 'opened') throw toRefusal(opening);
    const { createdAt, expiresAt, evicted } = opening;
    const ended = { userId: account.id, sids: evicted, at: Date.now() };
    this.revocations.announce(ended, SessionEndReason.sessionLimit);
    const { sessionType, deviceInfo } = fields;
    this.activities.note({
      kind: 'opened',
      userId: account.id,
      userType: account.userType,
      sid,
      ...(sessionType ? { sessionType: sessionType as SessionType } : {}),
      ...(deviceInfo ? { deviceInfo } : {}),
    });
    return { sid, createdAt, expiresAt };
  }

  /** @throws RequestError FORBIDDEN where logins are served here; CONFLICT */
  async openForeign(session: ForeignSession): Promise<OpenedSession> {
    if (this.jwt.mode !== 'external') {
      throw new RequestError('FORBIDDEN', {
        message: 'Sessions are opened by login here. Set JWT_MODE=external to open them yourself.',
      });
    }
    const { userId, userType, sid, client, deviceInfo, ttlMs = this.jwt.refreshTtlMs } = session;
    const account = await this.accounts.ensure(userId, userType);
    if (account.userType !== userType) {
      throw new RequestError('CONFLICT', {
        message: `The account of this user is of type ${account.userType}.`,
      });
    }
    const fields: Record<string, string> = deviceInfo ? { deviceInfo } : {};
    return this.open({ account, ttlMs, client, fields, ...(sid === undefined ? {} : { sid }) });
  }

  /**
   * @param userId whose session it must be; null: of any user
   * @throws RequestError NOT_FOUND, REDIS_UNAVAILABLE (revoked here only, for now)
   */
  async revoke(sid: string, userId: string | null, reason: SessionEndReason): Promise<void> {
    const ended = await this.ender.end({ kind: 'session', sid, userId, reason });
    if (!ended) throw new RequestError('NOT_FOUND', { message: 'There is no such session.' });
  }

  /** Resolves how many there were. */
  async revokeAll(userId: string, reason: SessionEndReason): Promise<number> {
    const ended = await this.ender.end({ kind: 'user', userId, reason });
    if (!ended) throw new RequestError('NOT_FOUND', { message: 'There is no such account.' });
    return ended.sids.length;
  }
}
