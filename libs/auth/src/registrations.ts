import { Inject, Injectable } from '@nestjs/common';
import { AccountsService } from '#libs/accounts';
import { jwtConfig, loginsConfig, type ConfigType } from '#libs/config';
import { RequestError, UserType } from '#libs/contracts';
import { LoginLimiter } from './login-limiter.js';

export interface Registration {
  email?: string;
  phoneNumber?: string;
  name?: string;
  password: string;
}

/** Passengers who make their own account, where PASSENGER_REGISTRATION allows it. */
@Injectable()
export class Registrations {
  constructor(
    @Inject(jwtConfig.KEY) private readonly tokens: ConfigType<typeof jwtConfig>,
    @Inject(loginsConfig.KEY) private readonly settings: ConfigType<typeof loginsConfig>,
    private readonly accounts: AccountsService,
    private readonly limiter: LoginLimiter,
  ) {}

  /**
   * Resolves alike, and after the same work, when the address has an account already: it stays as
   * it is, and nobody learns who has one.
   * @throws RequestError LOGIN_DISABLED, FORBIDDEN, RATE_LIMITED, VALIDATION_FAILED
   */
  async register(registration: Registration, address: string): Promise<void> {
    if (this.tokens.mode === 'external') throw new RequestError('LOGIN_DISABLED');
    if (!this.settings.passengerRegistration) {
      throw new RequestError('FORBIDDEN', {
        message:
          'Registration is off: accounts are made by an admin. The operator turns it on with ' +
          'PASSENGER_REGISTRATION=true.',
      });
    }
    await this.limiter.countRegistration(address);
    try {
      await this.accounts.create({ ...registration, userType: UserType.passenger });
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'CONFLICT')) throw error;
    }
  }
}
