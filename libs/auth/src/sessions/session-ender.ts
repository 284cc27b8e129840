import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { RequestError } from '#libs/contracts';
import { Log } from '#libs/observability';
import { Revocations } from '../revocation/revocations.js';
import {
  RevocationsStore,
  type EndOrder,
  type EndedSessions,
} from '../revocation/revocations.store.js';

const RETRY_MS = 250;
const HELD_MESSAGE =
  'Redis is away. This instance has cut and refuses what you revoked, and keeps trying to tell ' +
  'the others. Send it again after retryAfterMs to be sure.';

interface Held {
  order: EndOrder;
  /** By `performance.now()`. */
  decidedAt: number;
  release: () => void;
}

/** A person has no session any more; `at` in epoch ms by the clock of Redis. */
export type LeaveListener = (userId: string, at: number) => Promise<void>;

/**
 * Ends sessions, whose devices get `auth:session_revoked`: first here, then
 * everywhere; what Redis cannot take is kept until it can (AUTH2).
 */
@Injectable()
export class SessionEnder implements BeforeApplicationShutdown {
  private readonly held = new Map<string, Held>();
  private readonly leaveListeners = new Set<LeaveListener>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: RevocationsStore,
    private readonly revocations: Revocations,
    private readonly log: Log,
  ) {}

  /** Called on the instance that ends the last session of a person, before that is answered. */
  onLeave(listener: LeaveListener): void {
    this.leaveListeners.add(listener);
  }

  /**
   * Resolves undefined when there is no such session or account.
   * @throws RequestError REDIS_UNAVAILABLE when it holds here only, for now; CONFLICT when somebody
   * else changed the status of the account meanwhile.
   */
  async end(order: EndOrder): Promise<EndedSessions | undefined> {
    const release = this.revocations.hold(order);
    const decidedAt = performance.now();
    try {
      const ended = await this.write(order, decidedAt);
      release();
      return ended;
    } catch (error) {
      if (!isRedisAway(error)) {
        release();
        throw error;
      }
      this.keep({ order, decidedAt, release });
      throw new RequestError('REDIS_UNAVAILABLE', {
        message: HELD_MESSAGE,
        retryAfterMs: error.retryAfterMs ?? RETRY_MS,
        cause: error,
      });
    }
  }

  /** Lets an account log in again; a block that still waits to be written must not come after it. */
  async reactivate(userId: string): Promise<boolean> {
    const decidedAt = performance.now();
    const done = await this.store.reactivate(userId);
    const held = this.held.get(blockKey(userId));
    if (held && held.decidedAt < decidedAt) this.drop(held);
    return done;
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    if (this.held.size > 0) await this.writeHeld();
    clearTimeout(this.timer);
    for (const { order } of this.held.values()) {
      this.log.error({ order }, 'a revocation is lost: redis was away until this instance ended');
    }
  }

  private async write(order: EndOrder, decidedAt: number): Promise<EndedSessions | undefined> {
    const ended = await this.store.end(order, decidedAt);
    if (ended) {
      this.log.info(
        { userId: ended.userId, sids: ended.sids, reason: order.reason },
        'sessions end',
      );
      this.revocations.announce(ended, order.reason);
      if (ended.areAllOver) await this.tellLeave(ended);
    }
    return ended;
  }

  /** The sessions have ended also when this fails. */
  private async tellLeave({ userId, at }: EndedSessions): Promise<void> {
    try {
      await Promise.all([...this.leaveListeners].map((listener) => listener(userId, at)));
    } catch (error) {
      this.log.warn({ err: error, userId }, 'what follows from the end of sessions is late');
    }
  }

  /** In the place of an equal order, and of an older block of the same account. */
  private keep(held: Held): void {
    const key = keyOf(held.order);
    this.held.get(key)?.release();
    this.held.set(key, held);
    this.schedule();
  }

  private drop(held: Held): void {
    const key = keyOf(held.order);
    if (this.held.get(key) !== held) return;
    this.held.delete(key);
    held.release();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.writeHeld(), RETRY_MS);
  }

  private async writeHeld(): Promise<void> {
    for (const held of this.held.values()) {
      const { order, decidedAt } = held;
      try {
        await this.write(order, decidedAt);
      } catch (error) {
        if (isRedisAway(error)) return this.schedule();
        this.log.warn({ err: error, order }, 'a held revocation is not written');
      }
      this.drop(held);
    }
  }
}

function keyOf(order: EndOrder): string {
  return order.kind === 'user' && order.block ? blockKey(order.userId) : JSON.stringify(order);
}

function blockKey(userId: string): string {
  return `block ${userId}`;
}

function isRedisAway(error: unknown): error is RequestError {
  return error instanceof RequestError && error.code === 'REDIS_UNAVAILABLE';
}
