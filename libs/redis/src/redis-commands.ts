import { Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { Metrics, SpanKind, Tracing, type Delays, type Family } from '#libs/observability';
import { DeliveryGate } from './delivery-gate.js';
import { isPassingState, toRequestError } from './redis-availability.js';
import { type LuaScript } from './lua-script.js';
import { type RedisClient } from './redis-client.js';
import { RedisConnections } from './redis-connections.js';
import { RedisKeys } from './redis-keys.js';

/** What the readiness check writes goes by itself. */
const PROBE_TTL_MS = 60_000;

export type RedisArgument = string | number | Buffer;

/**
 * What stores speak through: every failure that means "Redis is away" becomes REDIS_UNAVAILABLE. A
 * reply that was read by a process that is behind waits until that has caught up, see DeliveryGate.
 */
@Injectable()
export class RedisCommands {
  private readonly redis: RedisClient;
  private readonly scriptDelays: Family<Delays>;
  private readonly commandDelays: Delays;
  private readonly delaysOf = new Map<LuaScript, Delays>();

  constructor(
    private readonly connections: RedisConnections,
    private readonly keys: RedisKeys,
    private readonly gate: DeliveryGate,
    metrics: Metrics,
    private readonly tracing: Tracing,
  ) {
    this.redis = connections.commands;
    this.scriptDelays = metrics.delayFamily(
      'ridewire_redis_script_duration_seconds',
      'From sending a script to its reply, by script; failures too.',
      ['script'],
    );
    this.commandDelays = metrics.delays(
      'ridewire_redis_command_duration_seconds',
      'From sending plain commands to their reply; failures too.',
    );
  }

  /** Runs a script; replies hold strings. */
  async run(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    const reply = await this.runAhead(script, keys, args);
    if (this.gate.standing === 'behind') await this.gate.settled();
    return reply;
  }

  /** The same for calls that others wait for: their replies are never held back. */
  runAhead(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    if (!this.tracing.isOn) return this.sendScript(script, keys, args);
    return this.traced(script.name, () => this.sendScript(script, keys, args));
  }

  private async sendScript(
    script: LuaScript,
    keys: string[],
    args: RedisArgument[],
  ): Promise<unknown> {
    const startedAt = performance.now();
    try {
      return await this.redis.evalsha(script.sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isMissingScript(error)) throw toRequestError(error);
      return await this.doAhead((redis) => redis.eval(script.text, keys.length, ...keys, ...args));
    } finally {
      this.noteScript(script, startedAt);
    }
  }

  /** Runs a script; replies hold buffers. */
  runBuffer(script: LuaScript, keys: string[], args: RedisArgument[]): Promise<unknown> {
    if (!this.tracing.isOn) return this.sendBuffers(script, keys, args);
    return this.traced(script.name, () => this.sendBuffers(script, keys, args));
  }

  private async sendBuffers(
    script: LuaScript,
    keys: string[],
    args: RedisArgument[],
  ): Promise<unknown> {
    const evalsha = [script.sha, keys.length, ...keys, ...args];
    const startedAt = performance.now();
    try {
      const reply = await this.redis.callBuffer('evalsha', evalsha);
      this.noteScript(script, startedAt);
      if (this.gate.standing === 'behind') await this.gate.settled();
      return reply;
    } catch (error) {
      if (!isMissingScript(error)) throw toRequestError(error);
      return this.do((redis) => redis.callBuffer('eval', [script.text, ...evalsha.slice(1)]));
    }
  }

  /** Plain commands, e.g. `do((redis) => redis.hget(key, field))`. */
  async do<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    const reply = await this.doAhead(command);
    if (this.gate.standing === 'behind') await this.gate.settled();
    return reply;
  }

  /** The same for what a StreamFollower awaits, which others wait for: never held back. */
  doAhead<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    if (!this.tracing.isOn) return this.sendCommand(command);
    return this.traced(undefined, () => this.sendCommand(command));
  }

  /** Work of requests only: what an instance does by itself would fill every trace store. */
  private traced<T>(script: string | undefined, step: () => Promise<T>): Promise<T> {
    if (this.tracing.traceparent === undefined) return step();
    const name = script === undefined ? 'redis' : `script ${script}`;
    const attributes = {
      'db.system.name': 'redis',
      ...(script === undefined ? {} : { 'db.stored_procedure.name': script }),
    };
    return this.tracing.span(name, { kind: SpanKind.CLIENT, attributes }, step);
  }

  private async sendCommand<T>(command: (redis: RedisClient) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await command(this.redis);
    } catch (error) {
      throw toRequestError(error);
    } finally {
      this.commandDelays.note(performance.now() - startedAt);
    }
  }

  /** How long everything took that was sent. */
  *delays(): Generator<Delays> {
    yield this.commandDelays;
    yield* this.delaysOf.values();
  }

  private noteScript(script: LuaScript, startedAt: number): void {
    let delays = this.delaysOf.get(script);
    if (!delays) {
      delays = this.scriptDelays.of(script.name);
      this.delaysOf.set(script, delays);
    }
    delays.note(performance.now() - startedAt);
  }

  /**
   * A command for each server that takes writes, e.g. to go through all keys: the one, or every
   * primary of a cluster.
   */
  async onEachPrimary<T>(command: (redis: Redis) => Promise<T>): Promise<T[]> {
    return this.do(() => Promise.all(this.connections.primaries().map((each) => command(each))));
  }

  /** Why Redis takes no write now, in its own words; undefined when each of its primaries does. */
  async writeRefusal(): Promise<string | undefined> {
    try {
      const { slots } = this.connections;
      const keyOf = (number: number) => this.keys.key(`health-${number}`, 'probe');
      const keys = [...slots.owners()].flatMap((owner) => slots.keysAt(owner, keyOf, 1));
      if (keys.length === 0) return 'it does not answer';
      await Promise.all(
        keys.flatMap((key) => [
          this.redis.set(key, '', 'PX', PROBE_TTL_MS),
          // Nearly all writes are scripts, which a user of Redis may not be allowed.
          this.redis.eval('return 1', 1, key),
        ]),
      );
      return undefined;
    } catch (error) {
      return isPassingState(error) ? error.message : 'it does not answer';
    }
  }
}

function isMissingScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
