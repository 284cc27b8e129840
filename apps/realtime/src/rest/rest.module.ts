import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuthModule } from '#libs/auth';
import { LimitsModule } from '#libs/limits';
import { RefusalLogModule } from '../socket/connection/refusal-log.js';
import { AccessGuard } from './access.js';
import { AddressRate } from './address-rate.js';
import { EnvelopeInterceptor } from './envelope.js';
import { FailureFilter } from './failure.js';
import { RefusedCallers } from './refused-callers.js';
import { AddressRateGuard, UserRateGuard } from './rest-rate.js';
import { UnreadQueryGuard } from './unread-query.guard.js';

/** Guard, envelope and failures of every route of the process. */
@Module({
  imports: [AuthModule, LimitsModule, RefusalLogModule],
  providers: [
    AddressRate,
    RefusedCallers,
    // In this order: what is refused first costs least.
    { provide: APP_GUARD, useClass: AddressRateGuard },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: UserRateGuard },
    { provide: APP_GUARD, useClass: UnreadQueryGuard },
    { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
    { provide: APP_FILTER, useClass: FailureFilter },
  ],
})
export class RestModule {}
