import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountsService, type Account } from '#libs/accounts';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { Revocations } from '../revocation/revocations.js';
import { AccountGroupsStore, storedGroups, type StoredGroups } from './account-groups.store.js';

/** Told after a change of somebody who is followed here. Must not throw. */
export type GroupsListener = (userId: string, groups: readonly string[]) => void;

interface Followed extends StoredGroups {
  followers: number;
}

const NONE: readonly string[] = [];
const NEVER_READ = -1;
const READ_BATCH = 500;

/**
 * Who is in which groups. An instance that serves somebody follows its account, so that `of` costs
 * no read. Changes come on the stream of revocations: in order, and over outages.
 */
@Injectable()
export class AccountGroups implements OnModuleInit {
  private readonly followed = new Map<string, Followed>();
  private readonly listeners = new Set<GroupsListener>();

  constructor(
    private readonly store: AccountGroupsStore,
    private readonly accounts: AccountsService,
    private readonly revocations: Revocations,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.revocations.onGroupsChanged(({ userId = '', groups, groupsVersion }) =>
      this.learn(userId, storedGroups(groups, groupsVersion)),
    );
    this.revocations.onMissed(() => this.readAll());
  }

  /**
   * Takes the place of the groups that the account had.
   * @param groups as GroupIds reads them
   * @throws RequestError NOT_FOUND
   */
  async set(userId: string, groups: readonly string[]): Promise<Account> {
    if (await this.store.set(userId, groups)) return this.accounts.get(userId);
    throw new RequestError('NOT_FOUND', { message: 'There is no such account.' });
  }

  /**
   * From now on `of` answers for the account. To be called in a welcome, once for each `leave`, also
   * where this throws. People of another identity service who have no account here are in no group.
   * @throws RequestError REDIS_UNAVAILABLE
   */
  async follow(userId: string): Promise<readonly string[]> {
    const known = this.followed.get(userId);
    if (known) known.followers += 1;
    else this.followed.set(userId, { followers: 1, groups: NONE, version: NEVER_READ });
    if (this.followed.get(userId)!.version === NEVER_READ) {
      const [stored] = await this.store.read([userId]);
      this.learn(userId, stored!);
    }
    return this.of(userId);
  }

  leave(userId: string): void {
    const known = this.followed.get(userId);
    if (!known) return;
    known.followers -= 1;
    if (known.followers === 0) this.followed.delete(userId);
  }

  /** The groups of somebody who is followed here; none for others. */
  of(userId: string): readonly string[] {
    return this.followed.get(userId)?.groups ?? NONE;
  }

  /** Tells of people who are followed on this instance, whichever instance changed them. */
  onChanged(listener: GroupsListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async readAll(): Promise<void> {
    const userIds = [...this.followed.keys()];
    for (let start = 0; start < userIds.length; start += READ_BATCH) {
      const batch = userIds.slice(start, start + READ_BATCH);
      const stored = await this.store.readAhead(batch);
      for (const [i, userId] of batch.entries()) this.learn(userId, stored[i]!);
    }
  }

  /** A read may come back after the announcement of a later change. */
  private learn(userId: string, { groups, version }: StoredGroups): void {
    const known = this.followed.get(userId);
    if (!known || version <= known.version) return;
    const isFirst = known.version === NEVER_READ;
    Object.assign(known, { groups, version });
    if (isFirst) return;
    for (const listener of this.listeners) {
      try {
        listener(userId, groups);
      } catch (error) {
        this.log.error({ err: error }, 'a listener to changes of groups failed');
      }
    }
  }
}
