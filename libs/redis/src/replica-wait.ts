import { setTimeout as pause } from 'node:timers/promises';
import { type Redis } from 'ioredis';
import { redisUnavailable } from './redis-availability.js';
import { type ServerNames } from './server-names.js';

/** What is written to be waited for goes by itself. */
const MARK_TTL_MS = 60_000;
/** So long a connection that is being made is waited for. */
const CONNECTING_MS = 1_000;
/** A server that is the wrong one is left this often at most; so often one that fails is asked again. */
const RETRY_MS = 500;

interface Waiting {
  server: string | undefined;
  resolve: () => void;
  reject: (error: unknown) => void;
}

interface ReplicaWaitOptions {
  /** How many replicas must have it. */
  replicas: number;
  /** How long they are waited for. */
  timeoutMs: number;
  /** Keys of several slots of this primary: one of them may be on the move. */
  keys: () => readonly string[];
  /** So many answers are taken though too few replicas have what they tell. */
  onMissed: (answers: number) => void;
  /** Called when nothing is waited for any more, and again when replicas have caught up. */
  onBehind: (isBehind: boolean) => void;
}

/**
 * Waits for the replicas of one primary, on a connection of its own: WAIT holds up whatever is behind
 * it. What is asked for while an answer is awaited is gathered and asked for together. Replicas that
 * do not have it in time are waited for no more until they have caught up.
 */
export class ReplicaWait {
  private waiting: Waiting[] = [];
  private isAsking = false;
  private isBehind = false;
  private isStopped = false;
  private leftAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly connection: Redis,
    private readonly names: ServerNames,
    private readonly options: ReplicaWaitOptions,
  ) {}

  /**
   * Resolves when the replicas have all that the primary has answered by now, or their time is over.
   * @param server the name of the process that has answered
   * @throws RequestError REDIS_UNAVAILABLE when that is not here any more: nobody knows what another
   * has of it
   */
  replicated(server: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ server, resolve, reject });
      if (this.isAsking) return;
      this.isAsking = true;
      // Other answers of this turn are still to be handed out.
      setImmediate(() => void this.answerAll());
    });
  }

  stop(): void {
    this.isStopped = true;
  }

  private async answerAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      if (this.isBehind) this.give(batch);
      else await this.answer(batch);
    }
    this.isAsking = false;
  }

  private give(batch: readonly Waiting[]): void {
    this.options.onMissed(batch.length);
    for (const { resolve } of batch) resolve();
  }

  private async answer(batch: readonly Waiting[]): Promise<void> {
    let here: string | undefined;
    let copies: number;
    try {
      await this.connected();
      here = await this.names.of(this.connection);
      const { stream } = this.connection;
      copies = await this.ask();
      // Never by a connection that was made in between.
      if (this.connection.stream !== stream) here = undefined;
    } catch (error) {
      for (const { reject } of batch) reject(redisUnavailable(error));
      this.leave();
      return;
    }
    const isOwn = ({ server }: Waiting) => server !== undefined && server === here;
    const own = batch.filter((each) => isOwn(each));
    const lost = batch.filter((each) => !isOwn(each));
    for (const { reject } of lost) reject(redisUnavailable());
    // Of an unknown one nothing says that this connection leads to another.
    if (lost.some(({ server }) => server !== undefined)) this.leave();
    if (copies >= this.options.replicas) for (const { resolve } of own) resolve();
    else if (own.length > 0) {
      this.give(own);
      void this.untilCaughtUp();
    }
  }

  private async untilCaughtUp(): Promise<void> {
    this.isBehind = true;
    this.options.onBehind(true);
    while (this.isBehind && !this.isStopped) {
      const copies = await this.ask().catch(() => undefined);
      if (copies === undefined) await pause(RETRY_MS, undefined, { ref: false });
      else this.isBehind = copies < this.options.replicas;
    }
    if (!this.isStopped) this.options.onBehind(false);
  }

  private async connected(): Promise<void> {
    const { connection } = this;
    if (connection.status === 'ready') return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        connection.off('ready', done);
        resolve();
      };
      const timer = setTimeout(done, CONNECTING_MS);
      connection.on('ready', done);
    });
  }

  /** It leads to another server than commands do, or to one that takes no writes: it looks anew. */
  private leave(): void {
    const now = performance.now();
    if (this.connection.status !== 'ready' || now - this.leftAt < RETRY_MS) return;
    this.leftAt = now;
    this.connection.disconnect(true);
  }

  /** WAIT is about what its own connection has written last: that is behind all that is waited for. */
  private async ask(): Promise<number> {
    const { replicas, timeoutMs, keys } = this.options;
    let refusal: unknown;
    for (const key of keys()) {
      const [written, copies] = await Promise.allSettled([
        this.connection.set(key, '', 'PX', MARK_TTL_MS),
        this.connection.wait(replicas, timeoutMs),
      ]);
      if (copies.status === 'rejected') throw copies.reason;
      if (written.status === 'fulfilled') return copies.value;
      refusal = written.reason;
    }
    throw refusal ?? new Error('no slot of this server is known');
  }
}
