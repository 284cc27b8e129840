import { Inject, Injectable } from '@nestjs/common';
import { AccountKeys, readGroups } from '#libs/accounts';
import { sessionsConfig, type ConfigType } from '#libs/config';
import { LuaScript, RedisCommands } from '#libs/redis';
import { SessionKeys } from '../sessions/session-keys.js';

const setScript = LuaScript.load(import.meta.url, 'set_groups');

/** The groups of one account; the version counts up with each change. */
export interface StoredGroups {
  groups: readonly string[];
  version: number;
}

@Injectable()
export class AccountGroupsStore {
  private readonly entriesKept: number;

  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: SessionKeys,
    private readonly accountKeys: AccountKeys,
    @Inject(sessionsConfig.KEY) { revocationsKept }: ConfigType<typeof sessionsConfig>,
  ) {
    this.entriesKept = revocationsKept;
  }

  /** Resolves false when there is no such account. */
  async set(userId: string, groups: readonly string[]): Promise<boolean> {
    const done = await this.redis.run(
      setScript,
      [this.accountKeys.account(userId), this.keys.revocations],
      [userId, groups.join(','), this.entriesKept],
    );
    return done === 1;
  }

  /** In the order of the ids. */
  async read(userIds: readonly string[]): Promise<StoredGroups[]> {
    const records = await this.redis.do((redis) =>
      Promise.all(
        userIds.map((id) => redis.hmget(this.accountKeys.account(id), 'groups', 'groupsVersion')),
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
