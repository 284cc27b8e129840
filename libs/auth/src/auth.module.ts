import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AuthService } from './auth.service.js';
import { AccountGroups } from './groups/account-groups.js';
import { AccountGroupsStore } from './groups/account-groups.store.js';
import { LoginLimiter } from './login-limiter.js';
import { AccountErasure } from './personal-data/account-erasure.js';
import { Registrations } from './registrations.js';
import { Revocations } from './revocation/revocations.js';
import { RevocationsStore } from './revocation/revocations.store.js';
import { AccountBlocks } from './sessions/account-blocks.js';
import { RefreshStore } from './sessions/refresh.store.js';
import { SessionActivities } from './sessions/session-activity.js';
import { SessionEnder } from './sessions/session-ender.js';
import { SessionsService } from './sessions/sessions.service.js';
import { SessionsOfUser } from './sessions/sessions-of-user.js';
import { SessionsStore } from './sessions/sessions.store.js';
import { AccessTokens } from './tokens/access-tokens.js';
import { DeviceTokens } from './tokens/device-tokens.js';
import { RefreshTokens } from './tokens/refresh-tokens.js';
import { AccessJwt, DeviceJwt, RefreshJwt } from './tokens/token-jwt.js';
import { TokenPairs } from './tokens/token-pairs.js';
import { SignInCodes } from './sign-in-codes.js';
import { TokenVerifier } from './tokens/token-verifier.js';

@Module({
  imports: [AccountsModule],
  providers: [
    AccessJwt,
    AccessTokens,
    AccountBlocks,
    AccountErasure,
    AccountGroups,
    AccountGroupsStore,
    AuthService,
    DeviceJwt,
    DeviceTokens,
    LoginLimiter,
    RefreshJwt,
    Registrations,
    RefreshStore,
    RefreshTokens,
    Revocations,
    RevocationsStore,
    SessionActivities,
    SessionEnder,
    SessionsOfUser,
    SessionsService,
    SessionsStore,
    SignInCodes,
    TokenPairs,
    TokenVerifier,
  ],
  exports: [
    AccessTokens,
    AccountBlocks,
    AccountErasure,
    AccountGroups,
    AuthService,
    Registrations,
    Revocations,
    SessionActivities,
    SessionEnder,
    SessionsService,
    SignInCodes,
    TokenVerifier,
  ],
})
export class AuthModule {}
