import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { INSTANCE_LEASE_MS, InstanceDirectory } from '#libs/instances';
import { Log } from '#libs/observability';
import { RedisCommands } from '#libs/redis';
import { AccountKeys } from './account-keys.js';

const RETRY_MS = 250;
/** An instance that was killed lives for as long as its lease. */
const END_WITHIN_MS = INSTANCE_LEASE_MS + 5_000;

/**
 * Whether instances of the release before live on this Redis. One of this release beside them would take
 * their accounts from them, and write trips that they cannot read.
 */
@Injectable()
export class OlderInstances {
  constructor(
    private readonly redis: RedisCommands,
    private readonly keys: AccountKeys,
    private readonly directory: InstanceDirectory,
    private readonly log: Log,
  ) {}

  /**
   * To be awaited before anything else is done. Where accounts are moved already nobody is waited for. A
   * look that fails says nothing of who lives: it is done again.
   * @throws Error that says what to do, where one of before lives on, or Redis does not say who lives
   */
  async awaitEnd(withinMs = END_WITHIN_MS): Promise<void> {
    const until = performance.now() + withinMs;
    for (let looks = 0; ; looks += 1) {
      const obstacle = await this.look();
      if (obstacle === undefined) return;
      if (performance.now() >= until) throw obstacle;
      if (looks === 0) this.log.warn({ reason: obstacle.message }, 'the start waits');
      await pause(RETRY_MS);
    }
  }

  /** @throws Error that says what to do, where one lives now; RequestError REDIS_UNAVAILABLE */
  async refuseBeside(): Promise<void> {
    const older = await this.directory.older();
    if (older.length > 0) throw new Error(besideOlder(older));
  }

  private async look(): Promise<Error | undefined> {
    try {
      const isMoved = await this.redis.do((redis) => redis.exists(this.keys.layout));
      const older = isMoved ? [] : await this.directory.older();
      return older.length > 0 ? new Error(besideOlder(older)) : undefined;
    } catch (error) {
      return new Error(
        'Redis did not say whether instances of the release before run, and beside them nothing may be done. Once it answers, start this again.',
        { cause: error },
      );
    }
  }
}

function besideOlder(older: readonly string[]): string {
  return (
    `Instances of the release before run on this Redis: ${older.join(', ')}. ` +
    'They cannot read the accounts, sessions and trips of this release, so this one does nothing beside them, and theirs are untouched. ' +
    'Stop all of them, then start this release: "Upgrade from 0.1.0" in docs/OPERATIONS.md.'
  );
}
