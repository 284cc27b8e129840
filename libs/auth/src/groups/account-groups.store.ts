import { Injectable } from '@nestjs/common';
import { AccountKeys, AccountRedis, readGroups, UntoldChanges, untoldNotes } from '#libs/accounts';
import { LuaScript } from '#libs/redis';

const setScript = LuaScript.load(import.meta.url, 'set_groups', untoldNotes);

/** The groups of one account; the version counts up with each change. */
export interface StoredGroups {
  groups: readonly string[];
  version: number;
}

@Injectable()
export class AccountGroupsStore {
  constructor(
    private readonly redis: AccountRedis,
    private readonly keys: AccountKeys,
    private readonly changes: UntoldChanges,
  ) {}

  /** Resolves false when there is no such account. */
  async set(userId: string, groups: readonly string[]): Promise<boolean> {
    const done = await this.changes.telling(userId, () =>
      this.redis.run(
        setScript,
        [this.keys.account(userId), this.keys.untold(userId)],
        [userId, groups.join(',')],
      ),
    );
    return done === 1;
  }

  /** In the order of the ids. */
  async read(userIds: readonly string[]): Promise<StoredGroups[]> {
    const records = await this.redis.do((redis) =>
      Promise.all(
        userIds.map((id) => redis.hmget(this.keys.account(id), 'groups', 'groupsVersion')),
      ),
    );
    return records.map(([groups, version]) => storedGroups(groups, version));
  }
}

export function storedGroups(
  groups: string | null | undefined,
  version: string | null | undefined,
): StoredGroups {
  return { groups: readGroups(groups), version: Number(version ?? 0) };
}
