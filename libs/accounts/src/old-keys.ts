import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import {
  BackgroundTask,
  RedisCommands,
  RedisConnections,
  RedisKeys,
  toRequestError,
} from '#libs/redis';
import { AccountKeys, ANY, AUTH_TAG } from './account-keys.js';
import { OldRecords } from './old-records.js';
import { OlderInstances } from './older-instances.js';

const RETRY_MS = 250;
const REDIS_WAIT_MS = 10_000;
/** A request waits so long: at a start the first look at Redis is on its way. */
const PASS_WITHIN_MS = 2_000;
/** After the move instances of before may run on for a while, and make accounts that only they know. */
const LATE_LOOKS_FOR_MS = 60 * 60_000;
const LATE_LOOK_INTERVAL_MS = 60_000;
/** All instances together look once in this time. */
const LATE_LOOK_PAUSE_MS = 50_000;
/** Whether something has come in the way of a move that a command waits for. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Releases before this one had all accounts and sessions in one slot. At the start one instance moves
 * them to the slots of their users, see OldRecords; until that is done nobody is let in here. Nothing is
 * moved while an instance of before lives, since that would take its accounts from it. A Redis
 * whose connection was lost may come back as it was before the move: that is looked at before anything
 * else is read or written.
 */
@Injectable()
export class OldKeys implements OnModuleInit, OnApplicationShutdown {
  areMoved = false;
  private readonly first: Promise<void>;
  private tellFirst: () => void = () => undefined;
  private wereMoved = false;
  private losses = 0;
  private stopped = false;
  private settling: Promise<void> | undefined;
  private passing: Promise<void> | undefined;
  private readonly lateLooks: BackgroundTask;
  private reason = '';

  constructor(
    private readonly redis: RedisCommands,
    private readonly connections: RedisConnections,
    private readonly keys: AccountKeys,
    private readonly names: RedisKeys,
    private readonly records: OldRecords,
    private readonly olderInstances: OlderInstances,
    private readonly log: Log,
  ) {
    this.first = new Promise((resolve) => (this.tellFirst = resolve));
    this.lateLooks = new BackgroundTask(log, 'moving accounts that older instances have made', () =>
      this.moveLate(),
    );
  }

  /** Begins without waiting: an instance may start while Redis is away. */
  onModuleInit(): void {
    this.connections.onCommandsLost(() => {
      this.losses += 1;
      this.areMoved = false;
    });
    void this.settle();
    this.lateLooks.start(LATE_LOOK_INTERVAL_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.records.stop();
    await Promise.all([this.settling, this.lateLooks.stop()]);
  }

  /** Resolves when all old keys are moved, for the first time since the start. */
  whenMoved(): Promise<void> {
    return this.first;
  }

  /** The same for a command, which must not wait for ever. @throws Error as OlderInstances.awaitEnd does */
  async moveOrSayWhyNot(): Promise<void> {
    while (!this.wereMoved) {
      await this.olderInstances.awaitEnd(0);
      // A move may take minutes: it is waited for while nothing is in its way.
      await Promise.race([this.first, pause(LOOK_AGAIN_MS, undefined, { ref: false })]);
    }
  }

  /** The same for somebody who does not wait for long. @throws RequestError REDIS_UNAVAILABLE */
  pass(): Promise<void> {
    this.passing ??= this.passOnce().finally(() => (this.passing = undefined));
    return this.passing;
  }

  /**
   * Moves what an instance of before has made since the move; resolves false when that was long ago, or
   * somebody else has just looked.
   */
  async moveLate(): Promise<boolean> {
    if (!this.areMoved) return false;
    const looked = this.names.key(AUTH_TAG, 'late-look');
    const isDue = await this.redis.do(async (redis) => {
      if ((await redis.exists(this.recentMove)) === 0) return false;
      return (await redis.set(looked, '', 'PX', LATE_LOOK_PAUSE_MS, 'NX')) !== null;
    });
    if (!isDue) return false;
    const found = await this.records.move();
    // Whoever has made some may go on: it is looked for as long after the last one.
    if (found) await this.expectLate();
    return found !== undefined;
  }

  private async passOnce(): Promise<void> {
    // Where Redis is away this fails at once, as every other command does.
    if (this.wereMoved && (await this.look())) return;
    const limit = new AbortController();
    const late = pause(PASS_WITHIN_MS, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([this.settle(), late]);
    limit.abort();
    if (this.areMoved) return;
    throw new RequestError('REDIS_UNAVAILABLE', {
      message: 'Accounts of an older release are being moved, or Redis is away. Try again.',
      retryAfterMs: PASS_WITHIN_MS,
    });
  }

  /** Whether Redis knows that all are moved; false also when its connection was lost meanwhile. */
  private async look(): Promise<boolean> {
    const { losses } = this;
    // Not held back by the DeliveryGate: whoever catches up passes here first.
    const layout = await this.connections.commands.get(this.keys.layout).catch((error: unknown) => {
      throw toRequestError(error);
    });
    if (layout === null || losses !== this.losses) return false;
    this.areMoved = true;
    return true;
  }

  private settle(): Promise<void> {
    this.settling ??= this.moveOnce().finally(() => (this.settling = undefined));
    return this.settling;
  }

  private async moveOnce(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.connections.waitUntilReady(REDIS_WAIT_MS);
        if ((await this.look()) || ((await this.moveOrWait()) && (await this.look()))) {
          this.wereMoved = true;
          this.tellFirst();
          return;
        }
      } catch (error) {
        if (this.stopped) return;
        this.say(error instanceof Error ? error.message : String(error));
      }
      await pause(RETRY_MS);
    }
  }

  /** Each reason once: it is tried again four times a second. */
  private say(reason: string): void {
    if (reason === this.reason) return;
    this.reason = reason;
    this.log.warn({ reason }, 'accounts of older releases are not moved yet; trying again');
  }

  private async moveOrWait(): Promise<boolean> {
    const { losses } = this;
    await this.olderInstances.refuseBeside();
    const someone = await this.redis.do((redis) => redis.exists(this.keys.index(ANY, ANY)));
    if (someone === 1) {
      if ((await this.records.move()) === undefined) return false;
      // Who went through the keys of one server with the places of another may have passed some over.
      if (losses !== this.losses) return false;
      await this.expectLate();
    }
    await this.redis.do((redis) => redis.set(this.keys.layout, 'user'));
    return true;
  }

  private async expectLate(): Promise<void> {
    await this.redis.do((redis) => redis.set(this.recentMove, '', 'PX', LATE_LOOKS_FOR_MS));
  }

  private get recentMove(): string {
    return this.names.key(AUTH_TAG, 'late-looks');
  }
}
