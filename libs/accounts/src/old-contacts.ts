import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { accountsConfig, type ConfigType } from '#libs/config';
import { Log } from '#libs/observability';
import { RedisConnections } from '#libs/redis';
import { type AccountIdentifier } from './account.js';
import { AccountsStore, type StoredContact } from './accounts.store.js';
import { Contacts } from './contacts.js';
import { OldKeys } from './old-keys.js';

const PAGE = 200;
const RETRY_MS = 1_000;
const REDIS_WAIT_MS = 10_000;
/** Instances of an older release may go on creating accounts while they are replaced. */
const OVERLAP_MS = 86_400_000;

/**
 * Accounts of older releases are stored under the spelling that they were created with. At the
 * start each gets the key of this release beside its old one, so that every spelling finds it and
 * none is taken twice. Goes on where it stopped; two instances at once do no harm.
 */
@Injectable()
export class OldContacts implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly country: string;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(accountsConfig.KEY) settings: ConfigType<typeof accountsConfig>,
    private readonly store: AccountsStore,
    private readonly contacts: Contacts,
    private readonly connections: RedisConnections,
    private readonly oldKeys: OldKeys,
    private readonly log: Log,
  ) {
    this.country = settings.phoneCountry ?? 'none';
  }

  onApplicationBootstrap(): void {
    void this.attempt();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async attempt(): Promise<void> {
    try {
      // A command starts its modules before Redis has answered: that is no failure.
      await this.connections.waitUntilReady(REDIS_WAIT_MS);
      await this.oldKeys.whenMoved();
      await this.nameAll();
    } catch (error) {
      if (this.stopped) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.log.warn({ reason }, 'accounts of older releases have no new names yet; trying again');
      this.timer = setTimeout(() => void this.attempt(), RETRY_MS);
    }
  }

  private async nameAll(): Promise<void> {
    let from = Math.max(0, (await this.store.namesGiven(this.country)) - OVERLAP_MS);
    let offset = 0;
    while (!this.stopped) {
      const page = await this.store.contactsSince(from, offset, PAGE);
      for (const account of page) await this.name(account);
      const last = page.at(-1);
      if (last === undefined) return;
      await this.store.noteNamesGiven(this.country, last.createdAt);
      // Accounts of one millisecond may fill more than a page.
      offset = last.createdAt === from ? offset + page.length : 0;
      if (offset === 0)
        offset = page.filter(({ createdAt }) => createdAt === last.createdAt).length;
      from = last.createdAt;
    }
  }

  private async name({ id, email, phoneNumber }: StoredContact): Promise<void> {
    const identifiers: AccountIdentifier[] = [];
    if (email) identifiers.push({ email });
    if (phoneNumber) identifiers.push({ phoneNumber });
    for (const identifier of identifiers) {
      const [, key] = this.contacts.keysOf(identifier);
      if (key === undefined) continue;
      const owner = await this.store.claimName(key, id);
      if (owner !== id) {
        this.log.warn(
          { userId: id, otherUserId: owner },
          'two accounts have one address in different spellings; each is found by its own',
        );
      }
    }
  }
}
