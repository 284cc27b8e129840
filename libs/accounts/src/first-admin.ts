import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { accountsConfig, type ConfigType } from '#libs/config';
import { RequestError, UserType } from '#libs/contracts';
import { Log } from '#libs/observability';
import { AccountsService } from './accounts.service.js';

const RETRY_MS = 1_000;

/** Creates the configured admin at start, once for all instances. An existing account stays as it is. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(accountsConfig.KEY) private readonly settings: ConfigType<typeof accountsConfig>,
    private readonly accounts: AccountsService,
    private readonly log: Log,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.attempt();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** A start never waits for Redis here: what fails is tried again in the background. */
  private async attempt(): Promise<void> {
    try {
      await this.create();
    } catch (error) {
      if (error instanceof RequestError && !error.retryable) {
        this.log.error({ reason: error.message }, 'the first admin cannot be created');
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn({ reason }, 'the first admin is not created yet; trying again');
      if (!this.stopped) this.timer = setTimeout(() => void this.attempt(), RETRY_MS);
    }
  }

  private async create(): Promise<void> {
    const admin = this.settings.firstAdmin;
    if (admin === undefined || (await this.accounts.exists({ email: admin.email }))) return;
    try {
      const { id } = await this.accounts.create({ userType: UserType.admin, ...admin });
      this.log.info({ userId: id }, 'the first admin is created');
    } catch (error) {
      // Another instance that starts at the same time was first.
      if (error instanceof RequestError && error.code === 'CONFLICT') return;
      throw error;
    }
  }
}
