import { Module } from '@nestjs/common';
import { AccountsModule } from '#libs/accounts';
import { AccessTokens } from './access-tokens.js';
import { AccountBlocks } from './account-blocks.js';
import { AuthService } from './auth.service.js';
import { LoginLimiter } from './login-limiter.js';
import { RefreshStore } from './refresh.store.js';
import { RefreshTokens } from './refresh-tokens.js';
import { Revocations } from './revocations.js';
import { RevocationsStore } from './revocations.store.js';
import { SessionEnder } from './session-ender.js';
import { SessionKeys } from './session-keys.js';
import { SessionsService } from './sessions.service.js';
import { SessionsStore } from './sessions.store.js';
import { TokenPairs } from './token-pairs.js';
import { TokenVerifier } from './token-verifier.js';

@Module({
  imports: [AccountsModule],
  providers: [
    AccessTokens,
    AccountBlocks,
    AuthService,
    LoginLimiter,
    RefreshStore,
    RefreshTokens,
    Revocations,
    RevocationsStore,
    SessionEnder,
    SessionKeys,
    SessionsService,
    SessionsStore,
    TokenPairs,
    TokenVerifier,
  ],
  exports: [AccountBlocks, AuthService, Revocations, SessionsService, TokenVerifier],
})
export class AuthModule {}
