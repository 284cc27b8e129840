import { Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { toRequestError } from './redis-availability.js';
import { type LuaScript } from './lua-script.js';
import { RedisConnections } from './redis-connections.js';

export type RedisArgument = string | number | Buffer;

/** What stores speak through: every failure that means "Redis is away" becomes REDIS_UNAVAILABLE. */
@Injectable()
export class RedisCommands {
  private readonly redis: Redis;

  constructor(connections: RedisConnections) {
    this.redis = connections.commands;
  }

  /** Runs a script; replies hold strings. */
  async run(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    try {
      return await this.redis.evalsha(script.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isMissingScript(error)) throw toRequestError(error);
      return this.do((redis) => redis.eval(script.text, keys.length, ...keys, ...args));
    }
  }

  /** Runs a script; replies hold buffers. */
  async runBuffer(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    const evalsha = [script.sha, keys.length, ...keys, ...args];
    try {
      return await this.redis.callBuffer('EVALSHA', evalsha);
    } catch (error) {
      if (!isMissingScript(error)) throw toRequestError(error);
      return this.do((redis) => redis.callBuffer('EVAL', [script.text, ...evalsha.slice(1)]));
    }
  }

  /** Plain commands, e.g. `do((redis) => redis.hget(key, field))`. */
  async do<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      return await command(this.redis);
    } catch (error) {
      throw toRequestError(error);
    }
  }

  async isReachable(): Promise<boolean> {
    return this.redis.ping().then(
      () => true,
      () => false,
    );
  }
}

function isMissingScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
