import { Injectable } from '@nestjs/common';
import { RedisCommands, type LuaScript, type RedisArgument, type RedisClient } from '#libs/redis';
import { OldKeys } from './old-keys.js';

/** What stores of accounts and sessions speak through: nothing is read before old keys are moved. */
@Injectable()
export class AccountRedis {
  constructor(
    private readonly redis: RedisCommands,
    private readonly oldKeys: OldKeys,
  ) {}

  /** As of RedisCommands. @throws RequestError REDIS_UNAVAILABLE also while old keys are moved */
  async run(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    if (!this.oldKeys.areMoved) await this.oldKeys.pass();
    return this.redis.run(script, keys, args);
  }

  /** As of RedisCommands. */
  async runAhead(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    if (!this.oldKeys.areMoved) await this.oldKeys.pass();
    return this.redis.runAhead(script, keys, args);
  }

  /** As of RedisCommands. */
  async do<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    if (!this.oldKeys.areMoved) await this.oldKeys.pass();
    return this.redis.do(command);
  }

  /** As of RedisCommands. */
  async doAhead<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    if (!this.oldKeys.areMoved) await this.oldKeys.pass();
    return this.redis.doAhead(command);
  }
}
