import { setTimeout as pause } from 'node:timers/promises';
import { type Redis } from 'ioredis';

/** Beyond this number the connection is given up: followers then read anew what they missed. */
const MAX_WAITING = 20_000;
/** Where nobody can tell, e.g. since the connection that is asked is being made, it is asked again. */
const RETRY_MS = 50;

/**
 * Messages of one subscriber that wait until replicas have what they tell, in their order. Those of a
 * connection that is lost meanwhile are dropped: whoever follows reads anew what is left of them.
 */
export class ReplicatedMessages {
  private waiting: (() => void)[] = [];
  private stream: Redis['stream'] | undefined;
  private isHandingOn = false;

  constructor(
    private readonly redis: Redis,
    private readonly replicated: () => Promise<void>,
  ) {}

  add(message: () => void): void {
    const { stream } = this.redis;
    if (stream !== this.stream) {
      this.stream = stream;
      this.waiting = [];
    }
    this.waiting.push(message);
    if (this.waiting.length > MAX_WAITING) {
      this.waiting = [];
      stream.destroy(new Error('too much is said that replicas do not have'));
    }
    if (this.isHandingOn) return;
    this.isHandingOn = true;
    void this.handOnAll();
  }

  private async handOnAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const { stream, waiting } = this;
      const count = waiting.length;
      const isReplicated = await this.replicated().then(
        () => true,
        () => false,
      );
      // Another connection began with a list of its own.
      if (this.waiting !== waiting) continue;
      if (this.redis.stream !== stream || stream?.destroyed) this.waiting = [];
      else if (isReplicated) for (const message of waiting.splice(0, count)) message();
      else await pause(RETRY_MS, undefined, { ref: false });
    }
    this.isHandingOn = false;
  }
}
