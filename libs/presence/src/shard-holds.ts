import { randomUUID } from 'node:crypto';
import { RequestError } from '#libs/contracts';
import { type Tracing } from '#libs/observability';
import { type DeviceMeta, type Place } from './place.js';
import { BATCH, type HoldChange, type PresenceStore, type ShardState } from './presence.store.js';

/** A device of a person at a place. */
export interface Hold {
  readonly place: Place;
  readonly person: string;
  /** Chosen by the holder; one connection has one everywhere, and no other connection has it. */
  readonly device: string;
  readonly meta: DeviceMeta;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** How long changes that nobody waits for are gathered. */
const GATHERING_MS = 25;

interface WaitingChange {
  change: HoldChange;
  /** Absent for a release. */
  hold?: Hold;
  /** Whether it is to be held once Redis can, also when it cannot now. */
  isKept: boolean;
  resolve: (count: number) => void;
  reject: (error: unknown) => void;
}

/**
 * What this instance holds in one shard. One call to Redis at a time, in order, with all that came
 * meanwhile. The lease has an epoch: whenever it is not certain that Redis has what is held here, e.g.
 * after a failed call, a lease that lapsed or an emptied Redis, everything is held again under a new
 * one, and what is left under the old one is released by whoever comes first. Redis counts the calls of
 * an epoch: by that it is seen what a failover has lost, also where as many have come as have left.
 */
export class ShardHolds {
  private readonly held = new Map<string, Hold>();
  private readonly waiting: WaitingChange[] = [];
  private turn: Promise<unknown> = Promise.resolve();
  private due: 'no' | 'soon' | 'now' = 'no';
  private epoch = newEpoch();
  /** Of this epoch, all of which Redis has answered. */
  private calls = 0;
  private isDoubtful = false;
  private hasResigned = false;

  constructor(
    private readonly shard: number,
    private readonly store: PresenceStore,
    private readonly tracing: Tracing,
  ) {}

  /** How much is held. */
  get size(): number {
    return this.held.size;
  }

  /** Resolves to how many people are there once every instance can read it; rejects when it is not held. */
  hold(hold: Hold): Promise<number> {
    return this.submit(hold, false);
  }

  /** The same, but a hold that Redis cannot take now stays wanted. */
  keep(hold: Hold): Promise<number> {
    return this.submit(hold, true);
  }

  /** Rejects when Redis is away: it then is released later. */
  release(place: Place, person: string, device: string, isFinal: boolean): Promise<number> {
    return this.put({ place, person, device, isFinal }, undefined, true);
  }

  /** Renews the lease and mends what Redis has, if that is not what is held here. */
  tend(): Promise<ShardState> {
    return this.inTurn(async () => {
      const state = await this.store.tend(this.shard, this.hasBegun ? this.epoch : '');
      if (this.isDoubtful || !this.isRight(state)) await this.startOver();
      return state;
    });
  }

  /** Writes what waits and ends the lease, so that nobody waits for it. Nothing is held afterwards. */
  resign(): Promise<void> {
    return this.inTurn(async () => {
      await this.writeWaiting();
      this.hasResigned = true;
      if (this.hasBegun) await this.store.endLease(this.shard, this.epoch);
    });
  }

  private isRight({ isLive, holds, calls }: ShardState): boolean {
    if (!this.hasBegun) return true;
    return isLive && holds === this.held.size && calls === this.calls;
  }

  private get hasBegun(): boolean {
    return this.calls > 0;
  }

  private submit(hold: Hold, isKept: boolean): Promise<number> {
    const { place, person, device, since, meta } = hold;
    return this.put({ place, person, device, held: { since, meta } }, hold, isKept);
  }

  private put(change: HoldChange, hold: Hold | undefined, isKept: boolean): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const traceparent = this.tracing.keptTraceparent;
    if (traceparent !== undefined) change.traceparent = traceparent;
    this.waiting.push({ change, ...(hold ? { hold } : {}), isKept, resolve, reject });
    if (isKept) this.writeSoon();
    else this.writeNow();
    return promise;
  }

  /** After this turn: whatever the same read of sockets brings goes along. */
  private writeNow(): void {
    if (this.due === 'now') return;
    this.due = 'now';
    setImmediate(() => void this.inTurn(() => this.writeWaiting()));
  }

  /** Nobody waits for it: when many come back at once, one call takes them all. */
  private writeSoon(): void {
    if (this.due !== 'no') return;
    this.due = 'soon';
    setTimeout(() => {
      if (this.due === 'soon') void this.inTurn(() => this.writeWaiting());
    }, GATHERING_MS);
  }

  private inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = this.turn.then(step);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async writeWaiting(): Promise<void> {
    this.due = 'no';
    if (this.hasResigned) {
      for (const { reject } of this.waiting.splice(0))
        reject(new RequestError('SERVER_DRAINING', { retryAfterMs: 1_000 }));
      return;
    }
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      try {
        const counts = await this.write(batch.map(({ change }) => change));
        batch.forEach((each, i) => {
          this.note(each);
          each.resolve(counts[i]!);
        });
      } catch (error) {
        // It may have been done nevertheless.
        this.isDoubtful = true;
        for (const each of batch) {
          if (each.isKept) this.note(each);
          each.reject(error);
        }
      }
    }
  }

  private note({ change, hold }: WaitingChange): void {
    const key = `${change.place}\n${change.person}\n${change.device}`;
    if (hold) this.held.set(key, hold);
    else this.held.delete(key);
  }

  private async write(changes: readonly HoldChange[]): Promise<number[]> {
    if (this.isDoubtful) await this.startOver();
    for (;;) {
      const counts = await this.store.change(this.shard, this.epoch, this.calls, changes);
      if (counts !== 'LAPSED') {
        this.calls += 1;
        return counts;
      }
      await this.startOver();
    }
  }

  /** Holds everything under a new epoch. */
  private async startOver(): Promise<void> {
    const old = this.hasBegun ? this.epoch : undefined;
    this.isDoubtful = true;
    this.calls = 0;
    this.epoch = newEpoch();
    const changes = [...this.held.values()].map(({ place, person, device, since, meta }) => ({
      place,
      person,
      device,
      held: { since, meta },
    }));
    for (let first = 0; first < changes.length; first += BATCH) {
      const slice = changes.slice(first, first + BATCH);
      const counts = await this.store.change(this.shard, this.epoch, this.calls, slice);
      // It took longer than a lease.
      if (counts === 'LAPSED') return this.startOver();
      this.calls += 1;
    }
    this.isDoubtful = false;
    if (old !== undefined) await this.store.endLease(this.shard, old);
  }
}

function newEpoch(): string {
  return randomUUID();
}
